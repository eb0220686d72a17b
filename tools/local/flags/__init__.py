"""Feature flags: what they say of a person, and what may be said in them."""
