"""Requests to save, rename, delete or send insights and dashboards, and other changes."""

import re

from agent.answer import Draft
from agent.planner.objects import lookups, naming, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.catalogue import coming, events_for
from agent.planner.objects.deeds import OFF, deed
from agent.planner.objects.noting import annotation
from agent.planner.objects.saved import COLUMNS, about, row
from agent.planner.world import Request, World
from tools.saved import Saved
from tools.wording import joined

UNNAMED = "New dashboard"
BEFORE = re.compile(
    r"\b(?:an?|the|our)\s+(?:new\s+)?(?!new\b)(?P<name>\S.*?)\s+dashboards?\W*$", re.IGNORECASE
)
PREFIX = re.compile(
    r"(?:an?|the)?\s*[\"'“‘](?P<text>[^\"'”’]+)[\"'”’]\s*prefix|prefix(?:ed)?\s+(?:of|with|by)?\s*[\"'“‘](?P<other>[^\"'”’]+)[\"'”’]",
    re.IGNORECASE,
)


def saved_change(asked: Asked, world: World) -> Draft | None:
    """What a request about saved things would do, None when it asks for something else."""
    if asked.opens("write.tag") and not asked.says("quality.silent"):
        return _definitions(asked, world)
    if asked.opens("write.send") and not asked.says("refuse.people"):
        return _sent(asked, world)
    if asked.opens("write.note") and asked.says("noun.annotation", "write.note"):
        return annotation(asked, world)
    if (
        asked.opens("write.create")
        and asked.says("noun.dashboard")
        and not asked.says("dashboard.metric")
    ):
        return _dashboard(asked, world)
    if asked.opens("write.rename", "write.delete", "write.copy", "write.change") and asked.says(
        "noun.insight", "noun.dashboard"
    ):
        return _existing(asked, world)
    if asked.opens("asset.save") and not asked.has(
        "cohort|image|png|picture|pdf|csv|json|screenshot|file"
    ):
        return _insight(asked, world)
    return None


def _dashboard(asked: Asked, world: World) -> Draft:
    """A new dashboard: what is saved already for it, and questions that give the rest."""
    name = _name(asked)
    if name == UNNAMED and world.offers("create_dashboard"):
        return telling.asks("What should the dashboard be called?")
    if made := deed(("create_dashboard", {"name": name}), world):
        return made
    topic = naming.topic(asked, *phrases.word_set("dashboard.plain"))
    saved = lookups.softly(world, ("list_saved", {}))
    every = saved[0].rows if saved else ()
    insights = [one for one in every if one.kind == "insight"]
    boards = [
        one for one in every if one.kind == "dashboard" and topic and about(topic, [one], every)
    ]
    found = about(topic, insights, every) if topic else insights
    found = found or [
        one for one in insights if {board.id for board in boards} & set(one.dashboards)
    ]
    content = asked.after("that|which shows|show|displays") or asked.after("showing")
    questions = [asked.written(content)] if content else _questions(topic, world)
    rows = [row(one, world) for one in found]
    held = f" with {telling.many(len(found), 'insight')} saved already" if found else ""
    there = (
        "A dashboard like it exists:"
        f" {joined([f'{one.name} (dashboard {one.id})' for one in boards])}."
        if boards
        else ""
    )
    return telling.declined(
        f"A dashboard “{name}” would be created{held}. Nothing was created: {OFF}.",
        there,
        (
            f"Saved insights that belong on it: {joined([one.name for one in found])}."
            if found
            else "No saved insight is about that yet."
        ),
        f"Figures for it that hogloop can give now: {'; '.join(f'“{one}”' for one in questions)}.",
        f"In PostHog: Dashboards → New dashboard ({telling.place(world, 'dashboard')}), then add"
        " insights.",
        tables=[telling.table(COLUMNS, rows)] if rows else [],
        choices=questions,
        assumptions=(f"the name “{name}” is a proposal",) if not asked.quoted else (),
    )


def _insight(asked: Asked, world: World) -> Draft:
    """An insight to be saved; the same may be saved already."""
    topic = naming.topic(
        asked,
        *phrases.word_set("dashboard.plain"),
        "save",
        "trends",
        "trend",
        "tracking",
        "team",
        "later",
        "chart",
        "as",
        "called",
    )
    saved = lookups.softly(world, ("list_saved", {}))
    every = saved[0].rows if saved else ()
    found = about(topic, [one for one in every if one.kind == "insight"], every) if topic else []
    words = " ".join(topic) or "that"
    same = (
        f"One is saved already: {joined([f'{one.name} (insight {one.id})' for one in found[:3]])}."
        if found
        else ""
    )
    questions = _questions(topic, world)
    return telling.declined(
        f"An insight on “{words}” would be saved. Nothing was saved: ask for the figures first,"
        " then say “save this as an insight called NAME”.",
        same,
        f"The figures themselves: {'; '.join(f'“{one}”' for one in questions)}.",
        "In PostHog: open or make the insight and press Save"
        f" ({telling.place(world, 'insights', 'new')}).",
        tables=[telling.table(COLUMNS, [row(one, world) for one in found])] if found else [],
        choices=questions,
    )


def _existing(asked: Asked, world: World) -> Draft | None:
    """Rename, delete or copy something that is saved."""
    if asked.opens("refuse.destroy") and asked.says("refuse.bulk"):
        return telling.declined(
            "No: saved things are not deleted all at once on one sentence, and"
            f" {telling.READS_ONLY}.",
            "Name the one that is meant.",
        )
    names = {one.name: one for one in lookups.saved(world)}
    spelled = naming.named(asked, names)
    if not spelled:
        return _no_such(asked, list(names))
    one = names[spelled[0].name]
    if asked.opens("write.rename", "write.change"):
        to = _new_name(asked, one)
        call: Request = (f"update_{one.kind}", {str(one.kind): str(one.id), "new_name": to})
        said = to and asked.opens("write.rename")
        return (deed(call, world) if said else None) or _renamed(one, to, names, world)
    call = (f"delete_{one.kind}", {str(one.kind): str(one.id)})
    if asked.opens("write.delete") and (made := deed(call, world)):
        return made
    verb = "deleted" if asked.opens("write.delete") else "copied"
    why = OFF if verb == "deleted" else telling.READS_ONLY
    on = f" It is on {telling.many(len(one.dashboards), 'dashboard')}." if one.dashboards else ""
    return telling.declined(
        f"The {one.kind} “{one.name}” would be {verb}. Nothing was changed: {why}.",
        f"It is {one.kind} {one.id}.{on}",
        f"In PostHog that is done on {_page(one, world)}.",
    )


def _no_such(asked: Asked, names: list[str]) -> Draft:
    said = asked.quoted[0] if asked.quoted else ""
    near = naming.near(said, names) if said else names[:5]
    return telling.declined(
        (
            f"No saved insight or dashboard is called “{said}”."
            if said
            else "Which one? No saved insight or dashboard is named."
        ),
        f"There are: {joined(near or names[:5])}.",
    )


def _renamed(one: Saved, to: str, names: dict[str, Saved], world: World) -> Draft:
    other = names.get(to)
    taken = f" A {other.kind} of that name exists already." if other and other != one else ""
    return telling.declined(
        f"The {one.kind} “{one.name}” would be called “{to}”. Nothing was changed: {OFF}.",
        f"It is {one.kind} {one.id}, last modified {telling.at(one.changed_at, world)} by "
        f"{one.changed_by or 'somebody unknown'}.{taken}",
        f"In PostHog the name is changed on {_page(one, world)}.",
        tables=[
            telling.table((f"{one.kind} {one.id}", "now", "would be"), [("name", one.name, to)])
        ],
    )


def _page(one: Saved, world: World) -> str:
    page = ("insights", one.short_id) if one.kind == "insight" else ("dashboard", one.id)
    return telling.place(world, *page)


def _sent(asked: Asked, world: World) -> Draft | None:
    """Something to be sent or watched again and again."""
    if not asked.says("send.about"):
        return None
    alert = asked.says("send.alert")
    topic = naming.topic(asked, *phrases.word_set("send.plain"))
    saved = lookups.softly(world, ("list_saved", {}))
    every = saved[0].rows if saved else ()
    found = about(topic, every, every) if topic else []
    named = joined([f"{one.name} ({one.kind} {one.id})" for one in found[:3]], "or")
    what = "watches nothing and sends no alerts" if alert else "sends nothing on a schedule"
    how = "“Subscribe” on an insight or a dashboard, by e-mail or Slack, with day and hour"
    how = "“Alerts” on a trend" if alert else how
    return telling.declined(
        f"hogloop {what}, so this can't be set up here; nothing was created.",
        f"In PostHog: {how}{f'; what fits is {named}' if named else ''}.",
        "" if named else "Nothing saved here goes by that name; it has to be saved first.",
        'On a schedule of your own (cron) `hogloop ask --json "…"` gives the figures of any'
        " question.",
        tables=[telling.table(COLUMNS, [row(one, world) for one in found[:5]])] if found else [],
    )


def _definitions(asked: Asked, world: World) -> Draft:
    """Changes of events, properties and persons, which hogloop does not make either."""
    words = naming.topic(
        asked,
        "hide",
        "archive",
        "delete",
        "remove",
        "rename",
        "merge",
        "tag",
        "describe",
        "verify",
        "split",
    )
    events = [one.name for one in events_for(words, world) if one.share >= 0.6][:3] if words else []
    found = f" The nearest here: {joined(events)}." if events else ""
    what = f"Meant is {joined(asked.emails)}." if asked.emails else found.strip()
    return telling.declined(
        "That would change events, properties or persons of the project. Nothing was changed:"
        f" {telling.READS_ONLY}.",
        what,
        f"In PostHog: {telling.place(world, 'data-management', 'events')} for events and"
        " properties, the person's page for a person.",
    )


def _name(asked: Asked) -> str:
    if asked.quoted:
        return asked.quoted[0]
    if named := asked.after("called|named"):
        return asked.written(named)
    if asked.has("dashboard|dashboards $") and (found := BEFORE.search(asked.text)):
        return found["name"]
    after = asked.after("for|of|about|on") or asked.after("dashboard|dashboards")
    end = next(
        (i for i, token in enumerate(after) if token.word in ("with", "that", "which")), len(after)
    )
    text = asked.written(after[:end]) or UNNAMED
    return f"{text[:1].upper()}{text[1:]}"[:60]


def _new_name(asked: Asked, one: Saved) -> str:
    """The name that a thing is to have: told, or made with a prefix."""
    if found := PREFIX.search(asked.text):
        return f"{found['text'] or found['other']}{one.name}"
    others = [text for text in asked.quoted if text != one.name]
    return others[-1] if others else asked.written(asked.after("to|into"))


def _questions(topic: list[str], world: World) -> list[str]:
    """Questions that hogloop answers, on the events that a topic means."""
    kept = [word for word in topic if word not in ("retention", "funnel", "conversion", "trends")]
    found = (
        coming(
            [one.name for one in events_for(kept, world, described=False) if one.share >= 0.6],
            world,
        )[:3]
        if kept
        else []
    )
    names = list(
        dict.fromkeys(
            found or [one.name for one in world.events.names if not one.name.startswith("$")][:3]
        )
    )
    if "retention" in topic:
        return [f"weekly retention of {name}" for name in names]
    if {"funnel", "conversion"} & set(topic) and len(names) > 1:
        return [f"conversion from {names[1]} to {names[0]}"]
    return [f"{name} per week for the last 8 weeks" for name in names]
