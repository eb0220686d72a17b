"""Criteria of a cohort in a person's words, read as conditions that can be counted."""

import re
from collections.abc import Sequence

from agent.planner.english.dates import Found, find
from agent.planner.english.windows import Span
from agent.planner.english.words import tokenize
from agent.planner.objects import lookups, naming, phrases
from agent.planner.objects.audiences import audience
from agent.planner.objects.catalogue import events_for
from agent.planner.objects.criterion import Criterion, are, are_either, days_back, done
from agent.planner.world import World
from tools.literals import literal, moment

PARTING = re.compile(
    r"\s*(?:,|;|\band\s+(?:also\s+)?|\bbut\b|\bwho(?:se)?\b|\bthat\b)\s*", re.IGNORECASE
)
NEGATION = re.compile(
    r"\b(?:never|not|no|didn't|did not|haven't|hasn't|without|don't)\b", re.IGNORECASE
)
TIMES = re.compile(
    r"(?:(?P<more>more than|over)\s+)?(?:at least\s+)?(?P<n>\d+)\s*(?:\+|or"
    r" more)?\s*(?:times|x)?\b(?!\s*(?:days?|weeks?|months?|years?))",
    re.IGNORECASE,
)
AGO = re.compile(r"(?:more than|over|at least)\s+(\d+)\s+(day|week|month)s?\s+ago", re.IGNORECASE)
SAW = re.compile(
    r"\b(?:saw|seen|got|had|in|were shown|was shown|exposed to)\b.*\bvariant\b", re.IGNORECASE
)
PLACE = re.compile(r"\s+(?=(?:in|from|on|with|using|at)\s)", re.IGNORECASE)
LOOSE = re.compile(r"\d|\b(?:between|since|before|after|until|during|within|ago)\b", re.IGNORECASE)
"""What a clause must not have left over: a number or a period that was not read."""

DAYS_OF = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th)?\s+(and|to|until|-|–)\s+(\d{1,2})(?:st|nd|rd|th)?\s+"
    r"((?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(?:\s+\d{4})?)",
    re.IGNORECASE,
)
BARE_LAST = re.compile(r"\b(last|past)\s+(\d+)(?=\s*(?:$|[,.;]|but\b|and\b))", re.IGNORECASE)
DAYS = {"day": 1, "week": 7, "month": 30}


def criteria(text: str, world: World) -> tuple[list[Criterion], list[str]]:
    """The conditions in a description of people, and the parts that could not be read."""
    read: list[Criterion] = []
    unread: list[str] = []
    event = ""
    for part in _parts(_in_full(text), world):
        found, event = _criterion(part, event, world)
        if found:
            read.append(found)
        elif naming.topic_of(
            re.sub(
                r"\b(?:members?|users?|people|persons?|customers?|everyone|everybody|those|them)\b",
                "",
                part,
            )
        ):
            unread.append(part)
    return read, unread


def _in_full(text: str) -> str:
    """Periods with what people leave out: 1 and 31 January, the last 30."""
    text = DAYS_OF.sub(r"\1 \4 \2 \3 \4", text)
    unit = re.search(r"\b(?:last|past)\s+\d+\s+(days|weeks|months)", text)
    return BARE_LAST.sub(rf"\1 \2 {unit[1] if unit else 'days'}", text)


def counted(read: Sequence[Criterion], world: World) -> tuple[int, int]:
    """How many persons meet them all, and how many there are."""
    where = " AND ".join(f"({one.test})" for one in read) or "1 = 1"
    found = lookups.table(world, f"SELECT countIf({where}), count() FROM persons", 1)
    return int(found.rows[0][0]), int(found.rows[0][1])


def often(event: str, count: int, days: int) -> Criterion:
    """Somebody who did something so often in the last days."""
    test = (
        f"id IN (SELECT person_id FROM events WHERE event = {literal(event)} AND timestamp >= now()"
        f" - INTERVAL {days} DAY GROUP BY person_id HAVING count() >= {count})"
    )
    words = f"did {event} at least {count} times in the last {days} days"
    return Criterion(words, test, rule=done(event, days, at_least=count))


def _parts(text: str, world: World) -> list[str]:
    """The clauses of a description; periods such as "between 1 and 31 January" stay whole."""
    spans = [
        (tokens[one.i].start, tokens[one.j - 1].end)
        for tokens in (tokenize(text),)
        for one in find(tokens, world.clock)
    ]
    cuts = [
        m.span() for m in PARTING.finditer(text) if not any(a < m.start() < b for a, b in spans)
    ]
    edges = [0, *(edge for cut in cuts for edge in cut), len(text)]
    return [
        part
        for a, b in zip(edges[::2], edges[1::2], strict=True)
        if (part := text[a:b].strip(" .?!"))
    ]


def _criterion(part: str, before: str, world: World) -> tuple[Criterion | None, str]:
    """One clause; an event that is not named again is the one of the clause before."""
    if SAW.search(part) and (seen := _saw(part, world)):
        return seen, before
    tokens = tokenize(part)
    periods = find(tokens, world.clock)
    rest = _without(part, tokens, periods)
    event = _event(rest, world) or (
        before if periods or AGO.search(part) or NEGATION.search(part) else ""
    )
    if ago := AGO.search(part):
        return (
            (_longer_ago(event, int(ago[1]) * DAYS[ago[2].lower()]), event)
            if event
            else (None, before)
        )
    if event and (periods or _event(rest, world)):
        times = TIMES.search(rest)
        loose = LOOSE.search(TIMES.sub(" ", rest) if times else rest)
        return (
            (None, before)
            if loose
            else (_did(event, part, rest, periods[0].span if periods else None), event)
        )
    return (
        (_people(rest, world), before)
        if naming.topic_of(rest) and not LOOSE.search(rest)
        else (None, before)
    )


def _people(text: str, world: World) -> Criterion | None:
    """What people are: one property, several after prepositions, or one of several values."""
    either = _either(text, world) if re.search(r"\bor\b|/", text) else None
    if either:
        return either
    whole = audience(text, world)
    if whole.known and whole.words and not whole.left:
        return Criterion(whole.words, whole.test, rule=are([whole]))
    pieces = [audience(one, world) for one in PLACE.split(text) if naming.topic_of(one)]
    if len(pieces) < 2 or not all(one.known and one.words and not one.left for one in pieces):
        return None
    return Criterion(
        " and ".join(one.words for one in pieces),
        " AND ".join(one.test for one in pieces),
        rule=are(pieces),
    )


def _did(event: str, part: str, rest: str, span: Span | None) -> Criterion:
    """Did, or did not do, something in a period, once or so many times."""
    during = _during(span)
    negated = bool(NEGATION.search(part))
    times = TIMES.search(rest)
    count = int(times["n"]) + bool(times["more"]) if times else 1
    having = f" GROUP BY person_id HAVING count() >= {count}" if count > 1 else ""
    test = (
        f"id {'NOT IN' if negated else 'IN'} (SELECT person_id FROM events WHERE event ="
        f" {literal(event)}{during}{having})"
    )
    when = f" ({span.label})" if span else " at any time"
    told = f" at least {count} times" if count > 1 else ""
    words = f"{'did not do' if negated else 'did'} {event}{told}{when}"
    days = days_back(span)
    told_to_tools = days != 0 and not (negated and count > 1)
    more = {"never": True} if negated else {"at_least": count} if count > 1 else {}
    return Criterion(
        words,
        test,
        fixed=span is not None and span.end is not None and not span.rolling and not negated,
        rule=done(event, days, **more) if told_to_tools else None,
    )


def _longer_ago(event: str, days: int) -> Criterion:
    """The last time was longer ago: did it once, and not in the last days."""
    ever = f"id IN (SELECT person_id FROM events WHERE event = {literal(event)})"
    lately = (
        f"id NOT IN (SELECT person_id FROM events WHERE event = {literal(event)} AND timestamp >="
        f" now() - INTERVAL {days} DAY)"
    )
    return Criterion(
        f"did {event} at any time and did not do {event} in the last {days} days",
        f"{ever} AND {lately}",
        rule={
            "did": [
                {"event": event, "days": None},
                {"event": event, "days": days, "never": True},
            ]
        },
    )


def _saw(part: str, world: World) -> Criterion | None:
    """Who was given a variant of a flag, by the calls of the flag."""
    flags = {flag.key: flag for flag in lookups.flags(world)}
    from agent.planner.objects.asked import asked

    named = naming.named(asked(part), flags)
    if not named:
        return None
    flag = flags[named[0].name]
    variant = next(
        (one.key for one in flag.variants if re.search(rf"\b{re.escape(one.key)}\b", part)), None
    )
    if variant is None:
        return None
    test = (
        "id IN (SELECT person_id FROM events WHERE event = '$feature_flag_called' AND"
        f" properties.$feature_flag = {literal(flag.key)} AND properties.$feature_flag_response ="
        f" {literal(variant)})"
    )
    asked_for = [
        {"property": name, "of": "event", "values": [value]}
        for name, value in (("$feature_flag", flag.key), ("$feature_flag_response", variant))
    ]
    return Criterion(
        f"did $feature_flag_called where the flag is {flag.key} and the answer {variant}",
        test,
        rule=done("$feature_flag_called", None, where=asked_for),
    )


def _either(text: str, world: World) -> Criterion | None:
    """One of several values of the same property: in the US or Canada."""
    ways = [audience(one, world) for one in re.split(r"\s+or\s+|/", text)]
    names = {one.words.rpartition(" is ")[0] for one in ways}
    if (
        len(ways) < 2
        or len(names) != 1
        or not all(one.known and one.test and not one.left for one in ways)
    ):
        return None
    values = " or ".join(one.words.rpartition(" is ")[2] for one in ways)
    words = f"{names.pop()} is {values}"
    return Criterion(words, " OR ".join(one.test for one in ways), rule=are_either(ways))


def _event(text: str, world: World) -> str:
    words = [
        word
        for word in naming.topic_of(TIMES.sub(" ", text))
        if word not in phrases.word_set("criteria.plain") or word == "booked"
    ]
    known: list[str] = list(world.last_seen)
    spelled = [name for name in known if name.lower() in text.lower() and "_" in name]
    if spelled:
        return spelled[0]
    found = events_for(words, world, described=False) if words else []
    return found[0].name if found and found[0].share >= 0.85 else ""


def _without(part: str, tokens: Sequence[object], periods: Sequence[Found]) -> str:
    """A clause without its periods and its negation."""
    text = part
    for one in reversed(list(periods)):
        start, end = getattr(tokens[one.i], "start", 0), getattr(tokens[one.j - 1], "end", 0)
        text = text[:start] + " " + text[end:]
    return NEGATION.sub(" ", text).strip()


def _during(span: Span | None) -> str:
    if span is None:
        return ""
    start = f" AND timestamp >= {moment(span.start)}" if span.start else ""
    return start + (f" AND timestamp < {moment(span.end)}" if span.end else "")
