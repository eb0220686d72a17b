"""What the words around a number are about: rows, columns, direction."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from agent.numbers.labels import Item
from agent.numbers.mentions import HEDGE, Mention
from agent.numbers.results import Result
from agent.numbers.segments import (
    SENTENCE,
    cut,
    groups_of,
    masked_text,
    runs_of,
    segment_of,
    segments_of,
    segments_start,
)
from agent.numbers.turns import turn
from agent.numbers.words import Word, alike, listed, stems, words

PINNED = re.compile(
    r"\s?[*_]*\((?!\w)|"
    r"[)*_%]*\s?(?:[A-Za-z]\w*\s){0,2}?(?:in|for|on|from|at|via|among|during|by)\s(?:the\s)?"
    r"(?:(?:week|month|day)\s(?:of|starting)\s)?",
    re.IGNORECASE,
)

"""What stands between a number and a label that it is said of."""

BRACKET = re.compile(r"\s?[*_]*\(")
PER_ONE = listed("per each average averages averaging avg mean rate times every apiece a an")
"""Words without which no number is one of a column of so much per something."""

PER = re.compile(r"\bper\s$")

COMPARED = re.compile(r"\b(?:from|than|vs|versus|against|compared|over)\b", re.IGNORECASE)


@dataclass
class Clause:
    """A number with all that its words say about it."""

    mention: Mention
    text: str
    sentence: tuple[int, int]
    segment: tuple[int, int]
    own: list[Item]
    """Labels that the number is bound to."""

    around: list[Item]
    """All labels of the sentence."""

    before: list[Word]
    after: list[Word]
    said: frozenset[str]
    """Every word of the sentence, in small letters."""

    earlier: list[Item] = field(default_factory=list)
    """Labels of the sentence before."""

    direction: int = 0
    here: int = 0
    """The direction that its own segment gives it."""

    run: tuple[int, int] = (0, 1)
    """Its place among numbers that follow one another, and how many these are."""

    @property
    def lead(self) -> str:
        """The text of the sentence before the number."""
        return self.text[self.sentence[0] : self.mention.start]

    @property
    def tail(self) -> str:
        """The text of the sentence after the number."""
        return self.text[self.mention.end : self.sentence[1]]

    def part(self) -> bool:
        """Whether the number follows "of"."""
        return bool(
            re.search(r"\bof\s(?:(?:the|all|its|their|our|a)\s)?[\w\s'’]{0,20}$", self.lead, re.I)
        )

    def whole(self) -> bool:
        """Whether the number is the whole that another one is a part of."""
        lead = self.part()
        near = " ".join(word.plain.lower() for word in self.after[:3])
        return lead or bool(re.search(r"\b(?:total|overall|altogether|in all)\b", near))


def clauses(
    text: str, claims: Sequence[Mention], labels: Sequence[Item], found: Sequence[Word]
) -> list[Clause]:
    """Each number of a text with the words around it."""
    sentences = cut(SENTENCE, text, 0, len(text))
    masked = masked_text(text, claims, labels)
    made: list[Clause] = []
    previous: list[Item] = []
    for sentence in sentences:
        inside = [one for one in labels if sentence[0] <= one.start < sentence[1]]
        numbers = [one for one in claims if sentence[0] <= one.start < sentence[1]]
        segments = segments_of(masked, sentence)
        runs = runs_of(text, numbers)
        bound = _bound(text, numbers, inside, segments, masked)
        near = [word for word in found if sentence[0] <= word.start < sentence[1]]
        said = frozenset(word.plain.lower() for word in near)
        for i, number in enumerate(numbers):
            before, after = _sides(number, i, numbers, near, segments, masked)
            before += _header(text, number.start, sentence[0])
            if masked[segment_of(number.start, segments)[0]] == "(" and runs.get(i, (0, 1))[1] > 1:
                before = [
                    word
                    for word in before
                    if word.start > segments[0][0]
                    and segment_of(word.start, segments) == segment_of(number.start, segments)
                ]
            segment = segment_of(number.start, segments)
            one = Clause(
                number, text, sentence, segment, bound[i], inside, before, after, said, previous
            )
            one.direction = _direction(one, near, numbers)
            inner = [word for word in near if word.start >= segment[0]]
            one.here = _direction(one, inner, numbers)
            one.run = runs.get(i, (0, 1))
            made.append(one)
        previous = [one for one in inside if one.rows] or previous
    return made


def _bound(
    text: str,
    numbers: Sequence[Mention],
    labels: Sequence[Item],
    segments: Sequence[tuple[int, int]],
    masked: str,
) -> list[list[Item]]:
    """The labels of each number of a sentence."""
    rowed = [one for one in labels if one.rows]
    found = [_near(one, rowed, segments, masked) for one in numbers]
    exact = [(i, n) for i, n in enumerate(numbers) if n.kind not in ("part", "times")]
    for group in groups_of(text, exact):
        start = group[0][1].start
        since = max((n.end for _, n in exact if n.end <= start), default=0)
        leading = [one for one in rowed if since <= one.start < start]
        inside = text[segments_start(segments, start)] == "("
        if inside and len(group) > 1 and len(leading) < len(group):
            leading = [one for one in rowed if one.start < start]
        following = [one for one in rowed if group[0][1].start < one.start < group[-1][1].end]
        if len(group) > 1 and not following and len(leading) == len(group):
            for (i, _), label in zip(group, leading, strict=True):
                found[i] = [label]
    return found


def _header(text: str, place: int, start: int) -> list[Word]:
    """The head of the column of a number that stands in a table within the text."""
    if not text[start:place].lstrip().startswith("|"):
        return []
    block = re.search(r"(?:^|\n)[ \t]*(\|[^\n]*)(?:\n[ \t]*\|[^\n]*)*$", text[:place])
    heads = block[1].split("|") if block else []
    column = text[start:place].count("|")
    return words(heads[column]) if column < len(heads) else []


def _near(
    number: Mention, labels: Sequence[Item], segments: Sequence[tuple[int, int]], masked: str
) -> list[Item]:
    """The labels of a number's own segment, else of the nearest one before it, else after it."""
    home = segment_of(number.start, segments)
    here = [one for one in labels if home[0] <= one.start < home[1]]
    if pinned := [one for one in labels if BRACKET.fullmatch(masked, number.end, one.start)]:
        return pinned
    if pinned := [one for one in here if PINNED.fullmatch(masked, number.end, one.start)]:
        return pinned
    if len(here) > 1:
        last = [one for one in here if one.end <= number.start]
        if last and not re.search(r"[a-z]", masked[last[-1].end : number.start].replace("x", "")):
            return last[-1:]
    if here:
        return here
    before = [one for one in labels if one.end <= number.start]
    if before and masked[home[0]] == "(":
        return before[-1:]
    subjects = [one for one in before if not _compared(one, segments, masked)]
    before = subjects or before
    if before:
        nearest = segment_of(before[-1].start, segments)
        return [one for one in before if nearest[0] <= one.start < nearest[1]]
    return []


def _compared(label: Item, segments: Sequence[tuple[int, int]], masked: str) -> bool:
    """Whether a label is what something else is held against."""
    home = segment_of(label.start, segments)
    return bool(COMPARED.search(masked[home[0] : label.start]))


def _sides(
    number: Mention,
    place: int,
    numbers: Sequence[Mention],
    near: Sequence[Word],
    segments: Sequence[tuple[int, int]],
    masked: str,
) -> tuple[list[Word], list[Word]]:
    """The words of its segment before a number, nearest first, and those after it."""
    start, end = segment_of(number.start, segments)
    since = numbers[place - 1].end if place else start
    until = numbers[place + 1].start if place + 1 < len(numbers) else end
    before = [w for w in near if start <= w.start and w.end <= number.start]
    after = [w for w in near if number.end <= w.start < min(until, end)]
    if masked[start] == "(" and start >= 2:
        outer = segment_of(start - 1, segments)
        if not place or since <= outer[0] or numbers[place - 1].kind != "plain":
            before = [w for w in near if max(since, outer[0]) <= w.start < start] + before
    return before[::-1], after


def _direction(one: Clause, near: Sequence[Word], numbers: Sequence[Mention]) -> int:
    """Whether a number is said to be up (1) or down (-1): by its sign, or the nearest such word."""
    if one.mention.sign:
        return one.mention.sign
    if own := turn(one.text[one.mention.start : one.mention.end]):
        return own
    hedge = HEDGE.search(one.lead[-30:])
    edge = one.mention.start - (len(hedge[0]) if hedge else 0)
    following = [turn(word.plain) for word in one.after[:4]]
    if any(following):
        return next(filter(None, following))
    hedged = [
        (n.start - len(h[0]), n.start)
        for n in numbers
        if (h := HEDGE.search(one.text[max(0, n.start - 30) : n.start]))
    ]
    leading = [
        turn(word.plain)
        for word in near
        if word.end <= edge and not any(a <= word.start < b for a, b in hedged)
    ]
    return next(filter(None, reversed(leading)), 0)


def selected(result: Result, place: int, clause: Clause) -> set[int] | None:
    """The columns of a result that a number's words name, None when they name none."""
    first = min((word.start for word in clause.before), default=clause.mention.start)
    last = max((word.end for word in clause.after), default=clause.mention.end)
    around = [one for one in clause.around if place in one.columns]
    before = [o.columns[place] for o in around if first <= o.start < clause.mention.start]
    after = [
        o.columns[place]
        for o in around
        if clause.mention.end <= o.start < last and not PER.search(clause.text[: o.start])
    ]
    following = [word for i, word in enumerate(clause.after[:5]) if not _per(clause.after, i)]
    scores: dict[int, float] = {}
    means = clause.said & PER_ONE
    for c in result.numeric:
        if not means and "per" in stems(result.columns[c]):
            continue
        score = 3.0 * any(c in found for found in before[-1:])
        score += 6.0 * any(c in found for found in after[:1])
        for word in result.measures[c]:
            score += 2.0 * any(alike(word, w) for w in _stems(following))
            score += 1.0 * any(alike(word, w) for w in _stems(clause.before))
        scores[c] = score
    best = max(scores.values(), default=0)
    return {c for c, score in scores.items() if score == best} if best > 0 else None


def _per(found: Sequence[Word], place: int) -> bool:
    """Whether a word only says per what something is counted."""
    return any(w.plain.lower() in ("per", "each") for w in found[max(0, place - 2) : place + 1])


def _stems(found: Sequence[Word]) -> list[str]:
    """The stems of words, and of neighbours written as one."""
    alone = [word.stem for word in found]
    pairs = [a + b for a, b in pairwise(alone)]
    return [*alone, *pairs, *(b + a for a, b in pairwise(alone))]


def wording(text: str) -> list[Word]:
    """The words of a text without its numbers' units."""
    return words(text)
