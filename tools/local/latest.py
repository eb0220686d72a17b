"""Values that are worked out once and kept while what they are made of stays the same."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Latest:
    """One value under each name, with the state it was made in."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[Hashable, Any]] = {}

    def of(self, name: str, state: Hashable, make: Callable[[], T]) -> T:
        """The value of this state: the one held, or one made now in its place."""
        found = self._held.get(name)
        if found is None or found[0] != state:
            found = self._held[name] = (state, make())
        value: T = found[1]
        return value
