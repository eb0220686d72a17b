"""When an event happened: what its sender says, less what the sender's clock is wrong by."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

FUTURE = timedelta(hours=23)
EARLIEST = datetime(1900, 1, 2, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def happened(
    said: Any, *, now: datetime, sent_at: datetime | None = None, offset: Any = None
) -> datetime:
    """PostHog's rule: as long before now as the sender says it was before sending."""
    at = moment(said)
    if at is not None:
        return _sane(at, now, sent_at)
    if isinstance(offset, int) and not isinstance(offset, bool):
        return _sane(now - _span(milliseconds=offset), now, None)
    return now


def corrected(at: datetime, skew: timedelta, now: datetime) -> datetime:
    """An instant less the difference between the sender's clock and ours; never far ahead."""
    try:
        return _sane(at - skew, now, None)
    except OverflowError:
        return EPOCH


def moment(said: Any) -> datetime | None:
    """An instant in the notations that PostHog reads; without a zone it is UTC."""
    if isinstance(said, int | float) and not isinstance(said, bool):
        return _from_milliseconds(said)
    if not isinstance(said, str) or not said:
        return None
    found = _from_iso(said.strip()) or _from_mail(said)
    if found is None:
        return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None


def rfc3339(said: str) -> datetime | None:
    """An instant in the one notation that newer routes take: with its zone."""
    try:
        found = datetime.fromisoformat(said)
        return None if found.tzinfo is None or len(said) < 20 else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _from_milliseconds(value: float) -> datetime | None:
    try:
        return EPOCH + timedelta(milliseconds=value)
    except OverflowError:
        return None


def _from_iso(said: str) -> datetime | None:
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        return None


def _from_mail(said: str) -> datetime | None:
    try:
        return parsedate_to_datetime(said)
    except ValueError:
        return None


def _span(*, milliseconds: int) -> timedelta:
    try:
        return timedelta(milliseconds=milliseconds)
    except OverflowError:
        return timedelta()


def _sane(at: datetime, now: datetime, sent_at: datetime | None) -> datetime:
    try:
        at = at if sent_at is None else now + (at - sent_at)
    except OverflowError:
        return EPOCH
    if at > now + FUTURE:
        return now
    return EPOCH if at < EARLIEST else at
