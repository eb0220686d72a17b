"""Properties that look like personal data."""

from agent.answer import Draft
from agent.planner.english.words import name_words
from agent.planner.objects import lookups, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.catalogue import events_for, property_rows, spelled_events
from agent.planner.objects.naming import topic
from agent.planner.world import World
from tools.literals import literal
from tools.wording import joined

NAMES = {
    "an e-mail address": "email mail",
    "a name": "firstname lastname surname fullname first_name last_name full_name",
    "a telephone number": "phone mobile telephone msisdn",
    "an address": "address street postcode zip postal",
    "a birth date or age": "birthday birthdate birth dob age",
    "an IP address": "ip",
    "an account or card number": "iban ssn passport card_number account_number tax",
    "a position": "latitude longitude lat lng gps",
    "a person's own words": "text message comment note notes feedback query bio",
    "a gender": "gender sex",
    "an id of a person": "user_id referrer_id customer_id member_id employee_id username nickname",
    "a place": "city",
}
"""What a property may be, by words of its name."""

SHAPES = {
    "an e-mail address": r"[^@\s]+@[^@\s]+\.[a-z]{2,}",
    "a telephone number": r"\+\d[\d ()-]{7,15}",
    "an IP address": r"\d{1,3}(\.\d{1,3}){3}",
}
"""What a property may be, by its values."""

COLUMNS = ("property", "of", "looks like", "because of")
SAMPLE = 2_000
Row = tuple[str, str, str, str]


def personal_answer(asked: Asked, world: World) -> Draft:
    """The properties that look personal: of one event, or of all events and persons."""
    events = [one.name for one in spelled_events(asked, world)]
    if not events and asked.has("property|properties on|of|in"):
        events = [
            one.name
            for one in events_for(topic(asked, *phrases.word_set("personal.plain")), world)
            if one.share >= 0.95
        ][:1]
    holders: list[tuple[str, str | None]] = [("event", event) for event in events]
    holders = holders or [("event", None), ("person", None)]
    rows: list[Row] = []
    for kind, event in holders:
        names = [str(row["name"]) for row in property_rows(world, kind, event)]
        rows += _by_name(names, event or f"{kind}s") + _by_value(names, kind, event, world)
    rows = list({(row[0], row[1]): row for row in reversed(rows)}.values())[::-1]
    where = joined(events) if events else "events and persons"
    note = (
        "PostHog keeps no mark for personal data that hogloop could read, so none count as flagged."
    )
    if not rows:
        return telling.answered(
            f"None of the properties of {where} looks like personal data.", _how(), note
        )
    return telling.answered(
        f"{len(rows)} properties of {where} look like personal data:"
        f" {joined(list(dict.fromkeys(row[0] for row in rows)))}.",
        _how(),
        note,
        tables=[telling.table(COLUMNS, sorted(rows))],
    )


def looks_personal(name: str) -> str:
    """What a property looks like by its name, "" for nothing personal."""
    words = {*name_words(name), name.lower().strip("$")} - (
        {"text"} if name.startswith("$") else set()
    )
    if {"template", "count", "status", "opened", "sent", "verified"} & words:
        return ""
    return next((kind for kind, known in NAMES.items() if words & set(known.split())), "")


def _by_name(names: list[str], of: str) -> list[Row]:
    own = ("name",) if of == "persons" else ()
    found = [(name, "a name" if name in own else looks_personal(name)) for name in names]
    return [(name, of, kind, "its name") for name, kind in found if kind]


def _by_value(names: list[str], kind: str, event: str | None, world: World) -> list[Row]:
    """Properties whose values have the shape of something personal, in a sample of recent rows."""
    recent = [f"event = {literal(event)}"] if event else []
    recent += ["timestamp >= now() - INTERVAL 30 DAY"] if kind == "event" else []
    where = f" WHERE {' AND '.join(recent)}" if recent else ""
    tests = ", ".join(
        f"countIf(match(tupleElement(pair, 2), {literal(f'^.?{shape}.?$')})) AS shape{n}"
        for n, shape in enumerate(SHAPES.values())
    )
    found = lookups.table(
        world,
        f"SELECT tupleElement(pair, 1) AS property, {tests} FROM (SELECT "
        "arrayJoin(JSONExtractKeysAndValuesRaw(properties)) AS pair FROM (SELECT properties "
        f"FROM {kind}s{where} LIMIT {SAMPLE})) GROUP BY property ORDER BY property",
    )
    return [
        (str(name), event or f"{kind}s", looks, "its values")
        for name, *counts in found.rows
        for looks, count in zip(SHAPES, counts, strict=True)
        if count and name in names and not looks_personal(str(name))
    ]


def _how() -> str:
    return (
        f"Judged by names, and by the shape of the values in up to {SAMPLE:,} recent rows; a person"
        " has to decide."
    )
