"""Slips of the pen: unknown words that are nearly a word the question could mean."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from agent.planner.english.lexicon import cues, lexicon
from agent.planner.english.matching import Names
from agent.planner.english.phrases import MONTHS, UNIT_WORDS
from agent.planner.english.words import Token, name_words, stem, word_set

COMMON = word_set(
    "yesterday today daily weekly monthly quarterly country countries users people customers "
    "members"
)
"""Words that are spelled right, wherever else they stand."""

ENDINGS = ("ed", "ing")
"""Forms of a verb: where the verb is known, they are no slips of other words."""

SHORT, LONG = 4, 8
"""Letters from which one slip is mended, and from which two are."""


def mended(
    tokens: Sequence[Token], places: Iterable[int], names: Sequence[Names]
) -> tuple[tuple[Token, ...], tuple[str, ...]]:
    """The tokens with likely slips mended, and a remark on each."""
    known = _known() | {w for some in names for name in some.names for w in _forms(name.name)}
    made, remarks = list(tokens), []
    for i in places:
        token = tokens[i]
        if token.kind != "word" or len(token.word) < SHORT or token.word in known:
            continue
        if token.word.endswith(ENDINGS) and token.stem in known:
            continue
        meant = _nearest(token.word, known)
        if meant:
            made[i] = replace(token, word=meant, stem=stem(meant))
            remarks.append(f"“{token.text}” read as “{meant}”")
    return tuple(made), tuple(remarks)


def _nearest(word: str, known: Iterable[str]) -> str | None:
    """The one known word that is a slip or two away; none when several are."""
    most = 2 if len(word) >= LONG else 1
    alike = sorted(other for other in known if other[:1] == word[:1] and len(other) >= SHORT)
    near = process.extract(word, alike, scorer=OSA.distance, score_cutoff=most, limit=8)
    found = [match for match in near if _slipped(word, str(match[0]))]
    if not found:
        return None
    best = min(found, key=lambda match: match[1])
    rivals = {stem(match[0]) for match in found if match[1] == best[1]}
    return str(best[0]) if len(rivals) == 1 else None


def _slipped(word: str, meant: str) -> bool:
    """Whether a slip made the word: letters swapped, left out or doubled.

    Another letter is a slip in long words only. “Hats” is no slip of “hits”: a short
    word that differs by a letter is another word. So is one that only ends otherwise:
    “attended” is no “attendee”.
    """
    if sorted(word) == sorted(meant):
        return True
    if word[:-2] == meant[:-2] and word.endswith(("ed", "er", "ee", "es")):
        return False
    if len(word) != len(meant):
        return len(word) >= 5 or len(meant) > len(word)
    return len(word) >= 7


def _forms(name: str) -> Iterable[str]:
    """A name's words, and their plurals."""
    for word in name_words(name):
        yield word
        yield f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
        if word.endswith("ed"):
            yield from (stem(word), f"{stem(word)}s")


@cache
def _known() -> frozenset[str]:
    """Every word of analytics English that is spelled out in the lexicon."""
    from agent.planner.english.lexicon import words

    phrases = {w.rstrip("~") for some in cues().values() for cue in some for w in cue.words}
    common = {*lexicon().filler, *MONTHS, *UNIT_WORDS, *COMMON}
    return frozenset(w for w in phrases | common | words() if w.isalpha())
