"""The readings of a question: every likely cut of it, in every kind of plan."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from agent.planner.english.chunks import Chunk, segmentations
from agent.planner.english.tagging import SOFT, Vocabulary, tag
from agent.planner.english.words import Token, word_set
from agent.planner.plan import Plan, Reply, Unfit, Unsure
from agent.planner.reading.grouping import grouped
from agent.planner.reading.said import Said
from agent.planner.reading.shown import unshown
from agent.planner.world import World

MOST = 12
"""How many ways to cut a question into chunks are tried."""

HARD = word_set(
    "people_list why anomaly correlation timeline schema quality definition export forecast "
    "replay unsafe howto memory churn funnel retention lifecycle stickiness paths time_to mrr "
    "growth decline increase distribution cumulative share ratio agg distinct not never didnt "
    "same consecutive spend_out session"
)
"""Kinds of phrases that no reading may take apart into words that mean nothing."""

LEFT = 1.0
"""What a reading loses for each thing it leaves without a place."""

APART = 0.3
"""What it costs to take words apart that stand side by side like one name."""

WHOLE = 1.25
"""What each word of a value weighs that is just so in the data."""

BELOW = 1.6
"""How much less than the most likely cut a reading's cut may explain."""

Frame = Callable[[Said], Plan]
Frames = tuple[tuple[Frame, frozenset[str]], ...]


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


def attempts_at(
    question: str,
    tokens: tuple[Token, ...],
    values: tuple[Chunk, ...],
    world: World,
    frames: Frames,
) -> list[Attempt]:
    """Every cut of a question in every frame, best first, down to one that nothing can beat."""
    made: list[Attempt] = []
    for groups, weight in _cuts(question, tokens, world.vocabulary, values):
        if any(one.whole and one.weight >= weight for one in made):
            break
        kinds = {group.kind for group in groups}
        made += [
            _attempt(frame, Said(question, tokens, groups, world), weight)
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
    chunks = tuple(c for c in chunks if not (_covers(c, values) or _is_within(c, values)))
    chunks = tuple(c for c in chunks if not _is_property(c, tokens, chunks))
    hard = [chunk for chunk in dict.fromkeys(chunks) if chunk.kind in HARD]
    named = [c for c in chunks if c.kind == "event" and c.value[0].score >= 1]
    ways = segmentations(len(tokens), chunks, MOST)
    best = sum(chunk.weight for chunk in ways[0])
    made: dict[tuple[Chunk, ...], float] = {}
    for way in [way for way in ways if not _breaks(way, named)] or ways:
        weight = sum(chunk.weight for chunk in way) - APART * _side_by_side(way)
        if weight >= best - BELOW and not _evades(way, hard):
            made.setdefault(tuple(grouped(way)), weight)
    return tuple(sorted(made.items(), key=lambda cut: -cut[1]))


def _covers(chunk: Chunk, values: Sequence[Chunk]) -> bool:
    """Whether an event's words have a value of the data in their midst: book *running* classes."""
    inside = (v for v in values if chunk.start < v.start and v.end < chunk.end)
    return chunk.kind == "event" and any(v.end == v.start + 1 for v in inside)


def _is_property(chunk: Chunk, tokens: Sequence[Token], chunks: Sequence[Chunk]) -> bool:
    """Whether words are a property's, which only might mean an event, or paths: by path."""
    named = [
        c.value[0]
        for c in chunks
        if c.kind == "property" and (c.start, c.end) == (chunk.start, chunk.end)
    ]
    if chunk.kind == "event" and named:
        indirect = not any(link.direct for link in chunk.value)
        return indirect and any(link.direct and link.score >= 1 for link in named)
    split = chunk.start > 0 and tokens[chunk.start - 1].word in ("by", "per", "each")
    return chunk.kind == "paths" and split and bool(named)


def _is_within(chunk: Chunk, values: Sequence[Chunk]) -> bool:
    """Whether a value is part of a longer one that stands so in the data: apple, of apple pay."""
    longer = (v for v in values if v.start <= chunk.start and chunk.end <= v.end)
    size = chunk.end - chunk.start
    return chunk in values and any(
        v.end - v.start > size and v.weight >= WHOLE * (v.end - v.start) for v in longer
    )


def _side_by_side(way: Sequence[Chunk]) -> int:
    """How often one property stands right after another, as parts of one name do."""
    return sum(
        first.kind == last.kind == "property" and first.end == last.start
        for first, last in pairwise(way)
    )


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


def _breaks(way: Sequence[Chunk], named: Sequence[Chunk]) -> bool:
    """Whether the whole name of one event was cut into words that other events have as well."""
    parts = [one for one in way if one.kind in ("event", "ending")]
    return any(
        whole.start <= one.start
        and one.end <= whole.end
        and (one.kind == "ending" or one.value[0].name != whole.value[0].name)
        for whole in named
        for one in parts
    )


def _attempt(frame: Frame, said: Said, weight: float) -> Attempt:
    try:
        plan: Plan | None = frame(said)
        reply = None
    except Unsure as stop:
        plan, reply = None, _choosable(stop.reply, said)
    except Unfit:
        plan = reply = None
    left = tuple(said.left())
    if plan is not None and not left:
        left = unshown(plan, said)
    lost = LEFT * len(left) + 0.5 * (plan is None) + 0.5 * (plan is None and reply is None)
    return Attempt(weight - lost, plan, reply, left, said.guesses)


def _choosable(reply: Reply, said: Said) -> Reply:
    """A question whose property a value is of, with the questions that choices stand for."""
    if not reply.choices or reply.rephrased:
        return reply
    for group in said.groups:
        held = {v.property.name for v in group.value.found} if group.kind == "where" else set()
        if held & set(reply.choices):
            told = tuple(_of(name, group, said, held) for name in reply.choices)
            return replace(reply, rephrased=told)
    return reply


def _of(name: str, group: Chunk, said: Said, held: set[str]) -> str:
    """The question with the property of a value named; a flag goes by its own name."""
    start, end = said.tokens[group.start].start, said.tokens[group.end - 1].end
    before, after = said.question[:start], said.question[end:]
    if name in held:
        return f"{before}`{name}` {said.question[start:]}"
    several = len(group.value.found) > 1
    return f"{before}{after} by `{name}`" if several else f"{before}{after}, `{name}` is true"
