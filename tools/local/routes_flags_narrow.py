"""Routes that change one thing of a flag, so that its targeting never has to be sent.

After the lifecycle and rollout actions of products/feature_flags (PostHog pull requests 92133 and
100151, 2026). That archiving a flag turns it off as well is how PostHog's screens do it.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from pydantic import BaseModel, Field

from tools.local.bodies import ApiError, invalid
from tools.local.flags.approvals import held
from tools.local.flags.changes import changed_flag
from tools.local.flags.flag import KIND
from tools.local.flags.schedule import apply_due
from tools.local.flags.shown import Surroundings
from tools.local.flags.status import variants
from tools.local.flags.store import keep
from tools.local.flags.writing import Document, SentFlag
from tools.local.objects import found
from tools.local.routes import Body, Call, Reply, Route, read

ONE = "/api/projects/<project>/feature_flags/<id>/"
EVERYONE = {"properties": [], "rollout_percentage": 100}


class Share(BaseModel):
    """Another rollout of one condition."""

    condition_index: int = Field(ge=0)
    rollout_percentage: float = Field(ge=0, le=100)
    version: int


class Everyone(BaseModel):
    """A flag for everybody; of several variants one has to be named."""

    version: int
    variant_key: str | None = None


def switch(**fields: bool) -> Callable[[Call], Body | Reply]:
    """A route that sets fields of a flag; what is so already is left alone."""

    def answer(call: Call) -> Body | Reply:
        return _written(call, None, lambda flag: dict(fields))

    return answer


def set_release_condition_rollout(call: Call) -> Body | Reply:
    """Another rollout of one condition."""
    sent = read(Share, call.request)
    return _written(call, sent.version, lambda flag: {"filters": _shared(flag, sent)})


def roll_out_to_everyone(call: Call) -> Body | Reply:
    """A condition for everybody before all others."""
    sent = read(Everyone, call.request)
    return _written(call, sent.version, lambda flag: {"filters": _opened(flag, sent.variant_key)})


def _written(
    call: Call, version: int | None, change: Callable[[Document], Document]
) -> Body | Reply:
    meta = call.home.meta
    apply_due(meta)
    with meta.transaction():
        before = found(meta, KIND, call.arguments["id"])
        if before.get("deleted"):
            return Reply({"error": "This feature flag has been deleted."}, 400)
        if version is not None and version != before.get("version"):
            said = f"The feature flag changed since version {version}. Read it again."
            raise ApiError(409, "server_error", "conflict", said)
        # A field that was never set is one that is off.
        sent = {
            name: one for name, one in change(before).items() if (before.get(name) or False) != one
        }
        if not sent:
            return Surroundings.of(call.home).show(before)
        after = changed_flag(meta, before, SentFlag.model_validate(sent))
        if answer := held(meta, before, after):
            return answer
        keep(meta, before, after)
    return Surroundings.of(call.home).show(after)


def _shared(flag: Document, sent: Share) -> Document:
    filters = deepcopy(flag.get("filters") or {})
    groups = filters.get("groups") or []
    if not groups:
        raise invalid("This flag has no release conditions.", attr="condition_index")
    if sent.condition_index >= len(groups):
        said = f"This flag has no release condition {sent.condition_index}. It has {len(groups)}."
        raise invalid(said, attr="condition_index")
    groups[sent.condition_index]["rollout_percentage"] = _whole(sent.rollout_percentage)
    return filters


def _opened(flag: Document, variant: str | None) -> Document:
    filters = deepcopy(flag.get("filters") or {})
    if filters.get("feature_enrollment"):
        raise invalid("People enroll in this flag's early access: end that first.")
    keys = [one["key"] for one in variants(flag)]
    _check_variant(keys, variant)
    for one in (filters.get("multivariate") or {}).get("variants") or []:
        one["rollout_percentage"] = 100 if one["key"] == variant else 0
    groups = filters.get("groups") or []
    if not (groups and _reaches_all(groups[0], filters)):
        filters["groups"] = [dict(EVERYONE), *groups]
    return filters


def _check_variant(keys: list[str], variant: str | None) -> None:
    if variant is None and keys:
        said = f"Say which variant everyone gets: {', '.join(keys)}."
        raise invalid(said, attr="variant_key")
    if variant is not None and not keys:
        raise invalid("This flag has no variants.", attr="variant_key")
    if variant is not None and variant not in keys:
        said = f"This flag has no variant '{variant}'. It has {', '.join(keys)}."
        raise invalid(said, attr="variant_key")


def _reaches_all(group: dict[str, Any], filters: Document) -> bool:
    whole = filters.get("aggregation_group_type_index")
    return (
        not group.get("properties")
        and group.get("rollout_percentage") in (100, None)
        and not group.get("variant")
        and group.get("aggregation_group_type_index", whole) == whole
    )


def _whole(share: float) -> float:
    return int(share) if share == int(share) else share


WRITE = "feature_flag:write"
ROUTES = (
    Route("POST", f"{ONE}enable/", WRITE, switch(active=True)),
    Route("POST", f"{ONE}disable/", WRITE, switch(active=False)),
    Route("POST", f"{ONE}archive/", WRITE, switch(archived=True, active=False)),
    Route("POST", f"{ONE}unarchive/", WRITE, switch(archived=False)),
    Route("POST", f"{ONE}set_release_condition_rollout/", WRITE, set_release_condition_rollout),
    Route("POST", f"{ONE}roll_out_to_everyone/", WRITE, roll_out_to_everyone),
)
