"""Conditions: numbers compared, values named, flags said or denied."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.planner import cues, declines
from agent.planner.cues import Comparison
from agent.planner.lexicon import lexicon
from agent.planner.linking import link, read_name
from agent.planner.plan import Filter, Holder, Property, Reply, Unsure
from agent.planner.sheet import Sheet
from agent.planner.world import Value, World

LINKS = frozenset(
    {"is", "was", "are", "were", "=", "equals", "of", ":", "equal", "to", "named", "called"}
)
OR = frozenset({"or", "and", ",", "/", "nor"})
MOST_RUNS = 5
PATH_NAMES = ("$pathname", "pathname", "path", "$current_url", "url")


@dataclass(frozen=True)
class Run:
    """Neighbouring words nothing has explained, read as one value."""

    places: tuple[int, ...]
    text: str


def comparison_filters(
    world: World, sheet: Sheet, found: Sequence[Comparison], event: str | None
) -> list[Filter]:
    """Each comparison as a condition on the numeric property next to it."""
    return [one for comparison in found for one in _compared(world, sheet, comparison, event)]


def leftover_filters(world: World, sheet: Sheet, event: str | None) -> list[Filter]:
    """What the remaining words say: flags, values, paths; `Unsure` when they say nothing here."""
    filters = _paths(world, sheet, event) + _flags(world, sheet, event)
    _explain(world, sheet, event)
    sheet.take(_hints(world, sheet, event))
    _deny(sheet)
    named = [Run(places, sheet.text(places)) for places in sheet.names]
    runs = sorted((*named, *_runs(sheet)), key=lambda run: run.places)
    if len(runs) > MOST_RUNS:
        raise Unsure(declines.unknown([run.text for run in runs[:3]], world))
    found = [_choose(sheet, r, values) for r, values in _found(world, runs, event)] if runs else []
    strangers = [run for run, value in zip(runs, found, strict=True) if value is None]
    if strangers:
        raise Unsure(_strange(world, sheet, strangers, event))
    return filters + _grouped(sheet, [(r, v) for r, v in zip(runs, found, strict=True) if v])


def _deny(sheet: Sheet) -> None:
    """Take the words that deny what follows them, so that they are not looked up themselves."""
    for i in sheet.content(sheet.free):
        if sheet.word(i) not in cues.DENIALS:
            sheet.take(cues.negated(sheet, i))


def _strange(world: World, sheet: Sheet, runs: Sequence[Run], event: str | None) -> Reply:
    """Say what is not known here, or ask when one text is only part of known values."""
    if len(runs) > 1:
        return declines.unknown([run.text for run in runs], world)
    (found,) = world.values([runs[0].text], event, "event", whole=False)
    if not found:
        return declines.unknown([runs[0].text], world)
    first, last = (sheet.tokens[runs[0].places[k]] for k in (0, -1))
    prop = found[0].property.name
    said = f"`{prop}` containing `{runs[0].text}`"
    question = f"{sheet.question[: first.start]}{said}{sheet.question[last.end :]}"
    return declines.not_exactly(runs[0].text, prop, found[0].value, question)


def proper_names(world: World, sheet: Sheet) -> None:
    """Take names like “United Kingdom” whole before their words are looked at one by one."""
    runs = [Run(places, sheet.text(places)) for places in _capitalised(sheet)]
    for run, values in _found(world, runs, None) if runs else ():
        if _equal(run.text, values):
            sheet.take(run.places)
            sheet.names.append(run.places)


def _capitalised(sheet: Sheet) -> list[tuple[int, ...]]:
    """Runs of two or more capitalised words in a question that is not capitalised throughout."""
    words = [i for i in sorted(sheet.free) if sheet.tokens[i].kind == "word"]
    upper = [i for i in words if sheet.tokens[i].text[0].isupper() and i > 0]
    runs: list[list[int]] = []
    for i in upper:
        if runs and runs[-1][-1] == i - 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    mixed = len(upper) * 2 <= len(words)
    return [tuple(run) for run in runs if len(run) > 1] if mixed else []


def _found(world: World, runs: Sequence[Run], event: str | None) -> list[tuple[Run, list[Value]]]:
    """The values each run may mean: of the event, else of persons; usual spellings included."""
    on_events = _sought(world, runs, event, "event")
    missing = [run for run in runs if not _equal(run.text, on_events[run])]
    on_persons = _sought(world, missing, None, "person") if missing else {}
    return [(run, [*on_events[run], *on_persons.get(run, [])]) for run in runs]


def _sought(
    world: World, runs: Sequence[Run], event: str | None, kind: Holder
) -> dict[Run, list[Value]]:
    """One lookup for every spelling of every run, all asked for together."""
    spelled = [(run, text) for run in runs for text in _spellings(run.text)]
    values = world.values([text for _, text in spelled], event, kind)
    found: dict[Run, list[Value]] = {run: [] for run in runs}
    for (run, _), some in zip(spelled, values, strict=True):
        found[run] += [value for value in some if value not in found[run]]
    return found


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


def _flags(world: World, sheet: Sheet, event: str | None) -> list[Filter]:
    """Booleans said by name: “minor edits”, “excluding bots”; both ways is any of both."""
    known = [*world.properties(event).values(), *world.person_properties().values()]
    flags = {prop.name: prop for prop in known if prop.kind == "Boolean"}
    said: dict[str, list[bool]] = {}
    for i in sheet.content(sheet.free):
        meant = lexicon().opposites.get(sheet.tokens[i].stem)
        name = _flag(sheet, i, flags) if meant is None else _opposite(meant, flags)
        if name is None:
            continue
        denied = cues.negated(sheet, i)
        sheet.take([i, *denied])
        said.setdefault(name, []).append((meant is None) != bool(denied))
    return [Filter(flags[n], "=", tuple(dict.fromkeys(values))) for n, values in said.items()]


def _flag(sheet: Sheet, i: int, flags: dict[str, Property]) -> str | None:
    links = link(sheet.tokens, [i], [read_name(name) for name in flags])
    return links[0].name if links and links[0].score >= 0.55 else None


def _opposite(meant: str, flags: dict[str, Property]) -> str | None:
    """The flag that is false when the word is said: “human” is not is_bot."""
    return next((n for n in flags if meant in {u.stems for u in read_name(n).units}), None)


def _explain(world: World, sheet: Sheet, event: str | None) -> None:
    """Drop words that only name the thing the event is about ("booked a class": class_id)."""
    identity = lexicon().identity
    things = [read_name(name).units for name in world.properties(event)]
    objects = {
        u.stems for units in things if any(x.stems in identity for x in units) for u in units
    }
    own = {part for unit in read_name(event or "").units for part in unit.stems.split()}
    words = {unit.stems for units in things for unit in units}
    for i in sheet.content(sheet.free):
        said, following = sheet.tokens[i].stem, sheet.tokens[i + 1 : i + 2]
        modifies = said in words and following and following[0].stem in own
        if said in own | objects or modifies:
            sheet.take([i])


def _hints(world: World, sheet: Sheet, event: str | None) -> set[int]:
    """Words that name the property of a value next to them ("unlimited plan", "country is")."""
    properties = {**world.person_properties(), **world.properties(event)}
    names = [read_name(name) for name, prop in properties.items() if prop.kind != "Boolean"]
    content = sheet.content(sheet.free)
    found = set()
    for i in content:
        plain = sheet.tokens[i].kind == "word" and sheet.tokens[i].text.islower()
        links = link(sheet.tokens, [i], names) if plain else []
        beside = {i - 1, i + 1, i + 2, i + 3} & set(content)
        if links and links[0].score >= 0.7 and beside:
            found.add(i)
    return found if len(found) < len(content) else set()


def _runs(sheet: Sheet) -> list[Run]:
    """The remaining content words, neighbours together, as the person wrote them."""
    places = sheet.content(sheet.free)
    runs: list[list[int]] = []
    for i in places:
        touching = runs and i == runs[-1][-1] + 1 and sheet.tokens[i].kind == "word"
        if touching and sheet.tokens[runs[-1][-1]].kind == "word":
            runs[-1].append(i)
        else:
            runs.append([i])
    return [Run(tuple(run), _written(sheet, run)) for run in runs]


def _written(sheet: Sheet, run: Sequence[int]) -> str:
    first = sheet.tokens[run[0]]
    return first.text if first.kind == "quoted" else sheet.text(run)


def _choose(sheet: Sheet, run: Run, found: Sequence[Value]) -> Value | None:
    """The value a run means: spelled the same, of the property named beside it if one is."""
    equal = _equal(run.text, found)
    if not equal:
        return None
    owners = {value.property.name for value in equal}
    if len(owners) == 1:
        return equal[0]
    beside = [value for value in equal if _named_beside(sheet, run, value.property)]
    plain = beside or [value for value in equal if value.count * 20 > equal[0].count]
    names = tuple(dict.fromkeys(value.property.name for value in plain))
    if len(names) == 1:
        return plain[0]
    shown = names[:4]
    start, end = sheet.tokens[run.places[0]].start, sheet.tokens[run.places[-1]].end
    raise Unsure(
        Reply(
            "asked",
            f"“{run.text}” is a value of {' and of '.join(shown)}. Which do you mean?",
            choices=shown,
            rephrased=tuple(
                f"{sheet.question[:start]}`{name}` = `{run.text}`{sheet.question[end:]}"
                for name in shown
            ),
        )
    )


def _equal(text: str, found: Sequence[Value]) -> list[Value]:
    """The found values that are this text, whatever its case, or a usual way to write it."""
    ways = {way.lower() for way in _spellings(text)}
    return [value for value in found if value.value.lower() in ways]


def _spellings(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((text, *lexicon().values.get(text.lower(), ()))))


def _named_beside(sheet: Sheet, run: Run, prop: Property) -> bool:
    near = [i for i in range(run.places[0] - 3, run.places[-1] + 2) if 0 <= i < len(sheet.tokens)]
    near = [i for i in near if i not in run.places]
    links = link(sheet.tokens, near, [read_name(prop.name)])
    return bool(links) and links[0].score >= 0.6


def _grouped(sheet: Sheet, chosen: Sequence[tuple[Run, Value]]) -> list[Filter]:
    """One condition a property: several values are alternatives, denied ones exclude."""
    groups: dict[tuple[Property, bool], list[str]] = {}
    carried = False
    for n, (run, value) in enumerate(chosen):
        joined = n > 0 and sheet.word(run.places[0] - 1) in OR
        denial = cues.negated(sheet, run.places[0])
        carried = bool(denial) or (joined and carried)
        groups.setdefault((value.property, carried), []).append(value.value)
        sheet.take((*run.places, *denial))
    return [
        Filter(prop, "!=" if denied else "=", tuple(dict.fromkeys(values)))
        for (prop, denied), values in groups.items()
    ]
