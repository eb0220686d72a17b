"""What a kind of query is to the embedded project."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from tools.local.hogql.kinds import Node
from tools.local.queries.reader import Reader


@dataclass(frozen=True)
class Kind:
    """How queries of one kind are read and answered."""

    name: str
    model: type[BaseModel]
    """Without the field `kind`, which is taken off before."""

    answer: Callable[[Any, Reader], Mapping[str, Any]]
    """The body of PostHog's response, without what every response has."""

    actors: Callable[[Any, Any, Reader], Node] | None = None
    """Who is behind a point of the result: the query and the InsightActorsQuery around it, to a
    SELECT with the column `actor_id`."""

    bare: bool = False
    """Whether the answer goes out as it is, and is never kept: it is about no rows."""
