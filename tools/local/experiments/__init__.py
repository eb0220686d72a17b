"""Experiments: who was shown which variant, and what they did afterwards."""
