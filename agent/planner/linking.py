"""Which event or property of this project a word means, by name, synonym or near spelling."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import DamerauLevenshtein

from agent.planner.lexicon import lexicon
from agent.planner.words import Token, name_words, stem

NEUTRAL, STAGE, IDENTITY = 0.25, 0.6, 0.3
SYNONYM, TYPO = 0.7, 0.8
STAGES = frozenset({"start", "begin", "initi", "open"})


@dataclass(frozen=True)
class Unit:
    """A word of a name, or two that are one idea ("sign up")."""

    stems: str
    concepts: frozenset[str]
    weight: float = 1.0
    word: str = ""
    """The one word as written, for near spellings; empty for an idea of two words."""


@dataclass(frozen=True)
class Name:
    """An event's or property's name as units."""

    name: str
    units: tuple[Unit, ...]
    weight: float


@dataclass(frozen=True)
class Link:
    """A name that words of the question mean: how well, and which tokens said so."""

    name: str
    score: float
    tokens: tuple[int, ...]


def units(words: Sequence[str]) -> list[tuple[tuple[int, ...], Unit]]:
    """Words as units with their positions, two-word ideas taken together."""
    stems = [stem(word) for word in words]
    concepts, i = lexicon().concepts, 0
    found: list[tuple[tuple[int, ...], Unit]] = []
    while i < len(stems):
        pair = " ".join(stems[i : i + 2])
        if i + 1 < len(stems) and pair in concepts:
            found.append(((i, i + 1), Unit(pair, concepts[pair])))
            i += 2
            continue
        known = concepts.get(stems[i], frozenset())
        found.append(((i,), Unit(stems[i], known, word=words[i])))
        i += 1
    return found


def read_name(name: str) -> Name:
    """A name taken apart and weighed."""
    parts = tuple(replace(unit, weight=_weight(unit.stems)) for _, unit in units(name_words(name)))
    return Name(name, parts, sum(part.weight for part in parts) or 1.0)


def link(tokens: Sequence[Token], usable: Iterable[int], names: Sequence[Name]) -> list[Link]:
    """The names that these tokens may mean, best first; several of one name's words add up."""
    places = sorted(usable)
    exact = _exact(tokens, places, names)
    said = _said(tokens, places)
    found = [*exact, *(one for name in names if (one := _score(name, said)))]
    best: dict[str, Link] = {}
    for one in found:
        if one.score > best.get(one.name, Link("", 0.0, ())).score:
            best[one.name] = one
    return sorted(best.values(), key=lambda one: (-one.score, one.name))


def _exact(tokens: Sequence[Token], places: list[int], names: Sequence[Name]) -> list[Link]:
    """Names written out as they are."""
    written = {tokens[i].text.lower(): i for i in places}
    return [
        Link(n.name, 2.0, (written[n.name.lower()],)) for n in names if n.name.lower() in written
    ]


def _said(tokens: Sequence[Token], places: list[int]) -> list[tuple[tuple[int, ...], Unit]]:
    """The usable tokens as units; a quoted phrase is taken apart into its words."""
    found: list[tuple[tuple[int, ...], Unit]] = []
    run: list[int] = []
    for i in [*places, -1]:
        if run and (i == -1 or i != run[-1] + 1):
            found += _run(tokens, run)
            run = []
        if i >= 0:
            run.append(i)
    return found


def _run(tokens: Sequence[Token], run: list[int]) -> list[tuple[tuple[int, ...], Unit]]:
    pairs = [(i, word) for i in run for word in _parts(tokens[i])]
    return [
        (tuple(sorted({pairs[k][0] for k in where})), unit)
        for where, unit in units([said for _, said in pairs])
    ]


def _parts(token: Token) -> Sequence[str]:
    return name_words(token.text) if token.kind == "quoted" or "_" in token.text else (token.word,)


def _score(name: Name, said: list[tuple[tuple[int, ...], Unit]]) -> Link | None:
    """How much of the name was said: the weight of its matched units over the weight of all."""
    if joined := _joined(name, said):
        return joined
    total, tokens = 0.0, set[int]()
    for part in name.units:
        best, where = max(
            ((similarity(unit, part), where) for where, unit in said),
            key=lambda match: match[0],
            default=(0.0, ()),
        )
        total += best * part.weight
        tokens |= set(where) if best else set()
    strongest = max((part.weight for part in name.units), default=0.0)
    if total < strongest * 0.5:
        return None
    return Link(name.name, total / name.weight, tuple(sorted(tokens)))


def _joined(name: Name, said: list[tuple[tuple[int, ...], Unit]]) -> Link | None:
    """A name of several words slipped into one: "pagevews" for "$pageview"."""
    whole = "".join(unit.stems.replace(" ", "") for unit in name.units)
    if len(whole) < 7:
        return None
    for where, unit in said:
        if unit.word and not unit.concepts and len(unit.word) >= 7 and _near(unit.stems, whole):
            return Link(name.name, TYPO, where)
    return None


def similarity(said: Unit, part: Unit) -> float:
    """1 for the same stem, less for a synonym or a near spelling, 0 for strangers."""
    if said.stems == part.stems:
        return 1.0
    if said.concepts & part.concepts:
        return SYNONYM
    long = min(len(said.word), len(part.word)) >= 5
    known = said.concepts or said.word in lexicon().filler
    near = long and not known and (_near(said.word, part.word) or _near(said.stems, part.stems))
    return TYPO if near else 0.0


def _near(said: str, written: str) -> bool:
    """Whether one word may be a slip of the other: one edit in five letters, two in eight."""
    return DamerauLevenshtein.normalized_similarity(said, written) >= 0.75


def _weight(stems: str) -> float:
    words = lexicon()
    if stems in STAGES:
        return STAGE
    if stems in words.marked:
        return 1.0
    if stems in words.identity:
        return IDENTITY
    return NEUTRAL if stems in words.neutral else 1.0
