"""The built-in planner: analytics English to the tool calls a model would make, and back."""

from agent.planner.planner import Planner

__all__ = ["Planner"]
