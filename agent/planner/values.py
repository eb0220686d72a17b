"""Values of properties that a question names: found in the data, chosen, and grouped."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.planner import cues, declines
from agent.planner.lexicon import lexicon
from agent.planner.linking import link, read_name
from agent.planner.plan import Filter, Holder, Property, Reply, Unsure
from agent.planner.sheet import Sheet
from agent.planner.words import stem
from agent.planner.world import Value, World

LINKS = frozenset(
    {"is", "was", "are", "were", "=", "equals", "of", ":", "equal", "to", "named", "called"}
)
OR = frozenset({"or", "and", ",", "/", "nor"})
MOST_RUNS = 5
NAME_LENGTH = 40
SHORTEST = 4
"""Letters a word needs to be looked for inside of values."""

"""Characters beyond which a value is a text, and no name of anything."""


@dataclass(frozen=True)
class Run:
    """Neighbouring words nothing has explained, read as one value."""

    places: tuple[int, ...]
    text: str


def value_filters(world: World, sheet: Sheet, event: str | None) -> list[Filter]:
    """The remaining words as values, one condition a property; `Unsure` when they are none."""
    _explain(world, sheet, event)
    hints = _hints(world, sheet, event)
    sheet.take(hints)
    _deny(sheet)
    named = [Run(places, sheet.text(places)) for places in sheet.names]
    runs = sorted((*named, *_runs(sheet)), key=lambda run: run.places)
    if len(runs) > MOST_RUNS:
        raise Unsure(declines.unknown([run.text for run in runs[:3]], world))
    found = [_choose(sheet, r, values) for r, values in _found(world, runs, event)] if runs else []
    strangers = [run for run, value in zip(runs, found, strict=True) if value is None]
    if strangers:
        raise Unsure(_strange(world, sheet, strangers, event))
    chosen = [(r, v) for r, v in zip(runs, found, strict=True) if v]
    _check_hints(sheet, hints, chosen)
    return _grouped(sheet, chosen)


def proper_names(world: World, sheet: Sheet) -> None:
    """Take names like “United Kingdom” whole before their words are looked at one by one."""
    runs = [Run(places, sheet.text(places)) for places in _capitalised(sheet)]
    for run, values in _found(world, runs, None) if runs else ():
        if _equal(run.text, values):
            sheet.take(run.places)
            sheet.names.append(run.places)


def _check_hints(
    sheet: Sheet, hints: dict[int, set[str]], chosen: Sequence[tuple["Run", Value]]
) -> None:
    """A word that names a property must have helped to choose a value of it."""
    owners = {value.property.name for _, value in chosen}
    idle = next((i for i, names in hints.items() if not names & owners), None)
    if idle is not None:
        raise Unsure(declines.half_understood(sheet.text([idle])))


def _deny(sheet: Sheet) -> None:
    """Take the words that deny what follows them, so that they are not looked up themselves."""
    for i in sheet.content(sheet.free):
        if sheet.word(i) not in cues.DENIALS:
            sheet.take(cues.negated(sheet, i))


def _strange(world: World, sheet: Sheet, runs: Sequence[Run], event: str | None) -> Reply:
    """Say what is not known here, or ask when one name is a word of known values."""
    text = runs[0].text
    known = lexicon().concepts.keys() | {stem(word) for word in lexicon().filler}
    if len(runs) > 1 or len(text) < SHORTEST or not text.isalpha() or stem(text) in known:
        return declines.unknown([run.text for run in runs], world)
    (holders,) = world.values([text], event, "event", whole=False)
    found = [value for value in holders if _is_word(text, value.value)]
    if not found:
        return declines.unknown([text], world)
    first, last = (sheet.tokens[runs[0].places[k]] for k in (0, -1))
    prop = found[0].property.name
    question = (
        f"{sheet.question[: first.start]}`{prop}` containing `{text}`{sheet.question[last.end :]}"
    )
    return declines.not_exactly(text, prop, found[0].value, question)


def _is_word(text: str, value: str) -> bool:
    """Whether the text is a whole word of a short value ("google" in "www.google.com")."""
    return len(value) <= NAME_LENGTH and text.lower() in re.split(r"\W|_", value.lower())


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


def _explain(world: World, sheet: Sheet, event: str | None) -> None:
    """Drop words that only name the thing the event is about ("booked a class": class_id)."""
    properties = world.properties(event)
    things = [read_name(n).units for n, prop in properties.items() if prop.kind == "String"]
    objects = {u.stems for units in things if any(x.stems == "id" for x in units) for u in units}
    own = {part for unit in read_name(event or "").units for part in unit.stems.split()}
    labels = {unit.stems for units in things if len(units) == 1 for unit in units}
    for i in sheet.content(sheet.free):
        said, following = sheet.tokens[i].stem, sheet.tokens[i + 1 : i + 2]
        modifies = said in labels and following and following[0].stem in own
        if said in own | objects or modifies:
            sheet.take([i])


def _hints(world: World, sheet: Sheet, event: str | None) -> dict[int, set[str]]:
    """Words that name the property of a value next to them ("unlimited plan", "country is")."""
    properties = {**world.person_properties(), **world.properties(event)}
    names = [read_name(name) for name, prop in properties.items() if prop.kind != "Boolean"]
    content = sheet.content(sheet.free)
    found = {}
    for i in content:
        plain = sheet.tokens[i].kind == "word" and sheet.tokens[i].text.islower()
        links = link(sheet.tokens, [i], names) if plain or sheet.tokens[i].kind == "quoted" else []
        close = {one.name for one in links if one.score >= 0.6}
        beside = {i - 1, i + 1, i + 2, i + 3} & set(content)
        if links and links[0].score >= 0.7 and beside:
            found[i] = close
    return found if len(found) < len(content) else {}


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
    """A run as it was written; the words of a taken-apart spelling, and numbers, as words."""
    tokens = [sheet.tokens[i] for i in run]
    if tokens[0].kind == "quoted":
        return tokens[0].text
    whole = all(token.end - token.start == len(token.word) for token in tokens)
    return sheet.text(run) if whole else " ".join(token.word for token in tokens)


def _choose(sheet: Sheet, run: Run, found: Sequence[Value]) -> Value | None:
    """The value a run means: spelled the same, of the property named beside it if one is."""
    equal = _equal(run.text, found)
    if not equal:
        return None
    owners = {value.property.name for value in equal}
    if len(owners) == 1:
        return equal[0]
    beside = {value.property.name: _beside(sheet, run, value.property) for value in equal}
    best = max(beside.values())
    named = [value for value in equal if best >= 0.6 and beside[value.property.name] == best]
    plain = named or [value for value in equal if value.count * 20 > equal[0].count]
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
                f"{sheet.question[:start]}`{run.text}` (`{name}`){sheet.question[end:]}"
                for name in shown
            ),
        )
    )


def _equal(text: str, found: Sequence[Value]) -> list[Value]:
    """The found values that are this text, whatever its case, or a usual way to write it."""
    ways = {way.lower() for way in _spellings(text)}
    return [value for value in found if value.value.lower() in ways]


def _spellings(text: str) -> tuple[str, ...]:
    """The text, its usual ways in data, and its words joined as identifiers are."""
    joined = [text.replace(" ", mark) for mark in ("_", "-")] if " " in text else []
    return tuple(dict.fromkeys((text, *lexicon().values.get(text.lower(), ()), *joined)))


def _beside(sheet: Sheet, run: Run, prop: Property) -> float:
    """How surely the words next to a run name this property; above 1 when spelled out."""
    near = range(run.places[0] - 3, run.places[-1] + 4)
    usable = [i for i in near if 0 <= i < len(sheet.tokens) and i not in run.places]
    links = link(sheet.tokens, usable, [read_name(prop.name)])
    return links[0].score if links else 0.0


def _grouped(sheet: Sheet, chosen: Sequence[tuple[Run, Value]]) -> list[Filter]:
    """One condition a property: several values are alternatives, denied ones exclude."""
    groups: dict[tuple[Property, bool], list[str]] = {}
    carried, before = False, None
    for run, value in chosen:
        joint = _joint(sheet, run)
        denial = cues.negated(sheet, run.places[0])
        carried = bool(denial) or (joint is not None and carried)
        if joint is not None and value.property == before:
            sheet.take([joint])
        before = value.property
        groups.setdefault((value.property, carried), []).append(value.value)
        sheet.take((*run.places, *denial))
    return [
        Filter(prop, "!=" if denied else "=", tuple(dict.fromkeys(values)))
        for (prop, denied), values in groups.items()
    ]


def _joint(sheet: Sheet, run: Run) -> int | None:
    """The “or” before a value, across a preposition."""
    i = run.places[0] - 1
    while sheet.word(i) in ("from", "in", "the", "on"):
        i -= 1
    return i if i >= 0 and sheet.word(i) in OR else None
