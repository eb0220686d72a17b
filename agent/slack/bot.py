"""The bot: what Slack sends is kept or answered at once; the rest is done by the workers."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

from agent.errors import AgentError
from agent.journal import Journal, JournalError
from agent.slack import views
from agent.slack.blocks import Block, button
from agent.slack.decide import Decider
from agent.slack.deliver import Desk
from agent.slack.gate import Gate, Me, Principal, Refusal
from agent.slack.inbox import Inbox
from agent.slack.link import Linker
from agent.slack.manifest import COMMAND
from agent.slack.payloads import Incoming, plain, read
from agent.slack.perform import Performer
from agent.slack.rules import Budget
from agent.slack.store import Store
from agent.slack.web import Web
from tools.errors import ToolError, TurnError

CHATTER = re.compile(
    r"(?:thanks?|thank you|thx|ty|ok(?:ay)?|great|nice|cool|perfect|awesome|lol|haha|got it|wow|"
    r"good|interesting|hm+|yes+|no+|\W)+",
    re.IGNORECASE,
)
"""What is said in a thread without anything being asked."""

JOBS = ("approve", "csv", "export", "reject", "rerun")
"""Buttons whose work is done by the workers."""

FULL = "I am still busy with the questions in this thread: ask again when they are answered."
SPENT = "That is enough for this hour: ask again in a while."
ASK = "Ask me something, as in “how many people signed up last week?”."
NOTED = "Noted, thank you."


@dataclass(frozen=True)
class Reply:
    """What Slack is answered at once."""

    status: int = 200
    body: Block | None = None


OK = Reply()


@dataclass
class Bot:
    """Everything that can be done in Slack, each from one place."""

    me: Me
    web: Web
    gate: Gate
    inbox: Inbox
    store: Store
    desk: Desk
    journal: Journal
    performer: Performer
    decider: Decider
    linker: Linker
    budget: Budget
    about: Callable[[], Sequence[str]]
    """What the Home tab says of the project."""

    suggest: Callable[[], Sequence[str]]
    """Questions to begin with."""

    quick: Executor
    """Runs what is short and must not wait for the workers."""

    wake: Callable[[], None]

    def receive(self, body: dict[str, Any]) -> Reply:
        """Keep what came in, and say so; what can't be kept is not acknowledged."""
        asked = read(body, self.me.user)
        if asked is None:
            return OK
        try:
            return self._received(asked)
        except JournalError:
            return Reply(500)

    def _received(self, asked: Incoming) -> Reply:
        if asked.entry in ("message", "mention"):
            return self._heard(asked)
        if asked.entry == "modal" and asked.action == "approve" and (why := self._mistyped(asked)):
            return Reply(body=views.refused("typed", why))
        if (job := self._as_job(asked)) is not None:
            return self._take(job)
        if self.inbox.first_time(asked.keys):
            self.quick.submit(self._at_once, asked)
        return OK

    def _heard(self, asked: Incoming) -> Reply:
        """A message: asked directly, by a mention, or in a thread of the bot's own."""
        text = plain(asked.text, self.me.user)
        if asked.entry == "message" and not asked.direct:
            own = bool(asked.root) and self.store.transcript(asked.thread) is not None
            other = re.match(r"\s*<@(?!" + re.escape(self.me.user) + ">)", asked.text)
            if not own or other or CHATTER.fullmatch(text):
                return OK
        if not text:
            if self.inbox.first_time(asked.keys):
                self.quick.submit(self._tell, asked, ASK)
            return OK
        return self._take(asked)

    def _take(self, asked: Incoming) -> Reply:
        """Keep a job; too much of it is told to whoever asks."""
        free = asked.action in ("approve", "reject")
        taken = self.inbox.take_in(asked, None if free else self.budget)
        if taken == "new":
            self.wake()
        elif taken != "seen":
            self.quick.submit(self._tell, asked, FULL if taken == "full" else SPENT)
        return OK

    def _as_job(self, asked: Incoming) -> Incoming | None:
        """What the workers do of what came in by a button, a form or a command."""
        if asked.entry == "command":
            word = asked.text.strip().lower()
            return None if word in ("", "help", "link") else asked
        if asked.entry == "button":
            return self._pressed(asked)
        return asked if asked.entry == "modal" else None

    def _pressed(self, asked: Incoming) -> Incoming | None:
        if asked.action == "ask":
            elsewhere = not asked.channel
            return replace(asked, text=asked.value, entry="command" if elsewhere else "button")
        if asked.action == "approve" and self._typed(asked):
            return None
        return asked if asked.action in JOBS else None

    def _typed(self, asked: Incoming) -> str:
        """What has to be typed to approve a change, or ""."""
        card = self.decider.card(asked.value)
        return card.typed if card else ""

    def _mistyped(self, asked: Incoming) -> str:
        typed = self._typed(asked)
        return f"Type {typed} exactly, or cancel." if typed and asked.text.strip() != typed else ""

    def _at_once(self, asked: Incoming) -> None:
        """What is done outside the queue; whoever may not is told so."""
        try:
            if asked.entry == "command" or asked.action == "link":
                self._command(asked)
                return
            who = self.gate.check(asked)
            if asked.entry == "home":
                self._home(asked, who)
            elif isinstance(who, Refusal):
                self._tell(asked, who.sentence)
            else:
                self._short[asked.entry if asked.entry == "shortcut" else asked.action](asked, who)
        except (AgentError, TurnError, ToolError) as error:
            self._tell(asked, f"That did not work: {error}")

    @property
    def _short(self) -> dict[str, Callable[[Incoming, Principal], None]]:
        return {
            "approve": self._ask_to_type,
            "feedback": self._feedback,
            "shortcut": self._ask_about,
            "stop": self._stop,
        }

    def _ask_about(self, asked: Incoming, who: Principal) -> None:
        view = views.question(asked, plain(asked.text, self.me.user))
        self.web.call("views.open", trigger_id=asked.trigger, view=view)

    def _feedback(self, asked: Incoming, who: Principal) -> None:
        receipt, _, said = asked.value.partition(" ")
        self.store.say(receipt, who.user, said)
        self._tell(asked, NOTED)

    def _command(self, asked: Incoming) -> None:
        """`/hogloop`, `/hogloop link`, and its button; the only way in for who is not known yet."""
        mail = self.gate.person(asked)
        if isinstance(mail, Refusal):
            self._tell(asked, mail.sentence)
        elif asked.action == "link":
            self._tell(asked, self.linker.check(asked))
        elif asked.text.strip().lower() == "link":
            sentence = self.linker.offer(asked)
            check = button("Check", "link", "check")
            self.desk.whisper(asked.user, asked.channel, asked.root, sentence, check)
        else:
            self._tell(asked, f"{ASK} `{COMMAND} QUESTION` answers directly. {views.HOW}")

    def _ask_to_type(self, asked: Incoming, who: Principal) -> None:
        if why := self.decider.may(asked, who):
            self._tell(asked, why)
        elif card := self.decider.card(asked.value):
            self.web.call("views.open", trigger_id=asked.trigger, view=views.approval(asked, card))

    def _stop(self, asked: Incoming, who: Principal) -> None:
        job = self.inbox.find(int(asked.value)) if asked.value.isdecimal() else None
        if job is None or job.asked.thread.split("/")[0] != asked.team:
            self._tell(asked, "There is nothing to stop any more.")
        elif job.asked.user != who.user and not who.approves:
            self._tell(asked, "Only whoever asked may stop it.")
        elif not self.performer.stop(job.id):
            self._tell(asked, "There is nothing to stop any more.")

    def _home(self, asked: Incoming, who: Principal | Refusal) -> None:
        if asked.action == "messages":
            if isinstance(who, Principal):
                prompts = [{"title": one[:75], "message": one} for one in self.suggest()[:4]]
                self.web.call(
                    "assistant.threads.setSuggestedPrompts",
                    channel_id=asked.channel,
                    prompts=prompts,
                )
            return
        if isinstance(who, Refusal):
            view = views.home((), (), (), who.sentence)
        else:
            recent = self.inbox.asked_by(who.user, 5)
            known = f"You are {who.mail}." + (" You may approve changes." if who.approves else "")
            view = views.home(self.about(), self.suggest()[:3], recent, known)
        self.web.call("views.publish", user_id=asked.user, view=view)

    def _tell(self, asked: Incoming, sentence: str) -> None:
        self.desk.whisper(asked.user, asked.channel, asked.root, sentence)
