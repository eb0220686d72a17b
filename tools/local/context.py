"""What the HogQL compiler must know of the project."""

from tools.local.definitions import SESSION_TYPES, properties
from tools.local.hogql import Context
from tools.local.home import Home
from tools.local.materialise import columns


def query_context(home: Home) -> Context:
    """The compiler's view of the project as it is now."""
    project = home.meta.project
    types = {(row.type, row.name): row.property_type for row in properties(home.meta)}
    types |= {("session", name): kind for name, kind in SESSION_TYPES.items()}
    return Context(
        timezone=project.timezone,
        week_start=project.week_start,
        property_types=types,
        materialised={("events", key): name for key, name in columns(home.meta).items()},
        now=project.now,
        group_types=project.group_types,
    )
