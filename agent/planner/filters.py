"""Conditions: numbers compared, values named, flags said or denied."""

from collections.abc import Sequence

from agent.planner import cues
from agent.planner.cues import Comparison
from agent.planner.lexicon import lexicon
from agent.planner.linking import link, read_name
from agent.planner.plan import Filter, Operator, Property, Reply, Unsure
from agent.planner.sheet import Sheet
from agent.planner.values import LINKS, value_filters
from agent.planner.world import World

CONTRASTS = ("vs", "versus", "compare", "compared to", "against")
PATH_NAMES = ("$pathname", "pathname", "path", "$current_url", "url")
PRESENCE: dict[str, Operator] = {
    "without": "not set", "no": "not set", "missing": "not set", "lacking": "not set",
    "with": "set", "having": "set",
}  # fmt: skip


def comparison_filters(
    world: World, sheet: Sheet, found: Sequence[Comparison], event: str | None
) -> list[Filter]:
    """Each comparison as a condition on the numeric property next to it."""
    return [one for comparison in found for one in _compared(world, sheet, comparison, event)]


def leftover_filters(world: World, sheet: Sheet, event: str | None) -> list[Filter]:
    """What the remaining words say: flags, values, paths; `Unsure` when they say nothing here."""
    return [
        *_paths(world, sheet, event),
        *_presence(world, sheet, event),
        *_flags(world, sheet, event),
        *value_filters(world, sheet, event),
    ]


def _compared(world: World, sheet: Sheet, one: Comparison, event: str | None) -> list[Filter]:
    prop = _measured(world, sheet, one, event)
    if prop is None:
        said = sheet.text(range(one.start, one.end))
        raise Unsure(Reply("asked", f"“{said}” of what? Name the property that is compared."))
    if len(one.numbers) == 2:
        return [Filter(prop, ">=", one.numbers[:1]), Filter(prop, "<=", one.numbers[1:])]
    return [Filter(prop, one.operator, one.numbers)]


def _measured(world: World, sheet: Sheet, one: Comparison, event: str | None) -> Property | None:
    """The numeric property just after or before a comparison; money for a currency."""
    properties = {n: p for n, p in world.properties(event).items() if p.numeric}
    names = [read_name(name) for name in properties]
    for places in (range(one.end, one.end + 2), range(one.start - 3, one.start)):
        links = link(sheet.tokens, [i for i in places if i in sheet.free], names)
        if links and links[0].score >= 0.45:
            sheet.take(links[0].tokens)
            return properties[links[0].name]
    money = [properties[n.name] for n in names if any("money" in u.concepts for u in n.units)]
    return money[0] if one.money and len(money) == 1 else None


def _paths(world: World, sheet: Sheet, event: str | None) -> list[Filter]:
    """Paths like /pricing, on the property that holds the page."""
    properties = world.properties(event)
    name = next((n for n in PATH_NAMES if n in properties), None)
    found = []
    for i in sorted(sheet.free):
        token = sheet.tokens[i]
        if name is None or not (token.kind == "path" or token.text.startswith("/")):
            continue
        denied = cues.negated(sheet, i)
        sheet.take([i, *denied])
        found.append(_path(properties[name], token.text, sheet.word(i - 1), bool(denied)))
    return found


def _path(prop: Property, said: str, before: str, denied: bool) -> Filter:
    """One path, with or without its last slash; with "any" or "under", all that begin so."""
    path = said.rstrip("*").rstrip("/") or "/"
    if before in ("under", "below", "any", "anything") or said.endswith("*"):
        return Filter(prop, "starts", (path,))
    return Filter(prop, "!=" if denied else "=", (path,) if path == "/" else (path, f"{path}/"))


def _presence(world: World, sheet: Sheet, event: str | None) -> list[Filter]:
    """“Without a country”, “with a country”: whether a property is set at all."""
    properties = {n: p for n, p in world.properties(event).items() if p.kind != "Boolean"}
    names = [read_name(name) for name in properties]
    found = []
    for i in sheet.content(sheet.free):
        start = i - (sheet.word(i - 1) in ("a", "an", "any", "known"))
        said = PRESENCE.get(sheet.word(start - 1))
        links = link(sheet.tokens, [i], names) if said else []
        beside = {i - 1, i + 1} & set(sheet.content(sheet.free)) or sheet.word(i + 1) in LINKS
        if said and links and links[0].score >= 0.7 and not beside:
            close = [one for one in links if one.score >= links[0].score - 0.12]
            best = min(close, key=lambda one: len(one.name))
            sheet.take(range(start - 1, i + 1))
            found.append(Filter(properties[best.name], said))
    return found


def _flags(world: World, sheet: Sheet, event: str | None) -> list[Filter]:
    """Booleans said by name: “minor edits”, “excluding bots”; both ways is any of both."""
    known = [*world.properties(event).values(), *world.person_properties().values()]
    flags = {prop.name: prop for prop in known if prop.kind == "Boolean"}
    own = {part for unit in read_name(event or "").units for part in unit.stems.split()}
    said: dict[str, list[bool]] = {}
    for i in sorted(sheet.free):
        if sheet.grammar(i) and sheet.word(i) != "first":
            continue
        meant = lexicon().opposites.get(sheet.tokens[i].stem)
        name = _flag(sheet, i, flags, own) if meant is None else _opposite(meant, flags)
        if name is None:
            continue
        denied = cues.negated(sheet, i)
        sheet.take([i, *denied])
        if sheet.word(i - 1) in ("including", "incl"):
            continue
        said.setdefault(name, []).append((meant is None) != bool(denied))
    contrasted = sheet.find_any(CONTRASTS)
    return [
        Filter(flags[name], "=", tuple(dict.fromkeys(values)))
        for name, values in said.items()
        if contrasted or len(set(values)) == 1
    ]


def _flag(sheet: Sheet, i: int, flags: dict[str, Property], own: set[str]) -> str | None:
    """The flag a word names, alone or with the event's word after it ("first bookings")."""
    after = [i + 1] if i + 1 < len(sheet.tokens) and sheet.tokens[i + 1].stem in own else []
    names = [read_name(name) for name in flags]
    for places in ([i], [i, *after]):
        links = [one for one in link(sheet.tokens, places, names) if i in one.tokens]
        if links and links[0].score >= 0.55:
            return links[0].name
    return None


def _opposite(meant: str, flags: dict[str, Property]) -> str | None:
    """The flag that is false when the word is said: “human” is not is_bot."""
    return next((n for n in flags if meant in {u.stems for u in read_name(n).units}), None)
