"""What several values have in common: the part by which all of them are meant."""

from collections.abc import Sequence


def shared(values: Sequence[str], words: Sequence[str]) -> str:
    """The longest text that all values have in them, where it has all of these words."""
    first = min(values, key=len)
    parts = (
        first[i:j]
        for size in range(len(first), 0, -1)
        for i, j in ((i, i + size) for i in range(len(first) - size + 1))
    )
    longest = next((one for one in parts if all(one in value for value in values)), "")
    return longest if all(word in longest.lower() for word in words) else ""
