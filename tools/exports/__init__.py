"""What an export asks PostHog for: which rows, in which pages, and how many there must be."""
