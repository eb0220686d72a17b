"""What time it is in the project."""

from datetime import UTC, datetime

from tools.local.meta import ProjectRow


def clock(project: ProjectRow) -> datetime:
    """The project's own clock, which may stand still."""
    return project.now or datetime.now(UTC)


def stamp(project: ProjectRow) -> str:
    """This instant on the project's clock, as PostHog writes it."""
    return clock(project).astimezone(UTC).isoformat().replace("+00:00", "Z")
