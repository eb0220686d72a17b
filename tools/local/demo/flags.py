"""Which value of each feature flag a person gets, by PostHog's own hash."""

from collections.abc import Iterable, Sequence
from hashlib import sha1

import numpy as np

from tools.local.demo.draw import Array

_FULL = float(0xFFFFFFFFFFFFFFF)


def rolled_out(key: str, ids: Iterable[str], percent: float) -> Array:
    """Return who is inside that rollout of the flag."""
    return _places(key, ids, "") <= percent / 100


def variant(key: str, ids: Iterable[str], percents: Sequence[float]) -> Array:
    """Return the position of the variant each id gets."""
    return np.searchsorted(np.cumsum(percents) / 100, _places(key, ids, "variant"), side="right")


def _places(key: str, ids: Iterable[str], salt: str) -> Array:
    hashes = (sha1(f"{key}.{one}{salt}".encode(), usedforsecurity=False) for one in ids)
    return np.array([int(value.hexdigest()[:15], 16) / _FULL for value in hashes])
