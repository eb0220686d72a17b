"""A feature flag as PostHog sends it, in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.objects import Stored, person_name
from tools.wording import every

NEWER = "rules of a newer kind, which hogloop does not read"


@dataclass(frozen=True)
class Variant:
    """One value of a flag with several, and its share in percent."""

    key: str
    share: float
    name: str = ""


@dataclass(frozen=True)
class Condition:
    """Who gets the flag: everyone who meets it, or a part of them."""

    words: str
    """"" for everyone."""

    rollout: float
    """In percent of those who meet it."""

    variant: str | None = None
    """The variant that all of them get, where one is set."""

    meeting: int | None = None
    """How many persons or groups meet it now, before the rollout; None when it is not known."""

    total: int | None = None


@dataclass(frozen=True)
class Flag:
    """A feature flag in plain words."""

    id: int
    key: str
    description: str
    on: bool
    conditions: tuple[Condition, ...]
    """Any of these is enough."""

    variants: tuple[Variant, ...]
    reaches: str
    """persons, or the group type that is asked instead."""

    cohorts: tuple[str, ...]
    """The cohorts that its conditions ask about."""

    experiments: tuple[str, ...]
    tested: bool
    """Whether one of its experiments runs now."""

    tags: tuple[str, ...]
    version: int | None
    created_at: str | None
    changed_at: str | None
    changed_by: str
    last_called_at: str | None
    note: str = ""

    @property
    def widest(self) -> float:
        """The largest rollout of any condition, 0 when it is off."""
        return max((one.rollout for one in self.conditions), default=0.0) if self.on else 0.0


def read_flag(body: Stored, groups: Sequence[str] = ()) -> Flag:
    """A flag as PostHog sends it, in plain words."""
    conditions = tuple(_condition(one, groups) for one in groups_of(body))
    called = body.get("experiment_set_metadata") or []
    return Flag(
        id=int(body["id"]),
        key=str(body["key"]),
        description=str(body.get("name") or ""),
        on=bool(body.get("active")),
        conditions=conditions,
        variants=_variants(body.get("filters") or {}),
        reaches=_reaches(body, groups),
        cohorts=_cohorts(body),
        experiments=tuple(str(one.get("name")) for one in called),
        tested=any(bool(one.get("is_running")) for one in called),
        tags=tuple(map(str, body.get("tags") or ())),
        version=body.get("version"),
        created_at=body.get("created_at"),
        changed_at=body.get("updated_at"),
        changed_by=person_name(body.get("last_modified_by") or body.get("created_by")),
        last_called_at=body.get("last_called_at"),
        note=NEWER if (body.get("filters") or {}).get("version") == 2 else "",
    )


def said(flag: Flag) -> str:
    """Whom a flag reaches, in one sentence part."""
    if flag.note:
        return flag.note
    return " or ".join(condition_said(one, flag) for one in flag.conditions) or "nobody"


def condition_said(one: Condition, flag: Flag) -> str:
    """One condition with its rollout: “25% of persons where …”."""
    everyone = "everyone" if flag.reaches == "persons" else f"every {flag.reaches}"
    several = "persons" if flag.reaches == "persons" else f"{flag.reaches} groups"
    who = everyone if one.rollout == 100 else f"{one.rollout:g}% of {several}"
    where = "" if one.words.startswith(("in ", "not in ")) else "where "
    forced = f", all of them {one.variant}" if one.variant else ""
    return f"{who}{f' {where}{one.words}' if one.words else ''}{forced}"


def groups_of(body: Stored) -> list[Stored]:
    """The stored conditions of a flag."""
    found = (body.get("filters") or {}).get("groups")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _condition(stored: Stored, groups: Sequence[str]) -> Condition:
    rollout = stored.get("rollout_percentage")
    return Condition(
        words=every(stored.get("properties") or (), groups),
        rollout=100.0 if rollout is None else float(rollout),
        variant=stored.get("variant"),
    )


def _variants(filters: Stored) -> tuple[Variant, ...]:
    found = (filters.get("multivariate") or {}).get("variants") or []
    return tuple(
        Variant(
            str(one["key"]), float(one.get("rollout_percentage") or 0), str(one.get("name") or "")
        )
        for one in found
    )


def _reaches(body: Stored, groups: Sequence[str]) -> str:
    index = (body.get("filters") or {}).get("aggregation_group_type_index")
    if index is None:
        return "persons"
    return groups[index] if index < len(groups) else f"group type {index}"


def _cohorts(body: Stored) -> tuple[str, ...]:
    asked = [
        p
        for one in groups_of(body)
        for p in one.get("properties") or ()
        if p.get("type") == "cohort"
    ]
    return tuple(dict.fromkeys(str(p.get("cohort_name") or p.get("value")) for p in asked))
