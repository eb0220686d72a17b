"""What makes a question one about steps, and which of its events are steps."""

from collections.abc import Sequence

from agent.planner.english.chunks import Chunk
from agent.planner.reading import events
from agent.planner.reading.said import Said

PLAINLY = 0.6
"""How much of an event's name must be said for it to be what people go on to do."""


def without_doers(said: Said, chunks: Sequence[Chunk]) -> list[Chunk]:
    """The events that are steps: bookers of a booking funnel are none of their own."""
    named = {c.value.links[0].name for c in chunks if c.kind == "event" and not c.value.doers}
    again = [
        c
        for n, c in enumerate(chunks)
        if c.kind == "event"
        and (
            (c.value.doers and (c.value.links[0].name in named or _who_did(said, c)))
            or (_of_whom(said, c) and _named_in(c, chunks[:n]))
            or (_only_those(said, c) and _named_in(c, chunks[:n]))
            or (n and _named_in(c, chunks[n - 1 : n]) and _back_to(said, chunks[n - 1], c))
        )
    ]
    said.take(*again)
    return [c for c in chunks if c not in again]


def _who_did(said: Said, chunk: Chunk) -> bool:
    """“Editors who created a page”: people who are told by what follows."""
    who = said.after(chunk)
    did = said.after(who) if who and who.kind == "who" else None
    return did is not None and did.kind == "event"


def _only_those(said: Said, chunk: Chunk) -> bool:
    """“… but only for views that came from search”: an event said again, to narrow it."""
    before = said.before(chunk)
    while before and before.kind in ("where", "people", "first", "new", "all"):
        before = said.before(before)
    links = ("then", "to", "and", "comma", "after", "dash", "slash", "plus", "op")
    return bool(before and before.kind not in links)


def _back_to(said: Said, first: Chunk, again: Chunk) -> bool:
    """“… what percent makes it to the review?”: the last step, said again in asking for it."""
    return any(one.kind in ("share", "it", "funnel") for one in said.between(first, again))


def _named_in(chunk: Chunk, others: Sequence[Chunk]) -> bool:
    name = chunk.value.links[0].name
    return any(c.kind == "event" and c.value.links[0].name == name for c in others)


def _of_whom(said: Said, chunk: Chunk) -> bool:
    """“… for people who joined in May”: the event is said once more, of the people."""
    who = said.before(chunk)
    people = said.before(who) if who and who.kind == "who" else None
    return bool(people and people.kind == "people")


def cue_of(said: Said) -> Chunk | None:
    """What makes it a funnel: a word for conversion, or two things done one after the other."""
    cue = said.first("funnel", "time_to")
    several = len(said.all("event", "paying")) > 1
    if cue or not several:
        return cue
    if said.groups[0].kind == "of" and said.has("count"):
        return said.groups[0]
    linked = said.first("then") or _leading(said)
    if linked and said.has("paths"):
        return None
    if linked:
        return linked
    share = said.first("share", "most_of")
    people = said.first("people")
    doers = any(c.kind == "event" and c.value.doers for c in said.all("event"))
    asked = share and (doers or _go_on(said, share) or (people and people.start > share.start))
    return share if asked else None


def _go_on(said: Said, share: Chunk) -> bool:
    """“What % of signups finish onboarding”: what is done by those who did the first thing."""
    named = said.all("event")
    if share.value in ("divide", "as") or len(named) != 2 or named[0].start < share.end:
        return False
    between = {one.kind for one in said.between(named[0], named[1])}
    if not named[1].value.links[0].direct or named[1].value.score < PLAINLY:
        return False
    first, last = (one.value.links[0].name for one in named)
    timed = any(said.tokens[c.start].word in ("within", "in") for c in said.all("span", "within"))
    apart = timed or not events.akin(first, last)
    return first != last and between <= {"span", "where", "who", "all"} and apart


def _leading(said: Said) -> Chunk | None:
    """“From sign-up to their first class”: from one event to another."""
    named = said.all("event", "paying")
    before = said.before(named[0])
    between = said.between(named[0], named[1])
    leads = before is not None and before.kind == "from"
    alone = [one.kind for one in between] == ["to"] and (before is None or before.kind == "trend")
    return next((one for one in between if one.kind == "to"), None) if leads or alone else None
