"""What Slack sends, read into one shape; nothing in it is believed but what Slack says of it."""

import html
import json
import re
from dataclasses import dataclass, replace
from typing import Any, Literal

Entry = Literal["message", "mention", "home", "command", "shortcut", "button", "modal"]

MAX_TEXT = 4_000
REFERENCE = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
HUMAN = (None, "file_share", "thread_broadcast")
"""Subtypes of a message that a person has written."""


@dataclass(frozen=True)
class Incoming:
    """One thing that somebody did in Slack."""

    entry: Entry
    keys: tuple[str, ...]
    """By which it is known again when Slack sends it once more."""

    team: str
    user: str
    channel: str = ""
    ts: str = ""
    """The message it is or is about."""

    root: str = ""
    """The first message of the thread."""

    text: str = ""
    direct: bool = False
    """Whether it was said in a direct message."""

    action: str = ""
    """Which button, form, or tab."""

    value: str = ""
    trigger: str = ""
    """What lets a form be opened, for three seconds."""

    outside: bool = False
    """Whether Slack says that people of other workspaces are involved."""

    @property
    def thread(self) -> str:
        """The conversation it belongs to; a command begins one of its own."""
        if self.entry == "command":
            return self.keys[0]
        return f"{self.team}/{self.channel}/{self.root or self.ts}"


def read(body: dict[str, Any], bot: str = "") -> Incoming | None:
    """What a request of Slack is about; None when it is nothing for us."""
    kind = body.get("type")
    try:
        if kind == "event_callback":
            return _event(body, body["event"], bot)
        if kind == "block_actions":
            return _button(body)
        if kind == "view_submission":
            return _modal(body)
        if kind == "message_action":
            return _shortcut(body)
        return _command(body) if "command" in body else None
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return None


def plain(text: str, bot: str = "") -> str:
    """A message as it was typed: without the bot's name, with what links show in place of them."""
    told = REFERENCE.sub(lambda found: _reference(found[1], found[2] or "", bot), text)
    return " ".join(html.unescape(told).split())[:MAX_TEXT]


def _reference(target: str, label: str, bot: str) -> str:
    if target == f"@{bot}":
        return " "
    return label or target.removeprefix("mailto:").removeprefix("!")


def _event(body: dict[str, Any], event: dict[str, Any], bot: str) -> Incoming | None:
    kind, team = event["type"], str(body["team_id"])
    key = f"event:{body['event_id']}"
    if kind == "app_home_opened":
        return Incoming(
            "home", (key,), team, event["user"], event["channel"], direct=True, action=event["tab"]
        )
    human = event.get("subtype") in HUMAN and not event.get("bot_id") and event.get("user") != bot
    if kind not in ("message", "app_mention") or not human:
        return None
    channel, ts = event["channel"], event["ts"]
    theirs = event.get("user_team") or event.get("source_team") or event.get("team") or team
    return Incoming(
        "mention" if kind == "app_mention" else "message",
        (key, f"message:{team}:{channel}:{ts}"),
        team,
        event["user"],
        channel,
        ts,
        event.get("thread_ts") or "",
        event.get("text") or "",
        direct=event.get("channel_type") == "im" or channel.startswith("D"),
        outside=bool(body.get("is_ext_shared_channel")) or theirs != team,
    )


def _button(body: dict[str, Any]) -> Incoming:
    (action, *_), held = body["actions"], body.get("container") or {}
    message = body.get("message") or {}
    ts = message.get("ts") or held.get("message_ts") or ""
    known = Incoming(
        "button",
        (f"button:{body['trigger_id']}:{action['action_id']}",),
        _team(body),
        body["user"]["id"],
        (body.get("channel") or {}).get("id") or held.get("channel_id") or "",
        ts,
        message.get("thread_ts") or held.get("thread_ts") or ts,
        action=action["action_id"].partition(":")[0],
        value=str(action.get("value") or ""),
        trigger=body["trigger_id"],
        outside=_outside(body),
    )
    return replace(known, direct=known.channel.startswith("D"))


def _modal(body: dict[str, Any]) -> Incoming:
    view = body["view"]
    place = json.loads(view["private_metadata"])
    fields = [one for block in view["state"]["values"].values() for one in block.values()]
    return Incoming(
        "modal",
        (f"modal:{view['id']}:{view.get('hash', '')}",),
        _team(body),
        body["user"]["id"],
        place["channel"],
        place["ts"],
        place["root"],
        str(fields[0].get("value") or "") if fields else "",
        direct=place["channel"].startswith("D"),
        action=view["callback_id"],
        value=place["value"],
        outside=_outside(body),
    )


def _shortcut(body: dict[str, Any]) -> Incoming:
    message, channel = body["message"], body["channel"]["id"]
    return Incoming(
        "shortcut",
        (f"shortcut:{body['trigger_id']}",),
        _team(body),
        body["user"]["id"],
        channel,
        message["ts"],
        message.get("thread_ts") or message["ts"],
        message.get("text") or "",
        direct=channel.startswith("D"),
        action=body["callback_id"],
        trigger=body["trigger_id"],
        outside=_outside(body),
    )


def _command(body: dict[str, Any]) -> Incoming:
    return Incoming(
        "command",
        (f"command:{body['trigger_id']}",),
        body["team_id"],
        body["user_id"],
        body["channel_id"],
        text=body.get("text") or "",
        direct=body["channel_id"].startswith("D"),
        trigger=body["trigger_id"],
    )


def _team(body: dict[str, Any]) -> str:
    return str((body.get("team") or {}).get("id") or "")


def _outside(body: dict[str, Any]) -> bool:
    """Whether somebody of another workspace has pressed."""
    theirs = body["user"].get("team_id")
    return theirs is not None and theirs != _team(body)
