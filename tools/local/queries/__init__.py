"""PostHog's typed queries, answered through HogQL."""

from collections.abc import Mapping

from tools.local.queries.kind import Kind

_ALL: tuple[Kind, ...] = ()
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
