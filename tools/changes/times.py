"""Points in time as people say them to a tool, and as PostHog writes them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tools.client import PostHog
from tools.errors import InvalidArguments


def now_of(posthog: PostHog) -> datetime:
    """What time it is for the project, whose clock may stand still."""
    told = posthog.project.now
    return _zoned(posthog, datetime.fromisoformat(told)) if told else datetime.now(UTC)


def instant(posthog: PostHog, text: str) -> datetime:
    """A day or a moment in the project's time zone, or `InvalidArguments`."""
    try:
        return _zoned(posthog, datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise InvalidArguments(
            f"{text!r} is no day and no moment: write 2026-11-12 or 2026-11-12T09:30."
        ) from None


def written(at: datetime) -> str:
    """An instant as PostHog writes it, to the second."""
    try:
        return at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    except OverflowError:
        raise InvalidArguments(f"{at.isoformat()} is too far away.") from None


def said(posthog: PostHog, at: datetime) -> str:
    """An instant for people, in the project's time zone."""
    zone = posthog.project.timezone
    return f"{at.astimezone(ZoneInfo(zone)):%A %Y-%m-%d %H:%M} ({zone})"


def _zoned(posthog: PostHog, at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(posthog.project.timezone))
