"""Tagging: every reading that neighbouring words of a question may have, as weighed chunks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agent.planner.english import dates
from agent.planner.english.chunks import Chunk
from agent.planner.english.hints import (
    goes_on,
    home_pages,
    how_it_goes,
    manners,
    opening,
    opposites,
    requests,
    routes,
    what_they_do,
)
from agent.planner.english.lexicon import Cue, cues, lexicon
from agent.planner.english.matching import OBJECT, Names
from agent.planner.english.names import Window
from agent.planner.english.numerals import numbers
from agent.planner.english.phrases import ORDINAL_NUMBERS, number_of
from agent.planner.english.time_words import against, time_between, time_words, week_starts
from agent.planner.english.windows import Clock
from agent.planner.english.words import Token, is_initials, word_set

UNKNOWN = -1.5
LEAST = 0.3
"""How much of a name must be said for it to be considered."""

SOFT = word_set(
    "as by per each across for of in from to with via and who at is all if it both than "
    "amount_word thing_word comparative changed"
)
"""Words that hold a sentence together: they weigh less than words that mean something."""

HOLDING, TOGETHER = 0.15, 0.3
"""What a word weighs that only holds a sentence together, and a further word of one name."""

TELLING = word_set(
    "event doers revenue net order_value mrr_move lasting rate property group thing span every "
    "against agg count much share ratio distinct funnel time_to retention churn lifecycle "
    "stickiness paths why anomaly correlation people_list active session mrr not never didnt "
    "only or op amount number email text order part weekday sessions page"
)
"""Kinds of chunks that say something; a sentence without any is chatter."""

TURNING = word_set("then not never didnt only or by per each across vs if other who")
DICTATING = frozenset({"return", "output", "include", "format", "respond"})
"""Words that begin a sentence about the form of the answer."""

MARKS = {
    "-": "dash", "–": "dash", "—": "comma", ",": "comma", ";": "comma", ":": "colon",
    "/": "slash", "+": "plus", "?": "stop", ".": "stop", "(": "open", ")": "close",
    "%": "percent", "#": "hash", '"': "quote", "·": "comma", "|": "comma", "×": "and",
}  # fmt: skip


@dataclass(frozen=True)
class Vocabulary:
    """The names of a project, as far as words may mean them."""

    clock: Clock
    events: Names
    properties: Names
    groups: Names
    things: Names
    """Cohorts, feature flags, experiments and what else goes by a name of its own."""


@lru_cache(maxsize=16)
def tag(question: str, tokens: tuple[Token, ...], vocabulary: Vocabulary) -> tuple[Chunk, ...]:
    """All chunks of a question that its own words and the project's names allow."""
    found: list[Chunk] = []
    reasons = any(name.share("reason") for name in vocabulary.properties.names)
    for i, token in enumerate(tokens):
        found += [
            chunk
            for chunk in _grammar(question, tokens, i, token)
            if not (reasons and chunk.kind == "why" and token.stem == "reason")
        ]
    found += _periods(tokens, vocabulary.clock)
    found += _names("event", vocabulary.events, tokens)
    found += _names("property", vocabulary.properties, tokens)
    found += [
        Chunk(w.start, w.end, "ending", w.links, 0.4) for w in vocabulary.events.endings(tokens)
    ]
    found += [
        Chunk(w.start, w.end, "doers", w.links, 0.9) for w in vocabulary.events.doers(tokens, LEAST)
    ]
    found += against(tokens)
    found += what_they_do(tokens)
    found += time_between(tokens)
    found += home_pages(tokens, vocabulary.properties)
    denied = list(opposites(tokens, vocabulary.properties))
    told = {c.start for c in denied if c.end == c.start + 1 and goes_on(tokens, c.end)}
    found = [c for c in found if not (c.kind == "people" and c.start in told)] + denied
    found += manners(tokens, vocabulary.properties)
    found += how_it_goes(tokens)
    found += routes(tokens, vocabulary.properties)
    found += _names("group", vocabulary.groups, tokens)
    found += _names("thing", vocabulary.things, tokens)
    found += week_starts(tokens)
    found += opening(tokens)
    found += requests(tokens, vocabulary.properties)
    return _without_chatter(tokens, found)


def _without_chatter(tokens: Sequence[Token], chunks: list[Chunk]) -> tuple[Chunk, ...]:
    """Without sentences, and what stands before a colon, in which nothing is asked."""
    idle: set[int] = set()
    start = 0
    for i in range(len(tokens) + 1):
        if i < len(tokens) and tokens[i].word not in (".", "?", "!", ":", ";", "—", "(", ")"):
            continue
        dictated = start > 0 and i > start and tokens[start].word in DICTATING
        asked = i < len(tokens) and tokens[i].word == "?"
        apart = i > start and not asked and (start or i < len(tokens))
        capitals = [t for t in tokens[start + 1 : i] if t.text[:1].isupper() and t.word[0] != "i"]
        named = bool(capitals) and i < len(tokens) and tokens[i].word != "!"
        idle_here = apart and not named and not _says_something(tokens, chunks, start, i)
        if dictated or idle_here:
            idle |= set(range(start, i))
        start = i + 1
    for chunk in chunks:
        if chunk.kind == "so_that":
            ends = (k for k in range(chunk.end, len(tokens)) if tokens[k].word in (".", "?", "!"))
            idle |= set(range(chunk.start, next(ends, len(tokens))))
    kept = [chunk for chunk in chunks if not idle & set(range(chunk.start, chunk.end))]
    return (*kept, *(Chunk(k, k + 1, "filler", tokens[k].word, 0.05) for k in sorted(idle)))


def _is_one(tokens: Sequence[Token], chunk: Chunk) -> bool:
    """“One thing I need”: a number that counts nothing."""
    return chunk.kind == "number" and tokens[chunk.start].word == "one"


TITLE = 4
"""How many words before a colon may say what a question is about: “France, Germany: …”."""


def _is_known(chunks: Sequence[Chunk], start: int, end: int) -> bool:
    """Whether every word of a bracket means something, if only that nothing is asked."""
    known = {i for c in chunks if c.kind != "unknown" for i in range(c.start, c.end)}
    return known >= set(range(start, end))


def _says_something(tokens: Sequence[Token], chunks: Sequence[Chunk], start: int, end: int) -> bool:
    """Whether a sentence has anything that a plan is made of, or that turns one."""
    bracketed = start > 0 and tokens[start - 1].word == "("
    titled = start == 0 and end <= TITLE and tokens[end : end + 1] and tokens[end].word == ":"
    if (bracketed or titled) and not _is_known(chunks, start, end):
        return True
    return any(
        chunk.start >= start
        and chunk.end <= end
        and (
            chunk.kind in TURNING
            or chunk.kind == "text"
            or (bracketed and chunk.kind in ("property", "opposite") and chunk.weight >= 0.5)
            or (chunk.kind in TELLING and chunk.weight >= 0.6 and not _is_one(tokens, chunk))
        )
        for chunk in chunks
    )


def _grammar(question: str, tokens: Sequence[Token], i: int, token: Token) -> Iterator[Chunk]:
    """What a token means by itself or as the beginning of a phrase."""
    yield Chunk(i, i + 1, "unknown", token.text, UNKNOWN)
    if token.kind == "mark":
        yield Chunk(i, i + 1, MARKS.get(token.word, "mark"), token.word, 0.1)
    elif token.kind == "version" and _dates_by_release(tokens, i):
        return
    elif token.kind in ("quoted", "path", "version"):
        yield Chunk(i, i + 1, "text", token.text, 0.2)
        if token.kind == "path" and i + 1 < len(tokens) and tokens[i + 1].stem in ("page", "url"):
            under = "*" if tokens[i + 1].word.endswith("s") and token.text[-1] != "*" else ""
            yield Chunk(i, i + 2, "text", f"{token.text}{under}", 1.4)
    elif "@" in token.text and "." in token.text:
        yield Chunk(i, i + 1, "email", token.text, 1.0)
    if token.word in ("true", "false"):
        yield Chunk(i, i + 1, "truth", token.word == "true", 1.0)
    yield from _cues(tokens, i)
    yield from numbers(tokens, i)
    yield from time_words(tokens, i)
    if token.kind == "word" and not is_initials(token, question):
        yield from _nouns(tokens, i, token)


def _dates_by_release(tokens: Sequence[Token], i: int) -> bool:
    """Since the 7.4.0 release: a point in time that only the release notes know."""
    before = {token.word for token in tokens[max(0, i - 3) : i]}
    return bool(before & {"since", "before", "after", "until"})


def _cues(tokens: Sequence[Token], i: int) -> Iterator[Chunk]:
    if tokens[i].text.startswith("@") and "." not in tokens[i].text:
        yield Chunk(i, i + 1, "chat", tokens[i].text, 0.5)
    if tokens[i].kind in ("quoted", "path"):
        return
    known = cues()
    for cue in (*known.get(tokens[i].word, ()), *known.get(f"{tokens[i].stem}~", ())):
        if _says(tokens, i, cue) and not _means_another(tokens, i, cue):
            kind, value = (cue.value, cue.kind) if cue.kind == "fn" else (cue.kind, cue.value)
            size = len(cue.words)
            each = HOLDING if kind in SOFT else 1.15 if kind == "session" else 1.0
            together = TOGETHER if kind not in SOFT else 0.05
            yield Chunk(i, i + size, kind, value, each * size + together * (size - 1))


def _means_another(tokens: Sequence[Token], i: int, cue: Cue) -> bool:
    """Whether the words of a cue mean something else where they stand."""
    if cue.words == (">",):
        return (cue.kind == "op") != _is_number(tokens, i + 1)
    if cue.words == ("last",):
        return "long" not in {token.word for token in tokens}
    if cue.words == ("affect~",) and tokens[i + 1 : i + 2] and tokens[i + 1].word == "by":
        return i > 0 and tokens[i - 1].stem in lexicon().people
    if cue.kind == "for_whom":
        return goes_on(tokens, i + len(cue.words))
    return cue.kind == "people_list" and cue.words[0] == "who" and i > 1


def _is_number(tokens: Sequence[Token], i: int) -> bool:
    """Whether a number follows: “> 20” compares, “cart > order” are steps."""
    return i < len(tokens) and number_of(tokens[i]) is not None


def _says(tokens: Sequence[Token], i: int, cue: Cue) -> bool:
    if i + len(cue.words) > len(tokens):
        return False
    for k, word in enumerate(cue.words):
        token = tokens[i + k]
        if token.kind == "quoted":
            return False
        if word != token.word and word != f"{token.stem}~":
            return False
    return True


def _nouns(tokens: Sequence[Token], i: int, token: Token) -> Iterator[Chunk]:
    """People, sessions, events and pages in general, and words that carry nothing."""
    words = lexicon()
    if token.stem in words.people or token.word in words.nouns:
        yield Chunk(i, i + 1, "people", token.stem, 0.9 if token.stem in words.people else 0.6)
    if token.word == "who" and i == 0:
        yield Chunk(i, i + 1, "people", "someone", 0.9)
    if token.word in ("session", "sessions", "visit", "visits"):
        yield Chunk(i, i + 1, "sessions", None, 0.9 if token.stem == "session" else 0.6)
    if token.word in ("events", "event", "actions", "activity", "interactions"):
        yield Chunk(i, i + 1, "anything", None, 0.5)
    if token.word in ("anything", "something"):
        yield Chunk(i, i + 1, "anything", None, 0.3)
    if token.word in words.filler or token.stem in words.soft:
        yield Chunk(i, i + 1, "filler", token.word, 0.05 if token.word in words.filler else 0.0)


def _periods(tokens: Sequence[Token], clock: Clock) -> Iterator[Chunk]:
    returning = any(token.stem in ("retent", "retain") for token in tokens)
    for one in dates.readings(tokens, clock):
        if returning and re.fullmatch(r"week \d{1,2} of \d{4}", one.span.label):
            continue
        yield Chunk(one.i, one.j, "span", one.span, 1.3 * (one.j - one.i))
        if one.i and tokens[one.i - 1].word in ("over", "through", "throughout", "across"):
            yield Chunk(one.i - 1, one.j, "span", one.span, 1.3 * (one.j - one.i) + 0.4)


THINGS = word_set("app apps site website product platform page pages web service tool")
"""What is used as a whole: no name of anything in it."""


def _names(kind: str, names: Names, tokens: Sequence[Token]) -> Iterator[Chunk]:
    """The windows of one kind of names, weighed by the words that they explain."""
    for window in names.windows(tokens, least=LEAST):
        words = [token.word for token in tokens[window.start : window.end]]
        if kind == "event" and set(words) <= THINGS and window.links[0].score < SURELY:
            continue
        if set(words) <= lexicon().filler and window.links[0].score < 2:
            continue
        weight = _weight(window)
        # "First booking" is an event's first time rather than a flag of that name.
        flag = kind == "property" and tokens[window.start].word in ORDINAL_NUMBERS
        weight *= 0.6 if flag else 0.82 if kind == "property" else 1.0
        yield Chunk(window.start, window.end, kind, window.links, weight)


SURELY = 0.9
"""How much of an event's name must be said for a word for the whole product to mean it."""


def _weight(window: Window) -> float:
    best, size = window.links[0], max(1, window.said)
    return size * min(1.0, best.score + OBJECT * len(best.objects)) + 0.1 + TOGETHER * (size - 1)
