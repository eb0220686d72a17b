"""Objects that people keep in PostHog, found by their names."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any, Generic, TypeVar

from tools.client import PostHog
from tools.errors import InvalidArguments
from tools.fence import fence

Stored = Mapping[str, Any]
MODEL_ROWS = 100
T = TypeVar("T")


@dataclass(frozen=True)
class Listed(Generic[T]):
    """Objects of one kind; `whole` says whether there are more."""

    rows: tuple[T, ...]
    whole: bool = True
    note: str = ""
    """What the reader has to know about all of them."""

    def for_model(self) -> str:
        """The objects as fenced JSON without empty fields, with a note when there are more."""
        shown = [compact(row) for row in self.rows[:MODEL_ROWS]]
        more = "" if self.whole and len(shown) == len(self.rows) else "\nThere are more: search."
        return fence(shown) + (f"\n{self.note}" if self.note else "") + more


def compact(row: Any) -> Any:
    """A dataclass as a dictionary without what is empty."""
    return _full(asdict(row))


def _full(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: _full(inner) for name, inner in value.items()}
        return {k: v for k, v in kept.items() if v is not None and v not in ("", (), [], {})}
    return [_full(inner) for inner in value] if isinstance(value, list | tuple) else value


def listed(
    posthog: PostHog, route: str, read: Callable[[Stored], T], limit: int, **params: str | int
) -> Listed[T]:
    """The first `limit` objects of a list."""
    asked = {name: value for name, value in params.items() if value != ""}
    found = list(islice(posthog.pages(route, **asked), max(1, limit) + 1))
    rows = tuple(read(body) for body in found[: max(1, limit)])
    return Listed(rows, whole=len(found) <= max(1, limit))


def named(
    posthog: PostHog,
    route: str,
    name: str,
    field: str,
    *,
    search: bool = False,
    **params: str | int,
) -> Stored:
    """The one object of that name or id, or `InvalidArguments` with the nearest names."""
    if search and name.strip():
        found = list(
            _matching(list(posthog.pages(route, search=name.strip()[:200], **params)), name, field)
        )
        if len(found) == 1:
            return found[0]
    every = list(posthog.pages(route, **params))
    found = list(_matching(every, name, field))
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(str(one.get("id")) for one in found)
        raise InvalidArguments(f"Several are called {name!r}: give one of the ids {ids}.")
    raise InvalidArguments(_nothing(name, [str(one.get(field)) for one in every]))


def person_name(author: Any) -> str:
    """Who made or changed something, as people call them; "" when it isn't known."""
    if not isinstance(author, dict):
        return ""
    names = [str(author.get(part) or "") for part in ("first_name", "last_name")]
    return " ".join(filter(None, names)) or str(author.get("email") or "")


def _matching(every: Sequence[Stored], name: str, field: str) -> Iterator[Stored]:
    said = name.strip().lower()
    exact = [one for one in every if str(one.get(field)).lower() == said]
    yield from exact or [one for one in every if str(one.get("id")) == said]


def _nothing(name: str, names: list[str]) -> str:
    lowered = {one.lower(): one for one in names}
    near = [lowered[one] for one in get_close_matches(name.lower(), lowered, n=3, cutoff=0.5)]
    if near:
        return f"There is no {name!r}: did you mean {' or '.join(map(repr, near))}?"
    some = ", ".join(names[:5])
    return (
        f"There is no {name!r}, only {some}{', …' if len(names) > 5 else ''}."
        if some
        else (f"There is no {name!r}: the project has none at all.")
    )
