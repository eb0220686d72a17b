"""Who a flag is asked about: an id, its properties, its groups, its cohorts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tools.local.flags.cohorts import Document, Membership
from tools.local.flags.flag import Flag
from tools.local.flags.matching import Values

_NOTHING: Values = {}


@dataclass(frozen=True)
class Group:
    """A group the request named: its key and what is known of it."""

    key: str
    values: Values


@dataclass(frozen=True)
class Subject:
    """One person as a request presents them."""

    distinct_id: str
    values: Values
    now: datetime
    """The project's clock, in its zone."""

    groups: Mapping[int, Group] = field(default_factory=dict)
    device_id: str | None = None
    cohorts: Mapping[int, Document] = field(default_factory=dict)
    static: frozenset[int] = frozenset()
    kept: Mapping[str, str] = field(default_factory=dict)
    """The id a flag goes by, for flags that stay what they were before the person was known."""

    anonymous_id: str | None = None

    @property
    def membership(self) -> Membership:
        """The person among the cohorts."""
        return Membership(self.cohorts, self.static, self.values, self.now)

    def identifier(self, flag: Flag, group: int | None) -> str:
        """What a flag hashes; empty when there is nothing to hash."""
        if group is not None:
            return self.groups[group].key if group in self.groups else ""
        if flag.by_device and self.device_id:
            return self.device_id
        if flag.continuous:
            return self.kept.get(flag.key) or self.anonymous_id or self.distinct_id
        return self.distinct_id

    def properties(self, wanted: Document, group: int | None) -> Values:
        """The properties one filter looks at."""
        kind = wanted.get("type") or ("person" if group is None else "group")
        if kind != "group":
            return self.values
        index = wanted.get("group_type_index", group)
        found = self.groups.get(-1 if index is None else index)
        return found.values if found else _NOTHING
