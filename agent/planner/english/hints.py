"""Phrases that mean something of a project without its name: how they paid, via an invite."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.english.matching import Names
from agent.planner.english.names import Link
from agent.planner.english.words import Token, stem, word_set

DOING = word_set("do go visit view see click look land head move navigate open read browse")
HOME = frozenset({"home", "landing", "front", "main", "start", "index"})
JOINTS = word_set(
    "vs versus compared against than over in by from per for with of on and or since during who "
    "that this last next"
)
"""Words after which a new part of a question begins."""


def goes_on(tokens: Sequence[Token], i: int) -> bool:
    """Whether a noun follows: “for the team plan” is for no team."""
    if i >= len(tokens) or tokens[i].kind != "word":
        return False
    return tokens[i].word not in lexicon().filler | JOINTS


ON_PAGES = word_set(
    "open opened opens opening reach reached load loaded land landed landing enter see saw seen"
)
"""What is done with a page, where its path follows."""

NEAR = 5
"""How many words after such a verb the page is named at the latest."""


def opening(tokens: Sequence[Token]) -> Iterator[Chunk]:
    """Open /pricing, saw the home page: the verb says no more than the page."""
    for i, token in enumerate(tokens):
        ahead = tokens[i + 1 : i + NEAR]
        j = i + 1 + (i + 1 < len(tokens) and tokens[i + 1].word in ("on", "at", "the"))
        if token.word in ON_PAGES and any(t.kind == "path" or t.word == "page" for t in ahead):
            yield Chunk(i, j, "filler", token.word, 0.3)


def requests(tokens: Sequence[Token], properties: Names) -> Iterator[Chunk]:
    """POST requests, all hits: whatever a server was asked for, where status codes are kept."""
    served = {name.name for name in properties.names} & {"status", "status_code", "http_status"}
    for i, token in enumerate(tokens):
        if served and token.word in ("request", "requests", "hits"):
            yield Chunk(i, i + 1, "anything", None, 0.8)


def what_they_do(tokens: Sequence[Token]) -> Iterator[Chunk]:
    """What do people do, where did visitors go: the question that paths answer."""
    words = lexicon()
    for i in range(len(tokens) - 3):
        asked = tokens[i].word in ("what", "where", "which")
        pages = tokens[i].word in ("what", "which") and tokens[i + 1].stem in (
            "page",
            "screen",
            "step",
            "action",
        )
        j = i + 1 + pages
        j += 1 if asked and tokens[j].word in ("do", "did", "does") else 99
        while j < len(tokens) and tokens[j].word in (
            "the",
            "our",
            "most",
            "my",
            "these",
            "those",
            "they",
        ):
            j += 1
        people = j < len(tokens) and (tokens[j].stem in words.people | words.roles)
        they = tokens[min(j, len(tokens)) - 1].word == "they"
        j += people
        if (people or they) and j < len(tokens) and tokens[j].word in DOING:
            end = j + 1 + (j + 1 < len(tokens) and tokens[j + 1].word in ("next", "first", "at"))
            yield Chunk(i, end, "paths", "doing", 1.1 * (end - i))


def home_pages(tokens: Sequence[Token], properties: Names) -> Iterator[Chunk]:
    """The home page is the path /."""
    if not any(name.name == "$pathname" for name in properties.names):
        return
    for i in range(len(tokens) - 1):
        if tokens[i].word in HOME and tokens[i + 1].word == "page":
            yield Chunk(i, i + 2, "page", "/", 2.3)
    for i, token in enumerate(tokens):
        on = i + 1 < len(tokens) and tokens[i + 1].word in ("on", "at")
        if token.word in ("home", "landing") and token.kind == "word" and not on:
            yield Chunk(i, i + 1, "page", "/", 0.3)


GOING = frozenset(["doing", "going", "performing", "looking", "developing", "evolving", "trending"])


def how_it_goes(tokens: Sequence[Token]) -> Iterator[Chunk]:
    """How is revenue doing: how it developed."""
    for i in range(len(tokens) - 3):
        asked = tokens[i].word == "how" and tokens[i + 1].word in ("is", "are", "was", "were")
        if asked and GOING & {token.word for token in tokens[i + 3 :]}:
            yield Chunk(i, i + 2, "trend", "", 2.6)


MANNERS = frozenset({"method", "channel", "source", "medium"})
"""Concepts of properties that tell how something was done."""


def manners(tokens: Sequence[Token], properties: Names) -> Iterator[Chunk]:
    """How they paid: the payment method."""
    for i, token in enumerate(tokens):
        j = i + 1
        while j < len(tokens) and tokens[j].word in ("they", "people", "users", "customers", "we"):
            j += 1
        if token.word != "how" or j == i + 1 or j >= len(tokens):
            continue
        ideas = lexicon().concepts.get(tokens[j].stem, frozenset())
        links = tuple(
            Link(name.name, 0.8)
            for name in properties.names
            if any(unit.concepts & MANNERS for unit in name.units)
            and any(unit.concepts & ideas for unit in name.units)
        )
        if links:
            yield Chunk(i, j + 1, "property", links, 1.2 * (j + 1 - i))


ROUTES = frozenset({"via", "through", "from", "by"})


def routes(tokens: Sequence[Token], properties: Names) -> Iterator[Chunk]:
    """Via an invite: a flag that is named so, from_invite."""
    for i, token in enumerate(tokens):
        j = i + 1 + (tokens[i + 1 : i + 2] != () and tokens[i + 1].word in ("a", "an", "the"))
        if token.word not in ROUTES or j >= len(tokens) or goes_on(tokens, j + 1):
            continue
        links = tuple(
            Link(name.name, 0.9)
            for name in properties.names
            if name.name.partition("_")[0] in ROUTES
            and any(tokens[j].stem in unit.parts for unit in name.units)
        )
        if links:
            yield Chunk(i, j + 1, "property", links, 1.1 * (j + 1 - i))


def opposites(tokens: Sequence[Token], properties: Names) -> Iterator[Chunk]:
    """Words that deny a flag of another name: rejected, of accepted; logged in, of anonymous."""
    known = lexicon().opposites
    for i, token in enumerate(tokens):
        if token.kind != "word":
            continue
        for size in range(1, min(2, len(tokens) - i) + 1):
            said = " ".join(one.stem for one in tokens[i : i + size])
            if links := _sharing(properties, known.get(said, frozenset())):
                yield Chunk(i, i + size, "opposite", links, 1.05 * size)
        if links := _sharing(properties, _prefixed(token)):
            yield Chunk(i, i + 1, "opposite", links, 0.9)


def _sharing(properties: Names, stems: frozenset[str]) -> tuple[Link, ...]:
    """The properties that have one of these words, or an idea so called, with their share."""
    if not stems & _words_of(properties):
        return ()
    return tuple(
        Link(name.name, share)
        for name in properties.names
        if (share := max(name.share(one) or name.has(one) for one in stems))
    )


@lru_cache(maxsize=8)
def _words_of(properties: Names) -> frozenset[str]:
    """All words and ideas of the names."""
    units = [unit for name in properties.names for unit in name.units]
    return frozenset(word for unit in units for word in (*unit.parts, *unit.concepts))


DENYING = ("un", "non", "in", "dis")
"""What makes the opposite of a word."""

TOLD = 6
"""How long a word must be for its opposite to be made by a prefix."""


def _prefixed(token: Token) -> frozenset[str]:
    """The opposites that differ by a prefix: patrolled, of unpatrolled, and the other way."""
    if len(token.word) < TOLD or token.word.endswith("ing"):
        return frozenset()
    cut = (token.word.removeprefix(one) for one in DENYING if token.word.startswith(one))
    made = (f"{one}{token.word}" for one in DENYING)
    return frozenset(stem(word) for word in (*cut, *made) if len(word) >= TOLD)
