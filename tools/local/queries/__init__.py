"""PostHog's queries by their kind, answered through HogQL."""

from collections.abc import Mapping

from tools.local.experiments.kinds import KINDS as EXPERIMENTS
from tools.local.queries import (
    actors,
    database_schema,
    events_query,
    funnels,
    groups_query,
    hogql_answers,
    lifecycle,
    paths,
    retention,
    stickiness,
    taxonomy,
    trends,
    web_overview,
    web_stats,
)
from tools.local.queries.kind import Kind

_ALL: tuple[Kind, ...] = (
    *EXPERIMENTS,
    *actors.KINDS,
    *hogql_answers.KINDS,
    *taxonomy.KINDS,
    database_schema.KIND,
    events_query.KIND,
    groups_query.KIND,
    funnels.KIND,
    lifecycle.KIND,
    paths.KIND,
    retention.KIND,
    stickiness.KIND,
    trends.KIND,
    web_overview.KIND,
    web_stats.KIND,
)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
