"""The built-in planner: reads analytics English without network or weights."""

from agent.planner.planner import Planner

__all__ = ["Planner"]
