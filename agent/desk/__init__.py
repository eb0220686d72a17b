"""The desk a language model works at: the toolbox with few tools laid out, and tools of its own."""

from agent.desk.desk import Desk

__all__ = ["Desk"]
