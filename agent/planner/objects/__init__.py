"""Questions that are not about metrics: what there is, what it means, what to change."""
