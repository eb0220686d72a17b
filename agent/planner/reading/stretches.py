"""Stretches of a question that may be one value: of many words, or with a word for a page."""

from collections.abc import Collection, Iterator, Sequence

from agent.planner.english.words import Token, word_set

OF_PAGES = word_set("page pages article articles post posts project site url")
"""Words for pages, which may stand beside what a page is about."""

ENDING = word_set("and or vs versus from by per with for than to , ? ;")
"""Where a long value ends."""

APART, LONG = 3, 10
"""How many known words may stand between those of a long value, and how many there are."""


def stretches(tokens: Sequence[Token], unknown: Collection[int]) -> Iterator[tuple[int, int]]:
    """Every such stretch around words that mean nothing else."""
    yield from _runs(tokens, unknown)
    yield from (where for i in sorted(unknown) if (where := of_page(tokens, i)))


def _runs(tokens: Sequence[Token], places: Collection[int]) -> Iterator[tuple[int, int]]:
    """Stretches that may be one long value: regency cakestand 3 tier, Kim Davis (county clerk)."""
    runs: list[list[int]] = []
    for i in sorted(places):
        near = runs and i - runs[-1][-1] <= APART + 1 and i - runs[-1][0] < LONG
        if near and not any(token.word in ENDING for token in tokens[runs[-1][-1] : i]):
            runs[-1].append(i)
        else:
            runs.append([i])
    for run in runs:
        start, end = run[0], run[-1] + 1
        words = [token.word for token in tokens[start:end]]
        if "(" in words and ")" not in words and tokens[end : end + 1]:
            end += tokens[end].word == ")"
        if len(run) > 1 and end - start > 2:
            yield start, end
        if "(" in words and (inner := start + words.index("(") + 1) < run[-1]:
            yield inner, run[-1] + 1


def text_of(tokens: Sequence[Token], start: int, end: int) -> str:
    """The tokens of a stretch as they were written, those of one word once."""
    text = " ".join({token.start: token.text for token in tokens[start:end]}.values())
    return text.replace("( ", "(").replace(" )", ")")


def of_page(tokens: Sequence[Token], i: int) -> tuple[int, int] | None:
    """A word, also one of several parts, and the kind of page after it: ssh-security article."""
    if i and tokens[i - 1].start == tokens[i].start:
        return None
    j = i + 1
    while j < len(tokens) and tokens[j].start == tokens[i].start:
        j += 1
    named = j < len(tokens) and tokens[j].word in OF_PAGES - {"page", "pages"}
    return (i, j + 1) if named else None
