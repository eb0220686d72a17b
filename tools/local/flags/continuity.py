"""Flags that stay what they were when a visitor becomes known.

PostHog keeps, per person and flag, the anonymous id the flag was first decided with.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tools.local.flags.flag import Flag
from tools.local.meta import Meta

KIND = "feature_flag_hash_key"


class Ids(Protocol):
    """The two ids of a request."""

    @property
    def distinct_id(self) -> str:
        """Who asks now."""
        ...

    @property
    def anonymous_id(self) -> str | None:
        """Who they were before."""
        ...


def kept(
    meta: Meta, people: Mapping[str, str], asked: Ids, flags: Sequence[Flag]
) -> Mapping[str, str]:
    """The id each continuous flag goes by for this person; `people` is distinct id → person.

    A request that names the anonymous id settles those that are not settled yet.
    """
    keys = [flag.key for flag in flags if flag.continuous]
    if not keys:
        return {}
    if asked.anonymous_id:
        _settle(meta, set(people.values()), keys, asked.anonymous_id)
    found: dict[str, str] = {}
    for one in (asked.anonymous_id, asked.distinct_id):
        found |= _of(meta, people.get(one or "", ""))
    return found


def _settle(meta: Meta, persons: set[str], keys: Sequence[str], anonymous_id: str) -> None:
    for person in sorted(persons):
        if set(keys) <= set(_of(meta, person)):
            continue
        with meta.transaction():
            settled = {**dict.fromkeys(keys, anonymous_id), **_of(meta, person)}
            meta.put_documents({KIND: [{"id": person, "flags": settled}]})


def _of(meta: Meta, person: str) -> dict[str, str]:
    body: dict[str, Any] = meta.document(KIND, person) or {}
    flags: dict[str, str] = body.get("flags", {})
    return flags
