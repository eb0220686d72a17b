"""Who may change what, when: write mode, policy, approval, and the ledger of every change."""
