"""What is counted: events, people, sessions or groups."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.plan import Filter, Math, Reply, Series, Unsure
from agent.planner.reading import events, fitting, numbers
from agent.planner.reading.eventless import without_event
from agent.planner.reading.said import Said


def counted(said: Said, *, unique: bool) -> tuple[Series, ...]:
    """Events, people, sessions or groups, whichever is the head of the question."""
    people, named, sessions, groups, anything = (
        said.first(kind) for kind in ("people", "event", "sessions", "group", "anything")
    )
    to = said.before(groups) if groups else None
    if to is not None and to.kind == "to":
        said.take(groups)
        groups = None
    if groups and (named or people) and not _asked_for(said, groups):
        groups = None
    head = _head(said, [c for c in (people, named, sessions, groups, anything) if c])
    series = all_events(said)
    if not series:
        return (without_event(said, head, people, sessions, anything),)
    said.take(people, anything, *(said.all("people") if unique else ()))
    if head is not None and head.kind in ("sessions", "group"):
        said.take(head)
        group = head.value[0].name if head.kind == "group" else None
        return tuple(
            replace(one, math="groups" if group else "sessions", group=group) for one in series
        )
    math: Math = "total"
    if _of_persons(said):
        math = "unique"
    elif unique or _count_people(said, head, named):
        math = _people_math(said, people, series)
    return tuple(replace(one, math=math) for one in series)


def _asked_for(said: Said, groups: Chunk) -> bool:
    """“How many studios …”, but not “how many classes did studios publish”."""
    before = said.before(groups)
    while before is not None and before.kind in ("of", "all", "active", "new", "where"):
        before = said.before(before)
    return before is not None and before.kind in ("count", "distinct")


def _count_people(said: Said, head: Chunk | None, named: Chunk | None) -> bool:
    """Whether those who did something are counted, rather than how often it was done."""
    if _of_events(said, named):
        return False
    people = head is not None and head.kind == "people" and _are_counted(said, head)
    return people or _doers(named)


def _doers(named: Chunk | None) -> bool:
    return bool(named and named.value.doers)


def _of_persons(said: Said) -> bool:
    """“How many employees …”, “how many humans …”: people named by a value or a flag."""
    if _by_the_most(said):
        return True
    count = said.first("count")
    after = said.after(count) if count else None
    if after is not None and after.kind == "event" and after.end - after.start > 1:
        token = said.tokens[after.start]
        people = token.stem in lexicon().people | lexicon().roles
        return people and token.word.endswith("s")
    if after is not None and after.kind == "opposite":
        return said.tokens[after.start].stem in lexicon().people
    if after is None or after.end - after.start != 1 or after.kind not in ("where", "property"):
        return False
    if not said.tokens[after.start].word.endswith("s"):
        return False
    found = after.value.found if after.kind == "where" else ()
    return any(v.property.holder == "person" for v in found) or _do_it(said, after)


def _do_it(said: Said, who: Chunk) -> bool:
    """“How many bots visited us”: a verb follows those who are named by a flag."""
    after = said.after(who)
    verb = after is not None and after.kind == "event" and after.start == who.end
    return verb and said.tokens[who.end].word.endswith("ed") and _is_flag(said, who)


def _is_flag(said: Said, chunk: Chunk) -> bool:
    """Whether a word names a flag of events: is_bot."""
    names = [link.name for link in chunk.value[:1]] if chunk.kind == "property" else []
    names += [v.property.name for v in chunk.value.found[:1]] if chunk.kind == "where" else []
    held = [said.world.held["event"].get(name) for name in names]
    return any(one is not None and one.kind == "Boolean" for one in held)


def _by_the_most(said: Said) -> bool:
    """“Edited by the most people”: people are what things are ranked by."""
    kinds = [group.kind for group in said.groups]
    return any(kinds[i : i + 3] == ["by", "rank", "people"] for i in range(len(kinds)))


def _of_events(said: Said, named: Chunk | None) -> bool:
    """“Order counts”: the events are counted, whoever else is named."""
    after = said.after(named) if named in said.groups else None
    return bool(named and after and after.kind == "count" and after.start == named.end)


def _are_counted(said: Said, people: Chunk) -> bool:
    """Whether the people themselves are counted: not in “what do people search for most”."""
    if any(token.word == "often" for token in said.tokens):
        return False
    if said.has("count") or said.has("distinct") or people.value.new:
        return True
    before, after = said.before(people), said.after(people)
    if before and after and before.kind in ("property", "group") and after.kind == "event":
        return not _orders(said)
    words = [said.tokens[i].word for i in range(max(0, people.start - 3), people.start)]
    asked = {"which", "what"} & {token.word for token in said.tokens}
    subject = {"do", "does", "did", "are", "why", "when", "where"} & set(words)
    return not (subject and (asked or _orders(said)))


def _orders(said: Said) -> bool:
    """Whether an order or a part of the day is asked for, in which people only are the subject."""
    return said.has("rank") or said.has("part") or said.has("split")


def _people_math(said: Said, people: Chunk | None, named: Sequence[Series]) -> Math:
    """New people who sign up are sign-ups; other new people are those whose first time it is."""
    if people and people.value.new:
        first = events.named(said.world, named[0].events[0]) if named[0].events else None
        return "total" if first and first.has("sign_up") else "first_time"
    return "unique"


def all_events(said: Said) -> tuple[Series, ...]:
    """Every event that is named, in order."""
    chunks = said.all("event")
    fits = fitting.fits(said)
    made = []
    for n, chunk in enumerate(chunks):
        if n and _repeats(said, chunks[n - 1], chunk):
            said.take(chunk)
            continue
        if n and not _joined(said, chunks[n - 1], chunk):
            raise Unsure(how_together(said.text([chunks[n - 1]]), said.text([chunk])))
        made.append(_first_flagged(said, events.series(said, chunk.value, fits)))
        said.take(chunk)
    if len(chunks) > 1:
        said.take(*said.all("vs", "compare"))
    if len(set(made)) < len(made):
        raise Unsure(Reply("declined", f"“{said.text(chunks)}” name the same event twice."))
    return tuple(made)


def _first_flagged(said: Said, one: Series) -> Series:
    """First-time bookings: those that a flag of theirs marks, where there is one."""
    flag = numbers.first_flag(said, one) if one.first else None
    if flag is None:
        return one
    return replace(one, first=False, filters=(*one.filters, Filter(flag, "=", (True,))))


def _repeats(said: Said, first: Chunk, second: Chunk) -> bool:
    """Bookings per user that booked; HTTP methods in errors: the same event, said once more."""
    same = first.value.links[0].name == second.value.links[0].name
    between = said.between(first, second)
    again = any(one.kind == "who" for one in between)
    apart = _joined(said, first, second) or any(one.kind == "rank" for one in between)
    return same and (again or (bool(between) and not apart))


def _joined(said: Said, first: Chunk, second: Chunk) -> bool:
    """Whether two events stand side by side in a list."""
    between = {one.kind for one in said.between(first, second)}
    return bool(between & {"and", "comma", "vs", "or", "slash", "plus", "compare"})


def _head(said: Said, found: Sequence[Chunk]) -> Chunk | None:
    """What is counted: the first noun after “how many”, or else the first of all."""
    for chunk in found:
        before = said.before(chunk)
        beside = before and before.kind == "event" and before.end == chunk.start
        if chunk.kind == "people" and beside:
            return chunk
    counts = [g for g in said.groups if g.kind in ("count", "distinct")]
    after = [c for c in found if counts and c.start >= counts[0].end]
    return min(after or found, key=lambda c: c.start, default=None)


def how_together(first: str, second: str) -> Reply:
    """Ask what two events have to do with each other."""
    return Reply(
        "asked",
        f"What do you want to know of “{first}” and “{second}” together: a count of each, "
        "how many who did the first did the second, or the one divided by the other?",
    )
