"""hogloop in Slack: what comes in is checked and kept first, then answered, and never lost."""
