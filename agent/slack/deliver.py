"""What the bot says in Slack: one message a question, which is edited until it is the answer."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from agent.slack.blocks import Block, actions, button, words
from agent.slack.errors import SlackLost, SlackRefused
from agent.slack.inbox import Inbox, Job, Place
from agent.slack.render import Rung, said
from agent.slack.send import CLOSED, GONE, Sender
from agent.slack.web import Web

STEP = 1.5
"""Seconds between two edits that only show progress."""


class Desk:
    """Where answers are given out."""

    def __init__(
        self,
        web: Web,
        inbox: Inbox,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._web = web
        self._inbox = inbox
        self._sender = Sender(web, sleep)
        self._clock = clock
        self._stepped: dict[int, float] = {}

    def begin(self, job: Job, channel: str, root: str) -> Place:
        """The message that becomes the answer: the one there is, or a new line that is noted."""
        if job.place:
            return job.place
        mark, at, since = f"job-{job.id}", Place(channel, root), job.asked.ts if root else ""
        place = self._sender.find(mark, at, since) if job.attempts > 1 else None
        place = place or self._post(job, mark, at, _working(job, "Looking …"))
        self._inbox.place(job, place)
        return place

    def noted(self, job: Job) -> Place | None:
        """The message that is to become the answer, if there is one by now."""
        found = self._inbox.find(job.id)
        return found.place if found else None

    def step(self, job: Job, place: Place, text: str) -> None:
        """Show what is being done, unless that was shown a moment ago; it may get lost."""
        now = self._clock()
        if now - self._stepped.get(job.id, now - STEP) < STEP:
            return
        self._stepped[job.id] = now
        try:
            self._sender.put(place, _working(job, text)[0], tries=0)
        except (SlackRefused, SlackLost):
            return

    def finish(self, job: Job, place: Place, ways: Sequence[Rung]) -> Place:
        """Turn the message into the answer, in the first form that Slack takes."""
        self._stepped.pop(job.id, None)
        try:
            self._sender.edit(place, ways)
        except SlackRefused as refused:
            if refused.code not in GONE | CLOSED:
                raise
            return self._post(job, f"again-{job.id}", Place(place.channel, place.root), ways)
        return place

    def edit(self, place: Place, ways: Sequence[Rung]) -> None:
        """Turn any message of the bot into something else."""
        self._sender.edit(place, ways)

    def another(self, job: Job, place: Place, mark: str, ways: Sequence[Rung]) -> Place:
        """One more message in the same thread."""
        return self._post(job, mark, Place(place.channel, place.root or place.ts), ways)

    def send_directly(self, job: Job, ways: Sequence[Rung]) -> Place:
        """Say something to whoever asked, where nobody else reads it."""
        at = Place(self.direct(job.asked.user))
        return self._sender.post(f"direct-{job.id}", at.channel, "", ways)

    def direct(self, user: str) -> str:
        """The channel of direct messages with somebody."""
        return str(self._web.call("conversations.open", users=user)["channel"]["id"])

    def whisper(self, user: str, channel: str, root: str, sentence: str, *buttons: Block) -> None:
        """Say something that only one person sees; where that can't be, directly."""
        (line, *_) = said(sentence, *buttons)
        thread: dict[str, Any] = {"thread_ts": root} if root else {}
        blocks = list(line.blocks)
        try:
            if channel.startswith("D"):
                self._sender.post("note", channel, root, (line,))
            else:
                seen_by: dict[str, Any] = {"channel": channel, "user": user, **thread}
                self._web.call("chat.postEphemeral", text=line.text, blocks=blocks, **seen_by)
        except (SlackRefused, SlackLost):
            if not channel.startswith("D"):
                self.whisper(user, self._direct_or_none(user), "", sentence, *buttons)

    def withdraw(self, place: Place) -> None:
        """Take a message away again."""
        try:
            self._web.call("chat.delete", channel=place.channel, ts=place.ts)
        except (SlackRefused, SlackLost):
            return

    def picture(self, content: bytes, alt: str) -> str:
        """Upload a picture that a message can show; "" when Slack does not take it."""
        try:
            return self._web.upload("chart.png", content, alt)
        except (SlackRefused, SlackLost):
            return ""

    def file(self, place: Place, name: str, content: bytes, comment: str) -> None:
        """Upload a file into a thread."""
        root = place.root or place.ts
        where = {"thread_ts": root} if root else {}
        self._web.upload(
            name, content, comment, channel=place.channel, initial_comment=comment, **where
        )

    def _post(self, job: Job, mark: str, at: Place, ways: Sequence[Rung]) -> Place:
        """A new message, to the person alone where that place is closed."""
        since = job.asked.ts if at.root else ""
        try:
            return self._sender.post(mark, at.channel, at.root, ways, since)
        except SlackRefused as refused:
            if refused.code not in CLOSED or at.channel.startswith("D"):
                raise
            return self._sender.post(mark, self.direct(job.asked.user), "", ways)

    def _direct_or_none(self, user: str) -> str:
        try:
            return self.direct(user)
        except (SlackRefused, SlackLost):
            return "D"


def _working(job: Job, text: str) -> tuple[Rung, ...]:
    """The line while something is being done, with a way to stop it."""
    (line, *_) = said(text)
    stop = actions(button("Stop", "stop", str(job.id)))
    return (Rung(line.text, (words((text, False)), stop)), line)
