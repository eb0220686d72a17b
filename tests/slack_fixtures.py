"""A workspace of Slack in memory: who is in it, what is posted, and faults on demand."""

import itertools
import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from agent.slack.errors import SlackLost, SlackRefused
from agent.slack.gate import Me

TEAM, BOT, ANN, BOB, CHANNEL, DIRECT = "T1", "UBOT", "UANN", "UBOB", "C1", "DANN"
ME = Me(TEAM, BOT, "hogloop")
SIGNING = "signing-" + "secret"


def member(user: str, mail: str, **signs: Any) -> dict[str, Any]:
    """Somebody as `users.info` tells of them."""
    return {"id": user, "team_id": TEAM, "profile": {"email": mail}} | signs


@dataclass
class FakeSlack:
    """Slack's Web API over dictionaries; `fault` may raise before or after anything is done."""

    users: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            ANN: member(ANN, "ann@example.com"),
            BOB: member(BOB, "bob@example.com"),
        }
    )
    channels: dict[str, dict[str, Any]] = field(default_factory=lambda: {CHANNEL: {"id": CHANNEL}})
    fault: Callable[[str, str, dict[str, Any]], None] = lambda when, method, arguments: None
    messages: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def call(self, method: str, /, *, tries: int = 4, **arguments: Any) -> dict[str, Any]:
        """One method; what it says has been through JSON, as it would be."""
        arguments = json.loads(json.dumps(arguments))
        self.fault("before", method, arguments)
        with self._lock:
            self.calls.append((method, arguments))
            answer = self._answers()[method](**arguments)
        self.fault("after", method, arguments)
        return json.loads(json.dumps({"ok": True} | answer))

    def upload(self, name: str, content: bytes, alt: str, **place: Any) -> str:
        """A file, kept with where it was put."""
        self.fault("before", "files.completeUploadExternal", place)
        self.files.append({"name": name, "content": content, **place})
        return f"F{len(self.files)}"

    def _answers(self) -> dict[str, Callable[..., dict[str, Any]]]:
        return {
            "auth.test": lambda: {"team_id": TEAM, "user_id": BOT, "user": "hogloop"},
            "users.info": self._user,
            "conversations.info": self._channel,
            "conversations.open": lambda users: {"channel": {"id": f"D{users[1:]}"}},
            "conversations.replies": self._replies,
            "conversations.history": self._history,
            "chat.postMessage": self._post,
            "chat.postEphemeral": lambda **message: self._post(hidden=True, **message),
            "chat.update": self._update,
            "chat.delete": lambda channel, ts: self.messages.pop((channel, ts)) and {},
            "views.open": lambda **view: {},
            "views.publish": lambda **view: {},
            "assistant.threads.setSuggestedPrompts": lambda **prompts: {},
        }

    def _user(self, user: str) -> dict[str, Any]:
        if user not in self.users:
            raise SlackRefused("users.info", "user_not_found")
        return {"user": self.users[user]}

    def _channel(self, channel: str) -> dict[str, Any]:
        if channel not in self.channels:
            raise SlackRefused("conversations.info", "channel_not_found")
        return {"channel": self.channels[channel]}

    def _post(self, channel: str, **message: Any) -> dict[str, Any]:
        ts = f"{next(self._numbers)}.0"
        self.messages[channel, ts] = message | {"ts": ts, "channel": channel}
        return {"ts": ts, "channel": channel}

    def _update(self, channel: str, ts: str, **message: Any) -> dict[str, Any]:
        if (channel, ts) not in self.messages:
            raise SlackRefused("chat.update", "message_not_found")
        self.messages[channel, ts] |= message
        return {"ts": ts, "channel": channel}

    def _replies(self, channel: str, ts: str, **page: Any) -> dict[str, Any]:
        found = [m for (c, _), m in self.messages.items() if c == channel]
        return {"messages": [m for m in found if m.get("thread_ts") == ts and not m.get("hidden")]}

    def _history(self, channel: str, **page: Any) -> dict[str, Any]:
        found = [m for (c, _), m in self.messages.items() if c == channel]
        return {"messages": [m for m in found if "thread_ts" not in m]}

    def said(self, channel: str = CHANNEL) -> list[str]:
        """What stands in a channel for all to read."""
        rows = [(k, m) for k, m in self.messages.items() if k[0] == channel]
        return [plain(m["text"]) for _, m in rows if not m.get("hidden")]

    def whispered(self, user: str = ANN) -> list[str]:
        """What one person alone was told."""
        hidden = [m for m in self.messages.values() if m.get("hidden")]
        return [plain(m["text"]) for m in hidden if m["user"] == user]

    def used(self) -> Counter[str]:
        """How often each method was called."""
        return Counter(method for method, _ in self.calls)


def plain(text: str) -> str:
    """A text without what keeps Slack from seeing addresses in it."""
    return text.replace("\u2060", "")


class Flaky:
    """Faults by a seeded roll: Slack refuses, is away, or its answer is lost on the way back."""

    def __init__(self, roll: Callable[[], float], share: float) -> None:
        self._roll = roll
        self._share = share
        self.made: Counter[str] = Counter()

    def __call__(self, when: str, method: str, arguments: dict[str, Any]) -> None:
        if self._roll() >= self._share / 2:
            return
        self.made[f"{when} {method}"] += 1
        if when == "after" or self._roll() < 0.5:
            raise SlackLost(method, "the connection was cut")
        raise SlackRefused(method, "ratelimited")


def message(text: str, **more: Any) -> dict[str, Any]:
    """An event of a message, a mention unless `kind` says otherwise."""
    kind = more.pop("kind", "app_mention")
    ts = more.pop("ts", "100.0")
    event = {"type": kind, "user": ANN, "text": text, "ts": ts, "channel": CHANNEL} | more
    number = more.pop("event_id", f"Ev-{kind}-{ts}")
    return {"type": "event_callback", "team_id": TEAM, "event_id": number, "event": event}


def press(action: str, value: str, user: str = ANN, **more: Any) -> dict[str, Any]:
    """The press of a button."""
    number = more.pop("trigger", f"trigger-{action}-{value}-{user}")
    return {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": user, "team_id": TEAM},
        "trigger_id": number,
        "channel": {"id": CHANNEL},
        "message": {"ts": "101.0", "thread_ts": "100.0"},
        "actions": [{"action_id": action, "value": value}],
    } | more


def command(text: str, user: str = ANN, **more: Any) -> dict[str, Any]:
    """The slash command."""
    return {
        "command": "/hogloop",
        "team_id": TEAM,
        "user_id": user,
        "channel_id": CHANNEL,
        "text": text,
        "trigger_id": f"command-{text}-{user}",
    } | more


def form(name: str, value: str, typed: str, user: str = ANN, **more: Any) -> dict[str, Any]:
    """A form that was sent."""
    place = {"channel": CHANNEL, "ts": "101.0", "root": "100.0", "value": value}
    view = {
        "id": f"V-{name}-{user}-{typed}",
        "type": "modal",
        "callback_id": name,
        "private_metadata": json.dumps(place),
        "state": {"values": {"typed": {"typed": {"value": typed}}}},
    }
    body = {"type": "view_submission", "team": {"id": TEAM}, "view": view}
    return body | {"user": {"id": user, "team_id": TEAM}} | more


def shortcut(text: str, user: str = ANN, **more: Any) -> dict[str, Any]:
    """“Ask about this” of a message's menu."""
    return {
        "type": "message_action",
        "callback_id": "ask_about_message",
        "team": {"id": TEAM},
        "user": {"id": user, "team_id": TEAM},
        "trigger_id": f"shortcut-{user}",
        "channel": {"id": CHANNEL},
        "message": {"ts": "100.0", "text": text, "user": BOB},
    } | more


def home(tab: str = "home", user: str = ANN) -> dict[str, Any]:
    """The app opened."""
    event = {"type": "app_home_opened", "user": user, "channel": DIRECT, "tab": tab}
    body = {"type": "event_callback", "team_id": TEAM, "event_id": f"Ev-{tab}-{user}"}
    return body | {"event": event}
