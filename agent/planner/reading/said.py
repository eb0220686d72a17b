"""Said: the groups of one segmentation, and which of them a plan has given a place."""

from collections.abc import Iterable, Iterator, Sequence

from agent.planner.english.chunks import Chunk
from agent.planner.english.names import read_name
from agent.planner.english.words import Token, word_set
from agent.planner.plan import Breakdown
from agent.planner.world import World

HARMLESS = word_set(
    "as by of in from to with via and at is all who it for comma colon dash slash open close hash "
    "plus mark count "
    "much trend table bars single sql now within between if both on order anything than then after "
    "breakdown stop only window_word lasting possible all_of pattern rounding_off rounding "
    "name_word thing_word spoken in_money rate comparative amount_word compare"
)
"""Kinds that a reading may leave without a place: they only hold a sentence together."""


HOLDING = word_set(
    "in of for by with on at to and or from per than is are was were our its not via"
)
"""Words that hold a sentence together, and are no values of anything."""


LOOSE = word_set("typical typically usual")
"""Statistics that are none of their own beside one that is named: “typical duration, median”."""


STAFF = frozenset({"employe", "employee", "staff", "colleagu"})
"""Stems of words for the people who make the product, which may be somebody's role."""


class Said:
    """What was said, group by group; taking a group gives it a place in the plan."""

    def __init__(
        self, question: str, tokens: Sequence[Token], groups: Sequence[Chunk], world: World
    ) -> None:
        self.question = question
        self.tokens = tokens
        self.groups = tuple(groups)
        self.all_groups = self.groups
        """Those of the whole question, also where this is only a part of it."""

        self.world = world
        self.assumptions: list[str] = []
        self.contrasted = False
        """Whether values of one property were set against each other."""

        self.events: tuple[str, ...] = ()
        """The events that are measured, once they are known."""

        self.anything = False
        """Whether any event counts, so that properties may be those of whichever has them."""

        self.spread: Breakdown | None = None
        """A number whose values are counted."""

        self.beside = ""
        """The event of the figures in a list, whose money is meant beside them."""

        self._taken: set[tuple[int, str]] = set()

    def part(self, groups: Sequence[Chunk]) -> "Said":
        """A stretch of it, which shares what has a place and what is assumed."""
        made = Said(self.question, self.tokens, groups, self.world)
        made.all_groups = self.all_groups
        made.assumptions, made._taken, made.beside = self.assumptions, self._taken, self.beside
        return made

    def all(self, *kinds: str) -> list[Chunk]:
        """The groups of these kinds that have no place yet, in order."""
        return [g for g in self.groups if g.kind in kinds and (g.start, g.kind) not in self._taken]

    def first(self, *kinds: str) -> Chunk | None:
        """The first of them."""
        return next(iter(self.all(*kinds)), None)

    def has(self, kind: str, *values: object) -> bool:
        """Whether such a group stands anywhere, with a place or without."""
        return any(one.is_(kind, *values) for one in self.groups)

    def take(self, *groups: Chunk | None) -> None:
        """Give groups their place."""
        self._taken |= {(one.start, one.kind) for one in groups if one is not None}

    def pop(self, kind: str, *values: object) -> Chunk | None:
        """The first group of a kind, which is given its place."""
        found = next((one for one in self.all(kind) if one.is_(kind, *values)), None)
        self.take(found)
        return found

    def before(self, group: Chunk) -> Chunk | None:
        """The group just before another."""
        at = self.groups.index(group)
        return self.groups[at - 1] if at else None

    def after(self, group: Chunk) -> Chunk | None:
        """The group just after another."""
        at = self.groups.index(group) + 1
        return self.groups[at] if at < len(self.groups) else None

    def between(self, first: Chunk, last: Chunk) -> tuple[Chunk, ...]:
        """The groups between two others."""
        i, j = self.groups.index(first), self.groups.index(last)
        return self.groups[i + 1 : j]

    def left(self) -> Iterator[Chunk]:
        """The groups without a place that a reading must not leave."""
        rest = (g for g in self.groups if (g.start, g.kind) not in self._taken)
        return (g for g in rest if not _harmless(g))

    @property
    def guesses(self) -> tuple[Chunk, ...]:
        """What may be values of the data: texts taken as they stand, and two intervals at once."""
        every = [g for g in self.groups if g.kind == "every"]
        several = every if len({g.value for g in every}) > 1 else []
        texts = [
            g for g in self.groups if g.kind == "where" and (g.value.guessed or self._is_staff(g))
        ]
        now = [
            g for g in self.groups if g.kind == "now" and self._stands_before(g, "event", "doers")
        ]
        plain = len(every) == 1 and not self.has("span")
        lone = every if plain and self._stands_before(every[0], "event") else []
        vague = [g for g in self.groups if g.kind == "property" and self._is_vague(g)]
        named = [g for g in self.groups if g.kind == "event" and self._has_attribute(g)]
        called = filter(self._may_be_called, self.groups)
        roles = [g for g in self.groups if g.kind == "people" and self._may_be_role(g)]
        return (*texts, *several, *now, *lone, *vague, *named, *called, *roles)

    def _may_be_role(self, group: Chunk) -> bool:
        """“Employee accounts”: people of a kind, just before what is counted."""
        return self.tokens[group.start].stem in STAFF and self._stands_before(group, "event")

    def _has_attribute(self, group: Chunk) -> bool:
        """“Book running classes”: a word within an event's that is none of its name."""
        own = {
            part for x in group.value.links[:1] for u in read_name(x.name).units for part in u.parts
        }
        inside = self.tokens[group.start + 1 : group.end - 1]
        return any(t.word.endswith("ing") and t.stem not in own for t in inside)

    def _is_vague(self, group: Chunk) -> bool:
        """Whether the first of several words is none of a property's own: the team plan."""
        first = self.tokens[group.start]
        if group.end - group.start < 2 or first.kind != "word" or first.word in HOLDING:
            return False
        own = {
            part for link in group.value[:1] for u in read_name(link.name).units for part in u.parts
        }
        return first.stem not in own

    def _may_be_called(self, group: Chunk) -> bool:
        """The main namespace: an order that may be a value of the property after it."""
        after = self.after(group)
        if group.kind != "rank" or group.end - group.start > 1 or after is None:
            return False
        single = not self.tokens[after.end - 1].word.endswith("s")
        return after.kind == "property" and after.start == group.end and single

    def _is_staff(self, group: Chunk) -> bool:
        """Whether a word for the people who make the product may be somebody's role."""
        one = group.end - group.start == 1 and group.value.holder == "internal"
        return one and self.tokens[group.start].stem in STAFF

    def _stands_before(self, group: Chunk, *kinds: str) -> bool:
        after = self.after(group)
        return after is not None and after.kind in kinds and after.start == group.end

    def replaced(self, group: Chunk, name: str) -> str:
        """The question with the words of a group replaced by a name."""
        start, end = self.tokens[group.start].start, self.tokens[group.end - 1].end
        return f"{self.question[:start]}`{name}`{self.question[end:]}"

    def text(self, groups: Iterable[Chunk]) -> str:
        """The words of groups as they were written."""
        places = sorted(i for group in groups for i in range(group.start, group.end))
        spans = dict.fromkeys((self.tokens[i].start, self.tokens[i].end) for i in places)
        return " ".join(self.question[start:end] for start, end in spans)


def _harmless(group: Chunk) -> bool:
    """Whether a reading may leave a group; “create a chart of …” only asks for the chart."""
    creating = group.is_("manage", "create") and group.start <= 2
    return creating or group.kind in HARMLESS
