"""One job from its beginning to its end: a question answered, a change decided, a file sent."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from agent.answer import Answer
from agent.errors import AgentError
from agent.front import failure
from agent.journal import Journal
from agent.loop import Agent
from agent.messages import Assistant, Delta, Message, ToolCall, ToolResult
from agent.session import Session
from agent.slack.audience import personal
from agent.slack.blocks import Block, clean, words
from agent.slack.changes import Held, pending
from agent.slack.decide import Decider
from agent.slack.deliver import Desk
from agent.slack.errors import SlackLost, SlackRefused
from agent.slack.files import Files, counted_by
from agent.slack.gate import Gate, Principal, Refusal
from agent.slack.inbox import Job, Place
from agent.slack.payloads import plain
from agent.slack.render import Rung, rungs, said
from agent.slack.store import Store
from agent.slack.talks import Talks
from agent.writing.gate import Gate as Changes

TO_YOU = "The answer shows single people, so I sent it to you directly."
ELSEWHERE = ("command", "button", "modal")
"""Ways to ask that leave no question to be seen where the answer stands."""

TOO_OFTEN = (
    "I was interrupted three times over this question and don't try again: ask it another way."
)
STEP = 120

Picture = Callable[[Answer], bytes | None]
OpenAgent = Callable[[], AbstractContextManager[Agent]]


class Stopped(AgentError):
    """Somebody pressed Stop."""


@dataclass
class Performer:
    """Does jobs; several threads may use it, each for a thread of Slack of its own."""

    gate: Gate
    desk: Desk
    talks: Talks
    store: Store
    journal: Journal
    decider: Decider
    files: Files
    bot: str
    """The bot's own user id."""

    picture: Picture

    def __post_init__(self) -> None:
        self._stops: dict[int, threading.Event] = {}

    def stop(self, job: int) -> bool:
        """Let a job end at its next step; whether there is one."""
        event = self._stops.get(job)
        if event:
            event.set()
        return event is not None

    def perform(self, job: Job) -> None:
        """Do a job; whoever asked hears of a failure."""
        asked = job.asked
        who = self.gate.check(asked, fresh=asked.action in ("approve", "reject"))
        if isinstance(who, Refusal):
            self.desk.whisper(asked.user, asked.channel, asked.root, who.sentence)
            return
        if asked.action in ("approve", "reject"):
            self.decider.decide(asked, who)
        elif asked.action == "csv":
            self.files.send_table(asked, who)
        elif asked.action == "export":
            self.files.send_events(asked, who)
        elif asked.action == "rerun":
            place = self.desk.begin(job, asked.channel, asked.root)
            self.desk.finish(job, place, said(self.files.run_again(asked, who)))
        else:
            self._answer(job, who)

    def give_up(self, job: Job, error: Exception) -> None:
        """Tell that a job failed, in its own message if there is one."""
        sentence = failure(error).sentence
        try:
            if place := self.desk.noted(job):
                self.desk.finish(job, place, said(sentence))
            else:
                asked = job.asked
                self.desk.whisper(asked.user, asked.channel, asked.root, sentence)
        except (SlackRefused, SlackLost):
            return

    def _answer(self, job: Job, who: Principal) -> None:
        asked, question = job.asked, plain(job.asked.text, self.bot)
        channel = self.desk.direct(asked.user) if asked.entry == "command" else asked.channel
        root = "" if asked.entry == "command" else asked.root or asked.ts
        place = self.desk.begin(job, channel, root)
        thread = f"{asked.team}/{place.channel}/{place.root or place.ts}"
        if job.attempts > 3:
            self.desk.finish(job, place, said(TOO_OFTEN))
            return
        stop = self._stops[job.id] = threading.Event()
        try:
            self._ask(job, who, place, thread, question, stop)
        except Stopped:
            self.desk.finish(job, place, said("Stopped."))
        finally:
            self._stops.pop(job.id, None)

    def _ask(
        self,
        job: Job,
        who: Principal,
        place: Place,
        thread: str,
        question: str,
        stop: threading.Event,
    ) -> None:
        read: list[ToolResult] = []

        def watch(message: Message | Delta) -> None:
            if stop.is_set():
                raise Stopped("Stopped.")
            if isinstance(message, ToolResult) and not message.error:
                read.append(message)
            if isinstance(message, Assistant) and message.tool_calls:
                doing = ", ".join(dict.fromkeys(map(doing_now, message.tool_calls)))
                self.desk.step(job, place, f"{clean(doing, STEP)} …")

        with self.talks.talk(thread) as session:
            held = _attended(session, who)
            answer = session.ask(question, watch)
        extra = _quoted(question) if job.asked.entry in ELSEWHERE else ()
        if held.cards:
            self._hold(job, place, held, who)
        elif who.openness == "full" or not personal(answer, read):
            self.desk.finish(job, place, self._ways(answer, extra))
        else:
            self._privately(job, place, thread, answer, question)

    def _privately(
        self, job: Job, place: Place, thread: str, answer: Answer, question: str
    ) -> None:
        """Give an answer that shows people to whoever asked, and let the conversation go there."""
        sent = self.desk.send_directly(job, self._ways(answer, _quoted(question)))
        self.talks.move(thread, f"{job.asked.team}/{sent.channel}/{sent.ts}")
        self.desk.finish(job, place, said(TO_YOU))

    def _ways(self, answer: Answer, before: Sequence[Block]) -> tuple[Rung, ...]:
        content = self.picture(answer)
        chart = self.desk.picture(content, answer.headline) if content else ""
        return tuple(
            Rung(way.text, (*before, *way.blocks) if way.blocks else ())
            for way in rungs(answer, chart=chart, events=self._events(answer))
        )

    def _events(self, answer: Answer) -> bool:
        """Whether the events that an answer counted can be had."""
        receipt = answer.receipt
        return bool(receipt) and counted_by(self.journal.evidence(receipt or "")) is not None

    def _hold(self, job: Job, place: Place, held: Held, who: Principal) -> None:
        """Put the cards of what was proposed where somebody can decide about them."""
        for i, card in enumerate(held.cards):
            if i:
                at = self.desk.another(job, place, card.id, pending(card))
            else:
                at = self.desk.finish(job, place, pending(card))
            self.decider.posted(card.id, at, who)


def _attended(session: Session, who: Principal) -> Held:
    """Let proposals of this turn be those of whoever asks; the cards that come of it."""
    held = Held()
    if isinstance(gate := session.agent.toolbox.gate, Changes):
        gate.who, gate.approver = who.who, held
    return held


def doing_now(call: ToolCall) -> str:
    """A call in words: what is run or looked at."""
    return call.name.replace("_", " ").removeprefix("run ")


def _quoted(question: str) -> tuple[Block, ...]:
    return (words((f"“{question}”", False)),)
