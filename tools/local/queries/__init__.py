"""PostHog's queries by their kind, answered through HogQL."""

from collections.abc import Mapping

from tools.local.queries import hogql_answers, trends
from tools.local.queries.kind import Kind

_ALL: tuple[Kind, ...] = (
    *hogql_answers.KINDS,
    trends.KIND,
)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
