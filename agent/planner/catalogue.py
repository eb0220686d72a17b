"""“What do you track?”: the project's events and properties, with counts."""

from agent.answer import AnswerTable, Draft
from agent.planner.lexicon import lexicon
from agent.planner.linking import link
from agent.planner.measures import SURE
from agent.planner.words import tokenize
from agent.planner.world import World

ASKED = (
    "what do you track", "what do we track", "what is tracked", "what are we tracking",
    "what events", "which events", "list events", "list all events", "list the events",
    "show events", "show all events", "show me all events", "show me the events", "what data",
    "what can i ask", "what properties", "which properties", "list properties",
    "list all properties", "list the properties", "show properties", "what do you know",
    "what kind of data", "what can you tell", "what is in this project", "help",
)  # fmt: skip
COUNTS = (
    "SELECT event, count() AS events, min(timestamp) AS first_seen, max(timestamp) AS last_seen\n"
    "FROM events\nGROUP BY event\nORDER BY events DESC"
)


def is_catalogue(question: str, world: World) -> bool:
    """Whether the question is about what the project tracks, and about nothing else."""
    words = [token.word for token in tokenize(question) if token.kind != "mark"]
    hit = next((a for a in ASKED if words[: len(a.split())] == a.split()), None)
    if hit is None:
        return False
    known = lexicon().filler - lexicon().most - lexicon().least | {"project", "we", "you", "track"}
    rest = " ".join(w for w in words[len(hit.split()) :] if w not in known and "propert" not in w)
    return not rest or bool(_event(rest, world))


def catalogue(question: str, world: World) -> Draft:
    """The events with their counts, or the properties of the event that is named."""
    if "propert" in question.lower():
        return _properties(_event(question, world), world)
    return _events(world)


def _event(text: str, world: World) -> str | None:
    """The event the text names, if it names one surely."""
    tokens = tokenize(text)
    links = link(tokens, range(len(tokens)), world.events)
    return links[0].name if links and links[0].score >= SURE else None


def _events(world: World) -> Draft:
    (result,) = world.look(("run_hogql", {"query": COUNTS, "limit": 1000}))
    table = AnswerTable(result.columns, result.rows, result.whole, len(result.rows))
    total = sum(row[1] for row in result.rows)
    clock = world.clock
    covered = (
        f", from {clock.first:%Y-%m-%d} to {clock.last:%Y-%m-%d}"
        if clock.first and clock.last
        else ""
    )
    return Draft(
        "answered",
        f"{world.facts.name} tracks {len(result.rows)} kinds of events, {total:,} in all{covered}.",
        "Ask “what properties does EVENT have?” for more about one of them.",
        (table,),
    )


def _properties(event: str | None, world: World) -> Draft:
    found = world.properties(event)
    rows = tuple((prop.name, prop.kind) for prop in found.values())
    of = f"{event} has" if event else "Events have"
    return Draft(
        "answered",
        f"{of} {len(rows)} properties.",
        tables=(AnswerTable(("property", "type"), rows, True, len(rows)),),
    )
