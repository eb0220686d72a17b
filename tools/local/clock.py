"""What time it is in the project."""

from datetime import UTC, datetime

from tools.local.bodies import invalid
from tools.local.meta import ProjectRow


def clock(project: ProjectRow) -> datetime:
    """The project's own clock, which may stand still."""
    return project.now or datetime.now(UTC)


def stamp(project: ProjectRow) -> str:
    """This instant on the project's clock, as PostHog writes it."""
    return written(clock(project))


def written(at: datetime) -> str:
    """An instant as PostHog writes it."""
    return utc(at).isoformat().replace("+00:00", "Z")


def utc(at: datetime) -> datetime:
    """An instant in UTC; one without a zone is there already."""
    try:
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except OverflowError:
        raise invalid(f"{at.isoformat()} is not in a year from 1 to 9999 in UTC.") from None
