"""The parts of a text: sentences, their segments, and numbers that follow one another."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from agent.numbers.labels import Item
from agent.numbers.mentions import Mention

SENTENCE = re.compile(
    r"\n+|(?<!vs)(?<!e\.g)(?<!i\.e)(?<!approx)(?<!avg)[.!?][)*_\"”]*\s+(?=[\W_]*[a-z]?[A-Z\d$]|[\"“`])"
)

SPLIT = re.compile(
    r"[;:(),|]|\s[–—-]\s|[–—]|→|\b(?:and|while|whereas|but|versus|vs\b\.?|against|compared|followed|"
    r"then|plus|until|with)\b"
)

BETWEEN = re.compile(r"\bbetween\b", re.IGNORECASE)

JOINS = re.compile(r"[\s*_`]*(?:,|/|→|vs\.?|versus|to|and|against|compared\s(?:to|with)|[–—-])?"
                   r"[\s*_`]*(?:and\s)?", re.IGNORECASE)  # fmt: skip


def cut(pattern: re.Pattern[str], text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The pieces of a text between matches of a pattern."""
    edges = [start, *(m.end() for m in pattern.finditer(text, start, end)), end]
    return [(a, b) for a, b in pairwise(edges) if a < b]


def masked_text(text: str, claims: Sequence[Mention], labels: Sequence[Item]) -> str:
    """The text with numbers and labels blanked, so that a comma in one splits nothing."""
    letters = list(text)
    spans = [(one.start, one.end) for one in claims]
    for start, end in [*spans, *((one.start, one.end) for one in labels)]:
        letters[start:end] = "x" * (end - start)
    return "".join(letters)


def segments_of(masked: str, sentence: tuple[int, int]) -> list[tuple[int, int]]:
    """The parts of a sentence that stand by themselves; "between a and b" stays whole."""
    edges = [sentence[0]]
    for match in SPLIT.finditer(masked, *sentence):
        if match[0] == "and" and BETWEEN.search(masked, edges[-1], match.start()):
            continue
        edges.append(match.start())
    return [(a, b) for a, b in pairwise([*edges, sentence[1]]) if a < b]


def segments_start(segments: Sequence[tuple[int, int]], place: int) -> int:
    """Where the segment of a place begins."""
    return segment_of(place, segments)[0]


def segment_of(place: int, segments: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The segment that a place is in."""
    return segments[max(0, bisect_right([a for a, _ in segments], place) - 1)]


def groups_of(text: str, exact: Sequence[tuple[int, Mention]]) -> list[list[tuple[int, Mention]]]:
    """Runs of numbers with nothing but a joint between them."""
    groups: list[list[tuple[int, Mention]]] = []
    for one in exact:
        if groups and JOINS.fullmatch(text, groups[-1][-1][1].end, one[1].start):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def runs_of(text: str, numbers: Sequence[Mention]) -> dict[int, tuple[int, int]]:
    """The place of each number in its run, and how long the run is."""
    exact = [(i, n) for i, n in enumerate(numbers) if n.kind not in ("part", "times")]
    return {
        i: (k, len(group)) for group in groups_of(text, exact) for k, (i, _) in enumerate(group)
    }
