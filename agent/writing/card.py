"""The card of a change: what a person reads before approving it, made from the change alone."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tools.changes.change import Change, Risk

MAX_VALUE = 160
MAX_WORD = 80
RISKS = {
    Risk.SMALL: "small",
    Risk.NORMAL: "normal",
    Risk.HIGH: "high",
    Risk.FINAL: "can't be taken back",
}


@dataclass(frozen=True)
class Card:
    """A change as people see it; every text is safe for one line of a terminal."""

    id: str
    where: str
    """Project and host."""

    headline: str
    rows: tuple[tuple[str, str, str], ...]
    """What differs, now, after."""

    exactly: tuple[str, ...]
    """Every field that differs, none left out."""

    notes: tuple[str, ...]
    risk: str
    undo: str
    good_until: str
    typed: str
    """What has to be typed to approve it; "" where yes is enough."""

    waits_for: str = ""
    """Whom it waits for and why, where the one who asked for it may not approve it."""

    @property
    def facts(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What belongs under the rows, each with its name."""
        named = {
            "Exactly": self.exactly,
            "Know": self.notes,
            "Risk": (self.risk,),
            "Undo": (self.undo,),
            "Project": (self.where,),
            "Good until": (self.good_until,),
            "Waits for": (self.waits_for,) if self.waits_for else (),
        }
        return tuple(named.items())


def card(change: Change, timezone: str = "UTC", waits_for: str = "") -> Card:
    """The card of a change."""
    until = datetime.fromtimestamp(change.expires_at, UTC).astimezone(ZoneInfo(timezone))
    place = change.place
    return Card(
        id=change.id,
        where=plain(f"{place.project or 'project'} ({place.project_id}) on {place.host}"),
        headline=plain(change.headline[:1].upper() + change.headline[1:]),
        rows=tuple(
            (plain(one.what), plain(one.now), plain(one.after)) for one in change.differences
        ),
        exactly=tuple(_exactly(change)),
        notes=tuple(map(plain, change.notes)),
        risk=plain(f"{RISKS[change.risk]}: {change.reason}"),
        undo=plain(f"hogloop undo {change.id} proposes to {change.undo}"),
        good_until=f"{until:%H:%M:%S} ({timezone})",
        typed=word(change) if change.risk >= Risk.HIGH else "",
        waits_for=plain(waits_for),
    )


def word(change: Change) -> str:
    """What is typed to approve something risky: its name, or its id where that can't be typed."""
    name = change.target.name
    return name if 0 < len(name) <= MAX_WORD and name == plain(name).strip() else change.id


def plain(text: str) -> str:
    """Text in which what is no visible letter, or only looks like one, shows as its code."""
    return "".join(_word(word) for word in re.split(r"(\W+)", text))


def _word(word: str) -> str:
    """A word; where scripts are mixed, all letters but the Latin ones show as their codes."""
    scripts = {script for one in word if (script := _script(one))}
    mixed = len(scripts) > 1 and "LATIN" in scripts
    return "".join(
        one if _honest(one) and not (mixed and _script(one) not in ("", "LATIN")) else _code(one)
        for one in word
    )


def _script(letter: str) -> str:
    """LATIN, CYRILLIC, …; "" for what is no letter."""
    return unicodedata.name(letter, "").partition(" ")[0] if letter.isalpha() else ""


def _code(letter: str) -> str:
    return f"\\u{{{ord(letter):x}}}"


def _exactly(change: Change) -> Iterator[str]:
    for path, before, after in change.exactly:
        yield plain(f"{path}: {_shortened(_value(before))} → {_value(after)}")


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _shortened(text: str) -> str:
    """Of a long text its head, its tail and its length; what is sent is never shortened."""
    if len(text) <= MAX_VALUE:
        return text
    half = MAX_VALUE // 2
    return f"{text[:half]} … {text[-half:]} ({len(text):,} characters)"


def _honest(letter: str) -> bool:
    """Whether a letter looks like what it is: no control, no format, no odd space."""
    return letter == " " or unicodedata.category(letter)[0] not in "CZ"
