"""The PostHog tool layer; imports neither agent nor prompts."""
