"""Seeded random draws over whole arrays."""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the random stream of that name; adding one changes no other."""
    return np.random.default_rng([seed, crc32(name.encode())])


def choice(rng: np.random.Generator, weights: Sequence[float] | Array, count: int) -> Array:
    """Draw `count` positions in proportion to the weights."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    drawn: Array = np.searchsorted(edges, rng.random(count) * edges[-1], side="right")
    return drawn


def choice_by_row(rng: np.random.Generator, weights: Array) -> Array:
    """Draw one position a row in proportion to that row's weights."""
    edges = np.cumsum(weights, axis=1)
    drawn: Array = (edges <= (rng.random(len(weights)) * edges[:, -1])[:, None]).sum(axis=1)
    return drawn


def quota(weights: Array, total: int) -> Array:
    """Split a total into whole parts in proportion to the weights."""
    edges = np.round(np.cumsum(weights) / np.sum(weights) * total).astype(np.int64)
    return np.diff(edges, prepend=0)


def some(rng: np.random.Generator, count: int, chosen: int) -> Array:
    """Return a mask of `count` places with exactly `chosen` true ones."""
    mask = np.zeros(count, dtype=bool)
    mask[rng.permutation(count)[:chosen]] = True
    return mask


def zipf(count: int, slope: float = 0.8) -> Array:
    """Return weights that fall from the first to the last."""
    return 1 / np.arange(1, count + 1) ** slope


def firsts(keys: Array) -> Array:
    """Return a mask of the first row of every run of equal keys."""
    mask = np.ones(len(keys), dtype=bool)
    mask[1:] = keys[1:] != keys[:-1]
    return mask
