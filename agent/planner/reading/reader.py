"""From a question to a plan: tag it, read it in every way that fits, and take the best."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.chunks import Chunk
from agent.planner.english.foreign import in_english
from agent.planner.english.spelling import mended
from agent.planner.english.words import Token, tokenize, word_set
from agent.planner.plan import Plan, Reply
from agent.planner.reading.attempts import Attempt, Frames, attempts_at
from agent.planner.reading.causes import cause, drivers, watch
from agent.planner.reading.doubts import questioned
from agent.planner.reading.funnels import funnel
from agent.planner.reading.glosses import glossed
from agent.planner.reading.paths import paths
from agent.planner.reading.recurring import recurring
from agent.planner.reading.returning import dau_over, lifecycle, retention, stickiness
from agent.planner.reading.segments import segment
from agent.planner.reading.sessions import sessions
from agent.planner.reading.trends import trends
from agent.planner.reading.values import pages_of, texts_of, value_chunks, words_of
from agent.planner.world import World

FRAMES: Frames = (
    (cause, frozenset({"why", "claim", "zeroed"})),
    (watch, frozenset({"anomaly", "why"})),
    (drivers, frozenset({"correlation"})),
    (recurring, frozenset({"mrr", "mrr_move"})),
    (sessions, frozenset({"session", "sessions", "event"})),
    (lifecycle, frozenset({"lifecycle", "new", "returning", "dormant"})),
    (stickiness, frozenset({"stickiness", "amount", "number"})),
    (dau_over, frozenset({"dau_over"})),
    (paths, frozenset({"paths", "after", "then"})),
    (retention, frozenset({"retention", "nth_period"})),
    (funnel, frozenset({"funnel", "time_to", "then", "share", "most_of", "to", "of"})),
    (segment, frozenset({"people", "people_list"})),
    (trends, frozenset()),
)
"""Each kind of plan, and the groups of which it needs one; the last one takes the rest."""


def read(question: str, world: World, frames: Frames = FRAMES) -> Plan | Reply:
    """The plan that explains every word of a question, or what to say instead."""
    found = _read(question, tokenize(question), world, frames)
    if isinstance(found, Reply) and (foreign := in_english(question)):
        english, language = foreign
        remark = f"read as {language}: “{english}”"
        return _remarked(_read(english, tokenize(english), world, frames), (remark,))
    return found


def _read(
    question: str,
    tokens: tuple[Token, ...],
    world: World,
    frames: Frames,
    *,
    mended_before: bool = False,
) -> Plan | Reply:
    values: tuple[Chunk, ...] = ()
    if pages := pages_of(tokens):
        values = value_chunks(pages, world.values(tuple(pages)), tokens, world)
    attempts = attempts_at(question, tokens, values, world, frames)
    if (not attempts[0].whole or attempts[0].guesses) and (texts := texts_of(tokens, attempts)):
        found = world.values(tuple(texts), words_of(tokens, texts, attempts))
        values = (*values, *value_chunks(texts, found, tokens, world))
        attempts = attempts_at(question, tokens, values, world, frames)
    best = attempts[0]
    if best.whole:
        assert best.plan is not None
        return questioned(best.plan, tokens) if frames is FRAMES else best.plan
    again, remarks = mended(
        tokens, _unknown(attempts), (world.events, world.properties, world.groups)
    )
    if remarks and not mended_before:
        return _remarked(_read(question, again, world, frames, mended_before=True), remarks)
    if gloss := glossed(question, tokens, best.left):
        made = _read(gloss.question, tokenize(gloss.question), world, frames)
        if not isinstance(made, Reply):
            return _remarked(made, gloss.remarks)
    return _why_not(question, tokens, best, world, frames)


def _unknown(attempts: Sequence[Attempt]) -> list[int]:
    """The places of words that mean nothing here."""
    return sorted(
        {
            i
            for one in attempts[:3]
            for chunk in one.left
            if chunk.kind == "unknown"
            for i in range(chunk.start, chunk.end)
        }
    )


def _remarked(reading: Plan | Reply, remarks: tuple[str, ...]) -> Plan | Reply:
    """The reading with what was assumed of its words."""
    if isinstance(reading, Reply):
        return reading
    scope = replace(reading.scope, assumptions=(*remarks, *reading.scope.assumptions))
    return replace(reading, scope=scope)


MOST = 3
"""How many words that mean nothing a question may have to be read without them."""


NAMING = word_set("of from in on via with for at by and or named called is =")
"""Words before what a question is about: an unknown word after one cannot be left out."""


AFTER = word_set("did do does have has had were was are is we they in last this per by for on")
"""Words before which a counted noun ends: “urgent bookings” are some bookings, but unicorns are
all that is asked about in “how many unicorns did we sell”.
"""


def _is_needed(tokens: Sequence[Token], chunk: Chunk) -> bool:
    before = tokens[chunk.start - 1].word if chunk.start else ""
    after = tokens[chunk.end].word if chunk.end < len(tokens) else "in"
    counted = before in ("many", "much", "which", "what", "top")
    return before in NAMING or (counted and (after in AFTER or not after.isalpha()))


def _without(question: str, tokens: Sequence[Token], chunks: Sequence[Chunk]) -> str:
    """A question without some of its words."""
    for chunk in sorted(chunks, key=lambda one: -one.start):
        start, end = tokens[chunk.start].start, tokens[chunk.end - 1].end
        question = f"{question[:start].rstrip()} {question[end:].lstrip()}"
    return question.strip()


def _why_not(
    question: str, tokens: Sequence[Token], best: Attempt, world: World, frames: Frames
) -> Reply:
    unknown = list({c.start: c for c in best.left if c.kind == "unknown"}.values())
    if unknown:
        words = ", ".join(dict.fromkeys(f"“{chunk.value}”" for chunk in unknown[:3]))
        told = f"I don't know what {words} means in this project."
        rest = _without(question, tokens, unknown)
        needed = any(_is_needed(tokens, chunk) for chunk in unknown)
        if (
            needed
            or len(unknown) > MOST
            or isinstance(_read(rest, tokenize(rest), world, frames), Reply)
        ):
            return Reply("declined", told)
        which = "it" if len(unknown) == 1 else "them"
        return Reply("asked", f"{told} Shall I leave {which} out?", "", ("leave out",), (rest,))
    if best.reply:
        return best.reply
    if not best.left:
        return Reply("declined", "I can't read this as a question or as a change of the last one.")
    words = " ".join(tokens[i].text for i in range(best.left[0].start, best.left[0].end))
    return Reply("declined", f"I don't understand what “{words}” does in this question.")
