"""What was said before: the last answer, the plan behind it, and the choices it left open."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agent.answer import AnswerTable
from agent.messages import Assistant, Message
from agent.planner.objects.before import Before
from agent.planner.plan import Cause, Funnel, Plan, Reply, Trends, Unsure
from agent.planner.reading.followups import changing, listed, opens, picked
from agent.planner.reading.parts import corrected
from agent.planner.reading.reader import FRAMES, read
from agent.planner.world import World
from agent.turns import last_question

YES = frozenset({"yes", "y", "yep", "yeah", "sure", "ok", "okay", "please"})
WHY = re.compile(
    r"^(?:but |and |so |ok |hm+,? )?(?:why|how come)\b(?:\W+(?:is|was|did|does|has|that|it|this|so"
    r"|the|happen|"
    r"happened|drop|dropped|rise|change|changed|case|go|went|up|down|low|high|be))*\W*$",
    re.IGNORECASE,
)
WHO = re.compile(
    r"^(?:and |so |ok )?(?:who (?:are|is|were) (?:they|it|these|those|them)(?: people| users)?|"
    r"list them|show me (?:them|those people|the people)|which (?:people|users)(?: are they| "
    r"exactly)?)\W*$",
    re.IGNORECASE,
)
WHICH_ROW = re.compile(
    r"^(?:and |what about |how about |only )+(?:the )?(first|second|third|fourth|fifth|last"
    r"|\d+(?:st|nd|rd|th))"
    r"(?: one| row)?\W*$",
    re.IGNORECASE,
)
SHOWN = re.compile(
    r"^(?:and |now |ok |please |can you )*(?:show|draw|plot|give me|make)?(?: it| that| this)*(?: "
    r"me)?\s*(?:as|in) an? "
    r"(?:table|bar chart|line chart|chart|graph|list)\W*$|^(?:as )?(?:a )?(?:table|bar chart|line "
    r"chart|chart)\W*$",
    re.IGNORECASE,
)
PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}
NO_LIST = Reply("declined", "There is no list of choices to take that number from: ask in words.")
NO_ROWS = Reply("declined", "There is no list in the last answer to choose from.")


@dataclass(frozen=True)
class Conversation:
    """The question of this turn, and what of the turns before it may change."""

    question: str
    last: Plan | Reply | None = None
    """What the last answer came from."""

    plan: Plan | None = None
    """The last plan of all."""

    tables: tuple[AnswerTable, ...] = ()
    before: Before = field(default_factory=Before)
    """What the turns before left to be saved."""

    @classmethod
    def of(cls, messages: Sequence[Message]) -> "Conversation":
        """The conversation as its messages tell it."""
        question = last_question(messages)
        drafts = [m.draft for m in messages if isinstance(m, Assistant) and m.draft]
        made: list[Any] = [draft.plan for draft in drafts if draft.plan]
        plans = [one for one in made if not isinstance(one, Reply)]
        tables = next((d.tables for d in reversed(drafts) if d.outcome == "answered"), ())
        last, plan = made[-1] if made else None, plans[-1] if plans else None
        return cls(question, last, plan, tables, Before.of(messages))

    def chosen(self) -> Plan | Reply | str | None:
        """What a message means that answers a question of ours: a number, or the choice itself."""
        said = self.question.strip().strip("`'\"“”.!").lower()
        if isinstance(self.last, Reply):
            pairs = zip(self.last.choices, self.last.rephrased, strict=False)
            for number, (choice, rephrased) in enumerate(pairs, 1):
                agreed = len(self.last.choices) == 1 and said.split(" ")[0].strip(",") in YES
                if agreed or said in (str(number), choice.lower()):
                    return rephrased
            if said in {choice.lower() for choice in self.last.choices}:
                return Reply("declined", f"Ask the whole question again, with “{said}” in it.")
        return NO_LIST if said.isdecimal() else None

    def meant(self, question: str, world: World) -> Plan | Reply | None:
        """What a message means that takes itself back, or changes the last plan."""
        return self.taken_back(question, world) or self.changed(question, world)

    def changed(self, question: str, world: World) -> Plan | Reply | None:
        """The last plan as a message changes it, None when the message stands by itself."""
        plan = self.plan
        if plan is None:
            return None
        if WHY.match(question) and isinstance(plan, Trends | Funnel):
            return Cause(plan.scope, plan)
        if shown := self._shown(plan, question):
            return shown
        if not opens(question):
            return None
        made = read(question, world, ((changing(plan), frozenset()),))
        if not isinstance(made, Reply):
            return made
        alone = read(question, world, FRAMES)
        return None if not isinstance(alone, Reply) else made

    def taken_back(self, question: str, world: World) -> Plan | Reply | None:
        """“Signups last week, no wait, last month”: what was meant in the end."""
        if (both := corrected(question)) is None:
            return None
        first, meant = both
        before = read(first, world)
        if not isinstance(before, Reply):
            again = Conversation(meant, before, before)
            if (changed := again.changed(meant, world)) is not None:
                return changed
        alone = read(meant, world)
        return None if isinstance(alone, Reply) else alone

    def _shown(self, plan: Plan, question: str) -> Plan | Reply | None:
        """The people of the last answer, one of its rows, or all of it in another form."""
        try:
            if WHO.match(question):
                return listed(plan)
            if row := WHICH_ROW.match(question):
                return self._row(plan, row[1].lower())
        except Unsure as stop:
            return stop.reply
        return plan if SHOWN.match(question) else None

    def _row(self, plan: Plan, said: str) -> Plan | Reply:
        """The same question for one row of the last answer."""
        place = PLACES[said] if said in PLACES else int(re.sub(r"\D", "", said)) - 1
        rows = self.tables[0].rows if self.tables else ()
        if not plan.scope.breakdowns or not -1 <= place < len(rows):
            return NO_ROWS
        return picked(replace(plan), rows[place][0])
