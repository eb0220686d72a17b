"""The bot at work in a workspace that is in memory, with a model that repeats what it heard."""

import json
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlencode

import httpx
from slack_bolt import BoltRequest
from slack_sdk.signature import SignatureVerifier

from agent.answer import AnswerTable, Draft
from agent.loop import Agent
from agent.messages import Assistant, Delta, Message, ToolCall, ToolResult, User
from agent.settings import Settings, SlackSettings
from agent.slack.app import bolt, running
from agent.slack.bot import Bot
from agent.writing.gate import Gate
from agent.writing.ledger import Ledger
from agent.writing.mode import WriteMode
from agent.writing.policy import Policy
from tests.flag_world import FlagWorld
from tests.slack_fixtures import SIGNING, FakeSlack
from tools.toolbox import Toolbox

TOKENS = SlackSettings(bot_token="xoxb-1", app_token="", signing_secret=SIGNING)


class AtOnce(Executor):
    """Runs what it is given before it goes on."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@dataclass
class Repeater:
    """Says again what was asked last in its conversation; some words make it do more."""

    go_on: Event
    began: Event
    name: str = "repeater"

    def complete(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]]
    ) -> Generator[Delta, None, Assistant]:
        yield from ()
        asked = [message.text for message in messages if isinstance(message, User)]
        if isinstance(messages[-1], ToolResult):
            return Assistant(draft=Draft("answered", messages[-1].text))
        word = asked[-1].split()[0].lower()
        if word == "wait":
            self.began.set()
            return Assistant(tool_calls=(ToolCall("1", "list_actions", {}),))
        if word == "switch":
            arguments = {"key": asked[-1].split()[1], "on": False}
            return Assistant(tool_calls=(ToolCall("1", "switch_flag", arguments),))
        if word == "rollout":
            arguments = {"key": asked[-1].split()[1], "percent": 100}
            return Assistant(tool_calls=(ToolCall("1", "set_flag_rollout", arguments),))
        if word == "break":
            raise ValueError(f"a bug: {asked[-1]}")
        return Assistant(draft=self._draft(word, " | ".join(asked[-8:])))

    def _draft(self, word: str, said: str) -> Draft:
        rows = (("maya@example.com", 3),) if word == "people" else (("US", 4), ("DE", 2))
        table = (AnswerTable(("who" if word == "people" else "country", "n"), rows),)
        choices = ("visits", "visitors") if word == "choose" else ()
        outcome = "asked" if choices else "answered"
        return Draft(outcome, said, tables=() if choices else table, choices=choices)


@dataclass
class Flags(FlagWorld):
    """Flags that so many people of a thousand meet."""

    met: int = 2

    def _answer(self, request: httpx.Request, parts: list[str]) -> httpx.Response:
        if parts[1:] == ["user_blast_radius"]:
            return httpx.Response(200, json={"affected": self.met, "total": 1000})
        return super()._answer(request, parts)


@dataclass
class Office:
    """A bot, the Slack and the PostHog it talks to."""

    slack: FakeSlack
    home: Path
    world: Flags
    policy: Policy = field(default_factory=Policy)
    began: Event = field(default_factory=Event)
    go_on: Event = field(default_factory=Event)
    bot: Bot = field(init=False)

    @contextmanager
    def open(self, **options: Any) -> Iterator["Office"]:
        """The bot at work."""
        settings = Settings(home=self.home, policy=self.home / "policy.toml")
        plain = {"quick": AtOnce(), "sleep": lambda seconds: None, "draw": lambda answer: None}
        options = plain | options
        with running(settings, TOKENS, web=self.slack, agents=self.agent, **options) as bot:
            self.bot = bot
            self._app = bolt(bot, TOKENS)
            yield self

    @contextmanager
    def agent(self) -> Iterator[Agent]:
        """A conversation of its own, with the flags of the one world."""
        posthog = self.world.client()
        ledger = Ledger(self.home / "journal.db")
        gate = Gate(posthog, ledger, WriteMode(self.home / "write.json"), self.policy, "nobody")
        box = Toolbox(posthog, gate=gate)
        if not self.go_on.is_set():
            box = _Waiting(posthog, gate, self.go_on)
        yield Agent(Repeater(self.go_on, self.began), box)
        posthog.close()

    def send(self, body: dict[str, Any], **headers: str) -> Any:
        """A request as Slack signs it, and what it is answered."""
        return self._app.dispatch(signed(body, **headers))

    def ask(self, body: dict[str, Any]) -> list[str]:
        """Send something, let all be done, and say what stands in the channel."""
        assert self.send(body).status == 200
        self.rest()
        return self.slack.said(body.get("event", {}).get("channel", "C1"))

    def rest(self, seconds: float = 20.0) -> None:
        """Wait until nothing is left to do."""
        until = time.monotonic() + seconds
        while self.bot.inbox.count("new", "running"):
            assert time.monotonic() < until, "the bot is still busy"
            time.sleep(0.005)


class _Waiting(Toolbox):
    """Tools that wait for a sign where a list of actions is asked for."""

    def __init__(self, posthog: Any, gate: Any, go_on: Event) -> None:
        super().__init__(posthog, gate=gate)
        self._go_on = go_on

    def run(self, name: str, arguments: dict[str, Any] | str) -> Any:
        if name == "list_actions":
            assert self._go_on.wait(20)
        return super().run(name, arguments)


def office(folder: Path, rules: str = "", **slack: Any) -> Office:
    """An office whose rules stand in a file."""
    folder.mkdir(exist_ok=True)
    (folder / "slack.toml").write_text(f'members = "workspace"\n{rules}')
    world = Flags()
    world.add("dark")
    return Office(FakeSlack(**slack), folder, world)


def signed(body: dict[str, Any], **changed: str) -> BoltRequest:
    """A request with Slack's signature; `changed` are headers that are otherwise."""
    if "command" in body:
        raw, kind = urlencode(body), "application/x-www-form-urlencoded"
    elif body.get("type") in ("block_actions", "view_submission", "message_action"):
        raw, kind = urlencode({"payload": json.dumps(body)}), "application/x-www-form-urlencoded"
    else:
        raw, kind = json.dumps(body), "application/json"
    at = str(int(time.time()))
    headers = {"x-slack-request-timestamp": at, "content-type": kind} | changed
    made = SignatureVerifier(SIGNING).generate_signature(
        timestamp=headers["x-slack-request-timestamp"], body=raw
    )
    return BoltRequest(body=raw, headers={"x-slack-signature": made or ""} | headers)
