"""The tools and guardrails of hogloop for clients of the Model Context Protocol."""
