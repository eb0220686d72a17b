"""Hours that are to come, as people say them: on Friday at 9, in 3 days, on 4 December."""

import re
from datetime import datetime, timedelta

from agent.planner.english.points import DAYS

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" if len(name) > 3 else name for name in MONTHS)
ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d))?")
IN = re.compile(r"\bin (\d{1,3}|an?|one|two|three) (minute|hour|day|week)s?\b", re.IGNORECASE)
NAMED = re.compile(rf"\b(?:(next|this|on|by|coming) )?({'|'.join(DAYS)})\b", re.IGNORECASE)
DATED = re.compile(
    rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({MONTH})|({MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?)\b"
    r"(?:,? (\d{4}))?",
    re.IGNORECASE,
)
CLOCK = re.compile(
    r"\b(?:at )(\d{1,2})(?::(\d\d))?\s*(am|pm)?\b|\b(\d{1,2}):(\d\d)\s*(am|pm)?\b"
    r"|\b(\d{1,2})\s*(am|pm)\b",
    re.IGNORECASE,
)
COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}


def ahead(text: str, now: datetime) -> datetime | None:
    """The hour to come that a text names, in the zone of `now`; None where it names none."""
    try:
        if found := IN.search(text):
            count = COUNTS.get(found[1].lower()) or int(found[1])
            return now + timedelta(**{f"{found[2].lower()}s": count})
        day, clock = _day(text, now), _clock(text)
        if day is None:
            if clock is None:
                return None
            at = now.replace(hour=clock[0], minute=clock[1], second=0, microsecond=0)
            return at if at > now else at + timedelta(days=1)
        hour, minute = clock or (day.hour, day.minute)
        return day.replace(hour=hour, minute=minute)
    except ValueError:
        return None


def _day(text: str, now: datetime) -> datetime | None:
    """A day that is named, at its beginning."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if found := ISO.search(text):
        return datetime(*(int(part or 0) for part in found.groups()), tzinfo=now.tzinfo)  # type: ignore[arg-type, misc]
    if re.search(r"\btomorrow\b", text, re.IGNORECASE):
        return today + timedelta(days=1)
    if found := DATED.search(text):
        return _dated(found, today)
    if found := NAMED.search(text):
        days = (DAYS.index(found[2].lower()) - today.weekday()) % 7
        return today + timedelta(days=days or 7)
    return today if re.search(r"\b(?:today|tonight)\b", text, re.IGNORECASE) else None


def _dated(found: re.Match[str], today: datetime) -> datetime:
    day, name = int(found[1] or found[4]), (found[2] or found[3])[:3].lower()
    month = next(n for n, one in enumerate(MONTHS, 1) if one.startswith(name))
    if found[5]:
        return today.replace(year=int(found[5]), month=month, day=day)
    at = today.replace(month=month, day=day)
    return at if at >= today else at.replace(year=today.year + 1)


def _clock(text: str) -> tuple[int, int] | None:
    for word, hour in (("noon", 12), ("midnight", 0)):
        if re.search(rf"\b{word}\b", text, re.IGNORECASE):
            return hour, 0
    found = CLOCK.search(text)
    if found is None:
        return None
    hour, minute = int(found[1] or found[4] or found[7]), int(found[2] or found[5] or 0)
    half = (found[3] or found[6] or found[8] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return hour, minute
