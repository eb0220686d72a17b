"""From a question to a plan: tag it, read it in every way that fits, and take the best."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from agent.planner.english.chunks import Chunk, segmentations
from agent.planner.english.foreign import in_english
from agent.planner.english.lexicon import lexicon
from agent.planner.english.spelling import mended
from agent.planner.english.tagging import SOFT, Vocabulary, tag
from agent.planner.english.words import Token, tokenize, word_set
from agent.planner.plan import Plan, Reply, Unfit, Unsure
from agent.planner.reading.causes import cause, drivers, watch
from agent.planner.reading.funnels import funnel
from agent.planner.reading.grouping import grouped
from agent.planner.reading.others import paths, recurring, segment, sessions
from agent.planner.reading.returning import dau_over, lifecycle, retention, stickiness
from agent.planner.reading.said import Said
from agent.planner.reading.trends import trends
from agent.planner.world import Value, World

MOST = 12
"""How many ways to cut a question into chunks are tried."""

HARD = word_set(
    "people_list why anomaly correlation timeline schema quality definition export forecast "
    "replay unsafe howto memory churn funnel retention lifecycle stickiness paths time_to mrr "
    "growth decline increase distribution cumulative share ratio agg distinct not never didnt "
    "same consecutive spend_out session"
)
"""Kinds of phrases that no reading may take apart into words that mean nothing."""

SOUGHT = word_set(
    "unknown event property group thing text number first new ending page opposite people value "
    "paying active "
    "weekday every unit rank order op rate net minus dormant acquired lasting"
)
"""Kinds of groups whose words may be values of the data, where they have no other place."""

TECHNICAL = frozenset({"$screen_name", "$event_type", "$lib", "$current_url", "$title", "$el_text"})
"""Properties whose values are seldom meant by plain words."""

LEFT = 1.0
"""What a reading loses for each thing it leaves without a place."""

BELOW = 1.6
"""How much less than the most likely cut a reading's cut may explain."""

Frame = Callable[[Said], Plan]
Frames = tuple[tuple[Frame, frozenset[str]], ...]
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


@dataclass(frozen=True)
class Attempt:
    """One reading of one segmentation: a plan or why there is none, and what it leaves."""

    weight: float
    plan: Plan | None
    reply: Reply | None
    left: tuple[Chunk, ...]
    guesses: tuple[Chunk, ...] = ()
    """Groups that rest on a word that is not known, before the data were asked for it."""

    @property
    def whole(self) -> bool:
        """Whether every word has its place."""
        return self.plan is not None and not self.left


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
    if pages := {f"/{text}": where for text, where in _pages(tokens).items()}:
        values = _value_chunks(pages, world.values(tuple(pages)), tokens, world)
    attempts = _attempts(question, tokens, values, world, frames)
    if (not attempts[0].whole or attempts[0].guesses) and (texts := _texts(tokens, attempts)):
        values = (*values, *_value_chunks(texts, world.values(tuple(texts)), tokens, world))
        attempts = _attempts(question, tokens, values, world, frames)
    best = attempts[0]
    if best.whole:
        assert best.plan is not None
        return best.plan
    again, remarks = mended(
        tokens, _unknown(attempts), (world.events, world.properties, world.groups)
    )
    if remarks and not mended_before:
        return _remarked(_read(question, again, world, frames, mended_before=True), remarks)
    return _why_not(question, tokens, best, world)


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


def _attempts(
    question: str,
    tokens: tuple[Token, ...],
    values: tuple[Chunk, ...],
    world: World,
    frames: Frames = FRAMES,
) -> list[Attempt]:
    """Every likely cut of a question in every frame, best first."""
    made = [
        _attempt(frame, Said(question, tokens, groups, world), weight)
        for groups, weight in _cuts(question, tokens, world.vocabulary, values)
        for kinds in ({group.kind for group in groups},)
        for frame, needed in frames
        if not needed or needed & kinds
    ]
    return sorted(made, key=lambda one: (not one.whole, -one.weight))


@lru_cache(maxsize=16)
def _cuts(
    question: str, tokens: tuple[Token, ...], vocabulary: Vocabulary, values: tuple[Chunk, ...]
) -> tuple[tuple[tuple[Chunk, ...], float], ...]:
    """The likeliest ways to cut a question, as groups, each once, with what they explain."""
    chunks = (*tag(question, tokens, vocabulary), *values)
    hard = [chunk for chunk in dict.fromkeys(chunks) if chunk.kind in HARD]
    ways = segmentations(len(tokens), chunks, MOST)
    best = sum(chunk.weight for chunk in ways[0])
    made: dict[tuple[Chunk, ...], float] = {}
    for way in ways:
        weight = sum(chunk.weight for chunk in way)
        if weight >= best - BELOW and not _evades(way, hard):
            made.setdefault(tuple(grouped(way)), weight)
    return tuple(made.items())


def _evades(way: Sequence[Chunk], hard: Sequence[Chunk]) -> bool:
    """Whether a phrase that tells the kind of question was cut into words that tell nothing."""
    return any(
        all(
            one.kind in SOFT or one.kind in ("filler", "it", "is", "chat")
            for one in way
            if one.start < h.end and h.start < one.end
        )
        for h in hard
    )


def _attempt(frame: Frame, said: Said, weight: float) -> Attempt:
    try:
        plan: Plan | None = frame(said)
        reply = None
    except Unsure as stop:
        plan, reply = None, stop.reply
    except Unfit:
        plan = reply = None
    left = tuple(said.left())
    lost = LEFT * len(left) + 0.5 * (plan is None) + 0.5 * (plan is None and reply is None)
    return Attempt(weight - lost, plan, reply, left, said.guesses)


def _texts(tokens: Sequence[Token], attempts: Sequence[Attempt]) -> dict[str, tuple[int, int]]:
    """Words without a place, and their neighbours together, which may be values in the data."""
    places = {
        i
        for one in attempts[:3]
        for chunk in (*one.left, *one.guesses)
        if (chunk.kind in SOUGHT and not _plain_people(tokens, chunk)) or chunk in one.guesses
        for i in range(chunk.start, chunk.end)
        if tokens[i].kind in ("word", "quoted", "path", "version")
        or (tokens[i].kind == "number" and tokens[i].word.isdigit() and len(tokens[i].word) > 2)
    }
    found: dict[str, tuple[int, int]] = {}
    for i in sorted(places):
        if i and i - 1 not in places and tokens[i - 1].kind == "word":
            found.setdefault(f"{_as_said(tokens, i - 1)} {_as_said(tokens, i)}", (i - 1, i + 1))
        for size in (1, 2, 3):
            run = range(i, i + size)
            if set(run) <= places or (size == 2 and i + 1 < len(tokens)):
                text = " ".join(_as_said(tokens, k) for k in run if k < len(tokens))
                found.setdefault(text, (i, min(i + size, len(tokens))))
    return dict(list(found.items())[:24])


def _as_said(tokens: Sequence[Token], k: int) -> str:
    """A token as it was written; a part of “high-priority” by itself."""
    beside = [t for t in tokens[max(0, k - 1) : k + 2] if t.start == tokens[k].start]
    return tokens[k].word if len(beside) > 1 else tokens[k].text


def _plain_people(tokens: Sequence[Token], chunk: Chunk) -> bool:
    """Whether a group only names people, whoever they are."""
    return chunk.kind == "people" and tokens[chunk.end - 1].stem in lexicon().people


def _pages(tokens: Sequence[Token]) -> dict[str, tuple[int, int]]:
    """Words before “page”, which may be a path: the pricing page."""
    found: dict[str, tuple[int, int]] = {}
    for i, token in enumerate(tokens):
        if token.word not in ("page", "pages", "screen") or not i:
            continue
        start = i - 1
        while start and tokens[start - 1].start == tokens[i - 1].start:
            start -= 1
        found[tokens[start].text.lower()] = (start, i + 1)
    return found


def _names_an_event(tokens: Sequence[Token], at: int, world: World) -> bool:
    """Whether a word is one of an event's name, where nothing before it makes it a value."""
    before = tokens[at - 1].word if at else ""
    if before in ("in", "from", "on", "via", "with", "by", "is", "=", "for", "of"):
        return False
    stem = tokens[at].stem
    return any(stem in unit.parts for name in world.events.names for unit in name.units)


def _value_chunks(
    texts: dict[str, tuple[int, int]],
    found: dict[str, list[Value]],
    tokens: Sequence[Token],
    world: World,
) -> tuple[Chunk, ...]:
    """What was found as chunks."""
    made = []
    owners = Counter(
        v.property for some in found.values() for v in {x.property: x for x in some}.values()
    )
    for text, (start, end) in texts.items():
        values = tuple(v for v in found.get(text, ()) if v.property.name not in TECHNICAL)
        if not values:
            continue
        kind = "page" if text.startswith("/") and end - start > 1 else "value"
        weight = _surely(text, values) * (end - start)
        alone = not any(owners[v.property] > 1 for v in values)
        if end - start == 1 and alone and _names_an_event(tokens, start, world):
            weight = 0.5
        made.append(Chunk(start, end, kind, values, weight))
    return tuple(made)


def _surely(text: str, values: Sequence[Value]) -> float:
    """What each word of a value weighs: less for a number, and where it is written otherwise."""
    if text.isdigit():
        return 0.7
    usual = lexicon().values.get(text.lower(), ())
    same = any(v.value.lower() == text.lower() or v.value in usual for v in values)
    return 1.25 if same or text.startswith("/") else 0.95


def _why_not(question: str, tokens: Sequence[Token], best: Attempt, world: World) -> Reply:
    unknown = [chunk for chunk in best.left if chunk.kind == "unknown"]
    if unknown:
        words = ", ".join(f"“{chunk.value}”" for chunk in unknown[:3])
        return Reply("declined", f"I don't know what {words} means in this project.")
    if best.reply:
        return best.reply
    words = " ".join(tokens[i].text for i in range(best.left[0].start, best.left[0].end))
    return Reply("declined", f"I don't understand what “{words}” does in this question.")
