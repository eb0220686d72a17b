"""Workflows: steps in plain English that run by themselves, and what came of each run."""
