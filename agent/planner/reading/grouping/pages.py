"""Pages, as views of them or as where another event happened."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.chunks import Chunk, joined, only
from agent.planner.english.names import Link
from agent.planner.reading.groups import Condition, Event

VIEWS = ("$pageview",)


def page(chunks: Sequence[Chunk]) -> Chunk:
    """A page that has a path in the data, as views of it."""
    (page,) = only(chunks, "page")
    found = page.value if isinstance(page.value, tuple) else ()
    values = () if found else (page.value,)
    condition = Condition((), found, "=", values, path=True)
    seen = next((c.value for c in only(chunks, "event")), Event((Link("$pageview", 1.0),)))
    return joined(chunks, "event", replace(seen, conditions=(*seen.conditions, condition)))


def on_page(chunks: Sequence[Chunk]) -> Chunk | None:
    """Rage clicks on the search page: another event, where it happened."""
    event, page = chunks[0].value, chunks[-1]
    if any(link.name in VIEWS for link in event.links):
        return None
    found = page.value if isinstance(page.value, tuple) else ()
    values = () if found else (page.value,)
    condition = Condition((), found, "=", values, path=True)
    return joined(chunks, "event", replace(event, conditions=(*event.conditions, condition)))


def page_views(chunks: Sequence[Chunk]) -> Chunk | None:
    """Pricing page views: only where the event may be a page view."""
    (event,) = only(chunks, "event")
    if not any(link.name in VIEWS for link in event.value.links):
        return None
    views = tuple(link for link in event.value.links if link.name in VIEWS)
    return page(
        [replace(c, value=replace(c.value, links=views)) if c is event else c for c in chunks]
    )


def step_to(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """… then /pricing: a path as a step is a view of it."""
    then, where = chunks
    if not where.value.path or where.value.links:
        return None
    return [then, replace(where, kind="event", value=Event((Link(VIEWS[0], 1.0),), (where.value,)))]


def viewed_path(chunks: Sequence[Chunk]) -> Chunk | None:
    """Visited /pricing: a page view, whatever else the verb may mean."""
    (event,), (where,) = only(chunks, "event"), only(chunks, "where")
    views = tuple(link for link in event.value.links if link.name in VIEWS)
    if not where.value.path or not views:
        return None
    seen = replace(event.value, links=views, conditions=(*event.value.conditions, where.value))
    return joined(chunks, "event", seen)
