"""What people begin with, and what they come back for."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.plan import Reply, Series, Unsure
from agent.planner.reading import events, numbers
from agent.planner.reading.said import Said

ANY = Series()


def ends(said: Said, cue: Chunk) -> tuple[Series, Series]:
    """What people begin with, and what they come back for."""
    chunks = said.all("event")
    if any(chunk.value.times for chunk in chunks):
        raise Unsure(Reply("declined", "Retention of those who did it so often is beyond me."))
    made = [events.series(said, chunk.value) for chunk in chunks]
    said.take(*chunks)
    twice = len(made) == 2 and made[0].events == made[1].events
    if twice and chunks[0].value.doers:
        del made[1], chunks[1]
    first = any(one.value.first for one in chunks) or said.has("first")
    if len(made) >= 2:
        return _of_two(said, made, chunks[1], first=first)
    if not made:
        return _unnamed(said)
    one = made[0]
    if _once_more(said, chunks[0]):
        return replace(one, first=first), replace(one, first=False)
    return _of_one(said, chunks[0], cue, replace(one, first=first))


def _of_one(said: Said, chunk: Chunk, cue: Chunk, one: Series) -> tuple[Series, Series]:
    """The ends where one event is named: what is begun with, come back for, or both."""
    plain = replace(one, first=False)
    if said.tokens[chunk.start].word.endswith("ing") and _is_of_people(said, chunk):
        return plain, plain
    if _comes_back_for(said, chunk, cue):
        keeps = {"keep", "keeps", "continue", "kept"} & {t.word for t in said.tokens}
        return (plain, plain) if keeps else (ANY, plain)
    if _repeats(said, chunk, cue, plain):
        return replace(one, first=True), plain
    return one, ANY


def _is_of_people(said: Said, chunk: Chunk) -> bool:
    """“Members attending classes”: what they do time and again."""
    before = said.before(chunk)
    return before is not None and before.kind == "people" and before.end == chunk.start


def _of_two(
    said: Said, made: Sequence[Series], last: Chunk, *, first: bool
) -> tuple[Series, Series]:
    """What people begin with and come back for, where both are named."""
    begun, back = made[:2]
    before = said.before(last)
    same = len(made) == 2 and begun.events == back.events and not _once_more(said, last)
    if same and before and before.kind in ("after", "to", "for"):
        return begun, ANY
    return replace(begun, first=first), replace(back, first=False)


def _once_more(said: Said, chunk: Chunk) -> bool:
    """“… come back to book another”: the same once more."""
    return bool({token.word for token in said.tokens[chunk.end :]} & {"another", "again"})


def _unnamed(said: Said) -> tuple[Series, Series]:
    """What people begin with and come back for where no event is named."""
    people = said.first("people")
    if said.pop("acquired"):
        return Series(tuple(events.of_concept(said, "sign_up")[:1])), ANY
    if people and people.value.noun in SAME and (one := done(said, people)) != ANY:
        return one, one
    if only := numbers.only_holder(said):
        return only, ANY
    if people and people.value.new:
        return Series(tuple(events.of_concept(said, "sign_up")[:1])), ANY
    return done(said, people), ANY


SAME = frozenset({"buyer", "shopper", "purchas", "payer", "editor", "contributor", "reader"})
"""People named for what they come back to do."""


def done(said: Said, people: Chunk | None) -> Series:
    """What people are named for, or anything."""
    doing = lexicon().doing.get(people.value.noun) if people else None
    if people and doing and (names := events.of_concept(said, doing)):
        said.assumptions.append(f"{said.text([people])} are people with {names[0]} events")
        return Series((names[0],))
    return ANY


def _comes_back_for(said: Said, chunk: Chunk, cue: Chunk) -> bool:
    """Still booking; come back to book: the event is what people come back for."""
    if cue.value == "still":
        return chunk.start >= cue.end
    before = said.before(chunk)
    return bool(before and before.kind == "to" and chunk.start > cue.end)


def _repeats(said: Said, chunk: Chunk, cue: Chunk, one: Series) -> bool:
    """Repeat bookings, booker retention, first booking and then again: one event both times."""
    words = {said.tokens[i].word for i in range(cue.start, cue.end)}
    name = events.named(said.world, one.events[0]) if one.events else None
    if (name and name.has("sign_up")) or said.has("who"):
        return False
    beside = [one.kind for one in said.between(chunk, cue)] if chunk.end <= cue.start else ["far"]
    near = all(kind in ("cohort", "people", "dash", "retention") for kind in beside)
    return bool(words & {"repeat", "again"}) or chunk.value.first or chunk.value.doers or near
