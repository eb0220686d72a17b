"""Chunks: neighbouring tokens of a question that mean one thing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Chunk:
    """Tokens `[start, end)` read as one thing of a kind, and how much that reading explains."""

    start: int
    end: int
    kind: str
    value: Any = None
    weight: float = 0.0

    def is_(self, kind: str, *values: Any) -> bool:
        """Whether it is of this kind, and one of these values where any are given."""
        return self.kind == kind and (not values or self.value in values)


def joined(chunks: Sequence[Chunk], kind: str, value: Any) -> Chunk:
    """One chunk in place of its parts."""
    return Chunk(
        chunks[0].start, chunks[-1].end, kind, value, sum(chunk.weight for chunk in chunks)
    )


def only(chunks: Iterable[Chunk], *kinds: str) -> list[Chunk]:
    """Those of these kinds."""
    return [chunk for chunk in chunks if chunk.kind in kinds]


Segmentation = tuple[Chunk, ...]


def segmentations(size: int, chunks: Sequence[Chunk], most: int) -> list[Segmentation]:
    """The `most` best ways to cover tokens `[0, size)` by chunks, best first."""
    starting: list[list[Chunk]] = [[] for _ in range(size)]
    for chunk in dict.fromkeys(chunks):
        starting[chunk.start].append(chunk)
    best: list[list[tuple[float, Segmentation]]] = [[] for _ in range(size + 1)]
    best[0] = [(0.0, ())]
    for i in range(size):
        kept = sorted(best[i], key=lambda way: -way[0])[:most]
        for chunk in starting[i]:
            ways = best[chunk.end]
            ways += [(weight + chunk.weight, (*way, chunk)) for weight, way in kept]
    return [way for _, way in sorted(best[size], key=lambda way: -way[0])[:most]]
