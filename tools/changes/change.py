"""A change as it was proposed: everything that a person approves, and nothing that comes later.

Its id and its hash follow from its content, so that what is approved is what is sent.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property
from itertools import zip_longest
from typing import Any, Self

from pydantic import TypeAdapter

from tools.errors import ChangeRefused
from tools.fence import fence

LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
MAX_BYTES = 256 * 1024
VALID_SECONDS = 600
"""How long a proposal may wait for its approval."""

Fields = Mapping[str, Any]


class Risk(IntEnum):
    """What a change may do to people, and how surely it can be taken back."""

    SMALL = 1
    """Reversible, and hardly anybody meets it."""

    NORMAL = 2
    """Reversible."""

    HIGH = 3
    """Many people meet it, or an experiment runs on it: its name has to be typed."""

    FINAL = 4
    """Can't be taken back: refused unless the policy allows it."""


class Outcome(StrEnum):
    """What became of a change so far: a step of its life in the journal."""

    PROPOSED = "proposed"
    """It waits for a person."""

    REJECTED = "rejected"
    EXPIRED = "expired"
    APPROVED = "approved"
    SENDING = "sending"
    """The request may have left; how it ended is not known yet."""

    APPLIED = "applied"
    STALE = "stale"
    """Something moved since it was proposed, so it was not made."""

    WAITING = "waiting"
    """PostHog asks its own approvers; nothing was changed."""

    REFUSED = "refused"
    """PostHog did not take it, or could not be reached; nothing was changed."""

    UNKNOWN = "unknown"
    """Reading does not tell whether it was made; a person has to look."""

    @property
    def ended(self) -> bool:
        """Whether nothing more can become of it."""
        return self not in (Outcome.PROPOSED, Outcome.APPROVED, Outcome.SENDING, Outcome.UNKNOWN)


@dataclass(frozen=True)
class Target:
    """The object that a change is about."""

    kind: str
    """feature flag, cohort, insight, dashboard, annotation, experiment."""

    name: str
    """Its key or its name, which people type to approve what is risky."""

    id: int | str | None = None
    """PostHog's id; None for what is to be made."""


@dataclass(frozen=True)
class Request:
    """The one request that makes the change."""

    method: str
    path: str
    """Under the project."""

    body: Fields
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """One thing that differs, in plain words."""

    what: str
    now: str
    after: str


@dataclass(frozen=True)
class Place:
    """Where the change goes, and with whose key."""

    host: str
    project_id: int
    project: str
    key_id: str


@dataclass(frozen=True)
class Change:
    """One proposed change."""

    tool: str
    place: Place
    target: Target
    headline: str
    """What would be done, as an order: “Roll new-checkout out to 25%”."""

    differences: tuple[Difference, ...]
    request: Request
    before: Fields | None
    """The guarded fields as they were read; None for what is to be made."""

    after: Fields
    """The guarded fields that the change sets, as they will read."""

    risk: Risk
    reason: str
    """Why it is of that risk."""

    undo: str
    """How it can be taken back, in words."""

    made_at: float
    """Seconds since 1970."""

    older: Request | None = None
    """The same change for a PostHog that lacks the narrow route of `request`."""

    notes: tuple[str, ...] = ()
    """Who is affected, what depends on it, who changed it last."""

    undoes: str = ""
    """The id of the change that this one takes back."""

    step: float = 0.0
    """Points by which it moves a rollout, where its fields do not tell."""

    last_edit: str | None = None
    """The latest edit of its object in PostHog's activity log; None where that can't be read."""

    @property
    def expires_at(self) -> float:
        """When it is too old to be approved."""
        return self.made_at + VALID_SECONDS

    @property
    def makes(self) -> bool:
        """Whether it makes something new."""
        return self.before is None

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the whole change in canonical JSON."""
        return hashlib.sha256(canonical(self.as_json()).encode()).hexdigest()

    @property
    def id(self) -> str:
        """A short name of the hash that people can read out."""
        number, letters = int(self.hash[:16], 16), ""
        for _ in range(8):
            number, letter = divmod(number, len(LETTERS))
            letters += LETTERS[letter]
        return f"c_{letters}"

    @property
    def exactly(self) -> tuple[tuple[str, Any, Any], ...]:
        """Every field that differs, by its path, as it is and as it would be."""
        before = {name: (self.before or {}).get(name) for name in self.after}
        return tuple(differing(before, self.after))

    def as_json(self) -> dict[str, Any]:
        """All of it, as JSON holds it."""
        shown: dict[str, Any] = json.loads(json.dumps(asdict(self), allow_nan=False))
        return shown

    @classmethod
    def of_json(cls, body: Mapping[str, Any]) -> Self:
        """The change that `as_json` was made of."""
        read = TypeAdapter(cls).validate_python(dict(body))
        return read

    def for_model(self) -> str:
        """That it is proposed, for a language model; people see the card."""
        return f"Proposed as {self.id}: {self.headline}. Nothing is changed yet."


@dataclass(frozen=True)
class Done:
    """What became of a change."""

    change: Change
    outcome: Outcome
    sentence: str
    moved: tuple[str, ...] = ()
    """Fields that differ from what was approved or expected."""

    now: Fields = field(default_factory=dict)
    """The guarded fields as they were read last."""

    object_id: int | str | None = None
    """PostHog's id of the object, also of one that was made."""

    request_id: str = ""
    """PostHog's own request for approval, where it asks for one."""

    page: str = ""
    """The path of the object's page on the host, where it has one."""

    def for_model(self) -> str:
        """Which change it was and what became of it; the card and the journal hold the rest."""
        told = {"change": self.change.id, "what": self.change.headline, "became": self.sentence}
        return fence(told | ({"page": self.page} if self.page else {}))


def canonical(body: Any) -> str:
    """JSON with one spelling: sorted names, no spaces, no NaN."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    if len(text) > MAX_BYTES:
        raise ChangeRefused(
            f"With what is there now the change has more than {MAX_BYTES >> 10} KB, too much to be "
            "shown and kept: make it in PostHog."
        )
    return text


def differing(before: Any, after: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """Where two JSON values differ: path, before, after.

    A field that is missing counts as None; a place in a list that is missing counts as nothing at
    all, because a condition that asks for nothing is met by everyone.
    """
    if isinstance(before, Mapping | None) and isinstance(after, Mapping | None):
        before, after = before or {}, after or {}
        names = [*before, *(name for name in after if name not in before)]
        found = []
        for name in names:
            inner = f"{path}.{name}" if path else str(name)
            found += differing(before.get(name), after.get(name), inner)
        return found
    if isinstance(before, list | None) and isinstance(after, list | None):
        old, new = before or [], after or []
        found = []
        for i, pair in enumerate(zip_longest(old, new)):
            inner, one_sided = f"{path}[{i}]", i >= min(len(old), len(new))
            found += differing(*pair, inner) or ([(inner, *pair)] if one_sided else [])
        return found
    same = before == after or (_nothing(before) and _nothing(after))
    return [] if same else [(path, before, after)]


def _nothing(value: Any) -> bool:
    return value is None or (isinstance(value, list | Mapping) and not value)
