"""Brackets that explain what stands before them, or only remark: Ireland (EIRE), (a check)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.planner.english.chunks import Chunk
from agent.planner.english.words import Token


@dataclass(frozen=True)
class Gloss:
    """A question with what its brackets say in place of words that mean nothing here."""

    question: str
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Bracket:
    """The tokens of a bracket, with the brackets themselves."""

    start: int
    end: int

    def holds(self, i: int) -> bool:
        """Whether a token stands in it."""
        return self.start < i < self.end - 1


def glossed(question: str, tokens: Sequence[Token], left: Sequence[Chunk]) -> Gloss | None:
    """What is asked, where brackets tell all that is not known, or are all that is not known."""
    unknown = {i for c in left if c.kind == "unknown" for i in range(c.start, c.end)}
    if not unknown:
        return None
    if max(unknown) < (colon := _title(tokens)) <= TITLE:
        words = " ".join(tokens[i].text for i in sorted(unknown))
        kept = " ".join(tokens[i].text for i in range(colon) if i not in unknown)
        rest = question[tokens[colon].end :].strip()
        return Gloss(f"{kept}: {rest}" if kept else rest, (f"“{words}” is passed over",))
    made, remarks = question, []
    for bracket in reversed(list(_brackets(tokens))):
        inner = question[tokens[bracket.start].end : tokens[bracket.end - 1].start].strip()
        start = bracket.start
        while start - 1 in unknown:
            start -= 1
            unknown.discard(start)
        inside = {i for i in unknown if bracket.holds(i)}
        if start < bracket.start and not inside:
            words = question[tokens[start].start : tokens[bracket.start].start].strip()
            remarks.append(f"“{words}” read as “{inner}”")
        elif len(inside) > 1:
            unknown -= inside
            remarks.append(f"“({inner})” is passed over")
            inner = ""
        else:
            continue
        made = f"{made[: tokens[start].start]}{inner}{made[tokens[bracket.end - 1].end :]}"
    return Gloss(made, tuple(remarks)) if remarks and not unknown else None


TITLE = 5
"""How many words before a colon are a title; more of them may ask something."""


def _title(tokens: Sequence[Token]) -> int:
    """How many words stand before a colon at the beginning: 2 of “board deck: …”."""
    return next((i for i, token in enumerate(tokens) if token.word == ":"), 0)


def _brackets(tokens: Sequence[Token]) -> Iterator[Bracket]:
    """The brackets of a question, none within another."""
    start = None
    for i, token in enumerate(tokens):
        if token.word == "(":
            start = i
        elif token.word == ")" and start is not None:
            yield Bracket(start, i + 1)
            start = None
