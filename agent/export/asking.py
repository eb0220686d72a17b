"""From words to an export: the events that an answer counted, themselves."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from agent.answer import Answer
from agent.errors import SettingsError
from agent.journal import Journal
from agent.loop import Agent
from agent.messages import Assistant, Message, User
from agent.planner.objects.exports import FORM, VERBS
from tools.client import PostHog
from tools.conditions import Owners, Where, hogql
from tools.errors import InvalidArguments
from tools.exports.choices import events
from tools.exports.what import What

NOT_ALL = ("first_time", "weekly_active", "monthly_active")
"""What is counted of other events than all those of the period."""


def asked_for(agent: Agent, words: str, columns: Sequence[str]) -> tuple[What, Answer]:
    """The export that words ask for, and the answer that counts its rows."""
    question = VERBS.sub("", FORM.sub("", words)).strip(" .?!")
    messages = list(agent.ask(question))
    answer = messages[-1]
    assert isinstance(answer, Answer)
    counted = counting([m for m in messages if isinstance(m, Assistant)])
    if counted is None or answer.outcome != "answered":
        raise SettingsError(
            f"“{question}” does not say which events to export: {answer.headline} Name them, as in "
            "“orders of last month”, or use --events, --persons, --cohort or --query."
        )
    return events_of(agent.toolbox.posthog, counted, columns), answer


def counting(messages: Sequence[Message]) -> dict[str, Any] | None:
    """The arguments of the last call that counted one kind of events; None when there is none.

    Where only some of the events were counted, such as the first of each person, there is none.
    """
    calls = [call for m in messages if isinstance(m, Assistant) for call in m.tool_calls]
    for call in reversed(calls):
        if call.name == "run_trends" and isinstance(call.arguments, dict):
            series = call.arguments.get("series") or []
            plain = len(series) == 1 and series[0].get("math") not in NOT_ALL
            return call.arguments if plain else None
    return None


def events_of(posthog: PostHog, counted: dict[str, Any], columns: Sequence[str]) -> What:
    """The events that arguments of run_trends count."""
    (series,) = counted["series"]
    owners, zone = Owners(posthog), ZoneInfo(posthog.project.timezone)
    conditions = [*(counted.get("where") or ()), *(series.get("where") or ())]
    where = [hogql(Where.model_validate(one), owners) for one in conditions]
    start, end = counted.get("date_from"), counted.get("date_to")
    return events(
        posthog,
        series.get("events") or (),
        read_time(start, zone) if start else datetime(2000, 1, 1, tzinfo=zone),
        read_time(end, zone, whole=True) if end else datetime(2100, 1, 1, tzinfo=zone),
        columns=columns,
        where=where,
    )


def read_time(text: str, zone: ZoneInfo, *, whole: bool = False) -> datetime:
    """A day or a moment in the project's zone; with `whole` the end of a day that is named."""
    try:
        found = datetime.fromisoformat(text)
        if whole and _is_day(text):
            found += timedelta(days=1)
        found = found if found.tzinfo else found.replace(tzinfo=zone)
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidArguments(f"{text!r} is no date: write 2026-11-01.") from None


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def export_counted(agent: Agent, name: str, journal: Journal) -> str:
    """Write the events that the conversation counted last to a file; says what came of it."""
    from agent.export.doing import begin, carry_out, told
    from agent.export.folder import Folder

    counted = counting(_last_turn(agent.messages))
    if not name or counted is None:
        raise SettingsError(
            "Name a file, after a question that counts events: /export orders.csv."
            if not name
            else "The last answer counted no single kind of events: ask for one, then /export."
        )
    posthog, folder = agent.toolbox.posthog, Folder(Path(name).expanduser().absolute())
    begin(posthog, folder, lambda: events_of(posthog, counted, ()), None)
    return told(carry_out(posthog, folder, journal))


def is_verifying(words: Sequence[str]) -> bool:
    """Whether the words are `verify FILE` and not a question."""
    if len(words) != 2 or words[0] != "verify":
        return False
    return not re.search(r"\s", words[1]) or Path(words[1]).exists()


def _last_turn(messages: Sequence[Message]) -> Sequence[Message]:
    """What came after the last question."""
    asked = max((n for n, one in enumerate(messages) if isinstance(one, User)), default=0)
    return messages[asked:]
