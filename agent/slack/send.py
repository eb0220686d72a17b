"""Saying something in Slack once: in the first form it takes, over outages, never twice."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from agent.slack.errors import TOKEN, SlackLost, SlackRefused
from agent.slack.inbox import Place
from agent.slack.render import Rung
from agent.slack.web import Web

WAITS = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds between the tries while Slack is away."""

AWAY = frozenset({"fatal_error", "ratelimited", "request_timeout", "service_unavailable"})
"""Slack itself is in trouble."""

GONE = frozenset({"cant_update_message", "edit_window_closed", "message_not_found", "is_inactive"})
"""The message that was to be edited can't be."""

CLOSED = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "no_permission",
        "not_in_channel",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
        "thread_not_found",
    }
)
"""Nothing can be said there; any other word is about the form, and another form is tried."""

LOOK_BACK = 15


class Sender:
    """Posts and edits messages of the bot."""

    def __init__(self, web: Web, sleep: Callable[[float], None] = time.sleep) -> None:
        self._web = web
        self._sleep = sleep

    def edit(self, place: Place, ways: Sequence[Rung]) -> None:
        """Turn a message into something else, in the first form that Slack takes."""
        self._in_some_way(ways, lambda rung: self._patiently(lambda: self.put(place, rung)))

    def put(self, place: Place, rung: Rung, **options: Any) -> None:
        """Turn a message into something else, or raise what Slack said."""
        blocks = list(rung.blocks)
        message: dict[str, Any] = {"channel": place.channel, "ts": place.ts}
        quiet: dict[str, Any] = {"link_names": False, "parse": "none"}
        self._web.call("chat.update", text=rung.text, blocks=blocks, **message, **quiet, **options)

    def post(
        self, mark: str, channel: str, root: str, ways: Sequence[Rung], since: str = ""
    ) -> Place:
        """A new message in the first form that Slack takes; `mark` is how it is found again."""
        place: list[Place] = []

        def send(rung: Rung) -> None:
            place.append(self._once(mark, Place(channel, root), rung, since))

        self._in_some_way(ways, send)
        return place[-1]

    def find(self, mark: str, at: Place, since: str) -> Place | None:
        """A message that was posted with this mark, as far as Slack tells."""
        look: dict[str, Any] = {"channel": at.channel, "limit": LOOK_BACK}
        look |= {"oldest": since, "inclusive": True} if since else {}
        try:
            if at.root:
                body = self._web.call("conversations.replies", ts=at.root, **look)
            elif at.channel.startswith("D"):
                body = self._web.call("conversations.history", **look)
            else:
                return None
        except (SlackRefused, SlackLost):
            return None
        for message in body.get("messages", ()):
            blocks = message.get("blocks") or [{}]
            if blocks[0].get("block_id") == mark:
                return Place(at.channel, at.root, message["ts"])
        return None

    def _once(self, mark: str, at: Place, rung: Rung, since: str) -> Place:
        """Post one form; where Slack's answer is lost, look first whether it is there."""
        for wait in (*WAITS, 0.0):
            try:
                return Place(at.channel, at.root, self._posted(mark, at, rung))
            except (SlackLost, SlackRefused) as error:
                if isinstance(error, SlackLost) and (place := self.find(mark, at, since)):
                    return place
                self._wait(error, wait)
        raise AssertionError("the last try returns or raises")

    def _posted(self, mark: str, at: Place, rung: Rung) -> str:
        thread = {"thread_ts": at.root} if at.root else {}
        first = [block | {"block_id": mark} for block in rung.blocks[:1]]
        body = self._web.call(
            "chat.postMessage",
            tries=1,
            channel=at.channel,
            text=rung.text,
            blocks=[*first, *rung.blocks[1:]],
            unfurl_links=False,
            unfurl_media=False,
            link_names=False,
            parse="none",
            **thread,
        )
        return str(body["ts"])

    def _in_some_way(self, ways: Sequence[Rung], send: Callable[[Rung], None]) -> None:
        """Each form in turn, as long as Slack refuses how it is said and not that it is said."""
        for rung in ways:
            try:
                return send(rung)
            except SlackRefused as refused:
                if rung is ways[-1] or refused.code in AWAY | GONE | CLOSED | TOKEN:
                    raise
        raise AssertionError("the last form returns or raises")

    def _patiently(self, send: Callable[[], None]) -> None:
        for wait in (*WAITS, 0.0):
            try:
                return send()
            except (SlackLost, SlackRefused) as error:
                self._wait(error, wait)
        raise AssertionError("the last try returns or raises")

    def _wait(self, error: SlackLost | SlackRefused, seconds: float) -> None:
        """Let time pass where that may help, else raise."""
        if not seconds or (isinstance(error, SlackRefused) and error.code not in AWAY):
            raise error
        self._sleep(seconds)
