"""Which hogloop this is."""

from functools import cache
from importlib.metadata import version as installed


@cache
def version() -> str:
    """The version that is installed."""
    return installed("hogloop")
