"""Changes of what a project keeps: proposed by tools, approved by people, sent once, read back."""
