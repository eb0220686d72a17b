"""What results are split or ranked by."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.planner.lexicon import lexicon
from agent.planner.linking import SYNONYM, Link, link, read_name, similarity
from agent.planner.phrases import UNIT_WORDS
from agent.planner.plan import Breakdown, Property
from agent.planner.sheet import Sheet
from agent.planner.world import World

BY = ("broken down by", "break down by", "breakdown by", "split by", "grouped by", "group by",
      "segmented by", "sliced by", "by each", "by", "per", "for each", "for every", "in each",
      "from each", "in every", "each", "across", "by the")  # fmt: skip
SPLITTERS = frozenset({"and", ","})


@dataclass(frozen=True)
class Subjects:
    """Noun phrases that results are split by: the ranked one, and those after "by"."""

    ranked: tuple[int, ...]
    by: tuple[tuple[int, ...], ...]

    @property
    def tokens(self) -> set[int]:
        """All their tokens."""
        return set(self.ranked).union(*self.by)


def subjects(sheet: Sheet, after_top: int | None) -> Subjects:
    """The noun phrases in question, not yet linked to anything."""
    ranked = _noun(sheet, after_top) if after_top is not None else ()
    if not ranked:
        ranked = _asked(sheet)
    phrases: list[tuple[int, ...]] = []
    for i in sorted(sheet.free):
        for lead in BY:
            taken = sheet.at(i, lead) or _after_interval(sheet, i)
            phrase = _noun(sheet, i + taken) if taken and i not in ranked else ()
            if phrase and not set(phrase) & {*ranked, *(t for p in phrases for t in p)}:
                phrases.append(phrase)
                phrases += _joined(sheet, phrase)
                break
    return Subjects(ranked, tuple(phrases))


def _after_interval(sheet: Sheet, i: int) -> int:
    """1 at the "and" of "by month and country", where the month is explained already."""
    interval = i - 1 not in sheet.free and sheet.word(i - 1) in UNIT_WORDS
    return int(sheet.word(i) == "and" and interval)


def resolve(
    world: World, sheet: Sheet, phrase: Sequence[int], event: str | None
) -> tuple[Breakdown, tuple[int, ...]] | None:
    """The property a noun phrase names, on the event or else on the person, and its tokens."""
    if [sheet.tokens[i].stem for i in phrase] == ["event"]:
        return Breakdown(), tuple(phrase)
    own = world.properties(event)
    best = _best(sheet, phrase, own) or _best(sheet, phrase, world.person_properties())
    if best is None:
        return None
    prop, tokens = best
    small = lexicon().identity | lexicon().neutral
    said = (*tokens, *(i for i in phrase if sheet.tokens[i].stem in small))
    identity = _identity(prop, own)
    return (Breakdown(identity, label_property=prop) if identity else Breakdown(prop)), said


def _asked(sheet: Sheet) -> tuple[int, ...]:
    """The noun after "which", "what" or a superlative."""
    superlatives = lexicon().most | lexicon().least
    for i in sorted(sheet.free):
        if sheet.word(i) in ("which", "what") or _adjective(sheet, i):
            start = i + 1
            while sheet.word(start) in superlatives:
                start += 1
            if phrase := _noun(sheet, start):
                return phrase
    return ()


def _adjective(sheet: Sheet, i: int) -> bool:
    """Whether a superlative ranks the noun after it; "the most orders" only counts them."""
    words, following = lexicon(), sheet.word(i + 1)
    if sheet.word(i) not in words.most | words.least or sheet.word(i - 1) == "at":
        return False
    counts = sheet.word(i) in ("most", "least", "fewest")
    return not counts or following in words.most or following.endswith("ed")


def _noun(sheet: Sheet, i: int) -> tuple[int, ...]:
    """The noun phrase that starts at `i`: up to a preposition, a verb of grammar or a mark."""
    while sheet.word(i) in lexicon().skipped:
        i += 1
    found = []
    while (
        i in sheet.free
        and sheet.tokens[i].kind in ("word", "quoted")
        and sheet.word(i) not in lexicon().ends
    ):
        found.append(i)
        i += 1
    return tuple(found)


def _joined(sheet: Sheet, phrase: Sequence[int]) -> list[tuple[int, ...]]:
    """Further phrases joined to one: "by country and browser"."""
    found, end = [], phrase[-1]
    while sheet.word(end + 1) in SPLITTERS:
        start = end + 2 + (sheet.word(end + 2) in ("by", "and"))
        further = _noun(sheet, start)
        if not further:
            break
        found.append(further)
        end = further[-1]
    return found


def _best(
    sheet: Sheet, phrase: Sequence[int], properties: dict[str, Property]
) -> tuple[Property, tuple[int, ...]] | None:
    """The property the phrase names, plain names before codes and first values."""
    names = [read_name(name) for name in properties]
    links = [
        one
        for one in link(sheet.tokens, phrase, names)
        if one.score >= 0.45 and _splits(properties[one.name], one.score, sheet, phrase)
    ]
    if not links:
        return None
    best = min((one for one in links if one.score >= links[0].score - 0.12), key=_plainness)
    return properties[best.name], best.tokens


def _splits(prop: Property, score: float, sheet: Sheet, phrase: Sequence[int]) -> bool:
    """Whether results may be split by it: numbers only by their own name, flags only in full."""
    if prop.kind == "Boolean" or prop.name in ("$session_id", "$window_id"):
        return score > 1
    initial = "initial" in prop.name and not any("initial" in sheet.word(i) for i in phrase)
    return not initial and (not prop.numeric or score >= 0.95)


def _plainness(one: Link) -> tuple[bool, float, int]:
    odd = one.name.endswith("_code") or "raw" in one.name
    return odd, -round(one.score, 2), len(one.name)


def _identity(prop: Property, properties: dict[str, Property]) -> Property | None:
    """The code that identifies a product whose name may vary, None for everything else."""
    chosen = read_name(prop.name)
    if not any("product" in unit.concepts for unit in chosen.units):
        return None
    for name, other in properties.items():
        units = read_name(name).units
        codes = [unit for unit in units if unit.stems in lexicon().identity]
        rest = [unit for unit in units if unit.stems not in lexicon().identity]
        same = all(any(similarity(unit, own) >= SYNONYM for own in chosen.units) for unit in rest)
        if name != prop.name and codes and same:
            return other
    return None
