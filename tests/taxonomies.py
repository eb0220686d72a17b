"""Small made-up projects for the planner's tests: what the lookup tools would say of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agent.messages import Assistant, Message, ToolCall, ToolResult, User
from agent.planner.conversation import Conversation
from agent.planner.plan import Plan, Reply
from agent.planner.reading.reader import read as read_question
from agent.planner.reading.sentences import asked
from agent.planner.world import Known, Missing, World
from tools.query import QueryTable
from tools.taxonomy import Definitions, ProjectFacts
from tools.values import CHANNELS, COLUMNS

KINDS = {"n": "Numeric", "b": "Boolean", "s": "String", "t": "DateTime"}


@dataclass(frozen=True)
class Taxonomy:
    """Events with properties ("name:kind"), person properties, and the values there are."""

    events: dict[str, str]
    persons: str = ""
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    now: str | None = "2026-11-15T12:00:00Z"
    first: str = "2025-09-01T00:00:00Z"
    last: str = "2026-11-15T11:00:00Z"
    ended: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    sessions: str = (
        "$session_duration:n $is_bounce:b $entry_pathname:s $exit_pathname:s $channel_type:s"
    )

    def run(self, name: str, arguments: dict[str, Any]) -> Any:
        """What a lookup tool returns."""
        return getattr(self, f"_{name}")(arguments)

    def _describe_project(self, arguments: dict[str, Any]) -> ProjectFacts:
        groups = tuple(self.groups)
        return ProjectFacts(1, "Test", "UTC", 1, self.now, self.first, self.last, 1000, groups)

    def _list_events(self, arguments: dict[str, Any]) -> Definitions:
        rows = [
            {"name": name, "description": "", "last_seen_at": self.ended.get(name, self.last)}
            for name in self.events
        ]
        return Definitions(tuple(rows), whole=True)

    def _list_properties(self, arguments: dict[str, Any]) -> Definitions:
        rows = _typed(self._named(arguments)).items()
        return Definitions(tuple({"name": n, "property_type": k} for n, k in rows), whole=True)

    def _find_values(self, arguments: dict[str, Any]) -> QueryTable:
        held = {"event": " ".join(self.events.values()), "person": self.persons, **self.groups}
        rows = [
            (text, holder, name, value, 10)
            for text in arguments["texts"]
            for name, values in self.values.items()
            for value in values
            if value.lower() == text.lower()
            for holder, names in held.items()
            if name in _typed(names)
        ]
        rows += [
            (text, "session", "$channel_type", channel, 1)
            for text in arguments["texts"]
            for channel in CHANNELS
            if channel.lower() == text.lower()
        ]
        return QueryTable(COLUMNS, tuple(rows), (), True, "")

    def _named(self, arguments: dict[str, Any]) -> str:
        if arguments["kind"] == "person":
            return self.persons
        if arguments["kind"] == "session":
            return self.sessions
        if arguments["kind"] == "group":
            return self.groups[arguments["group"]]
        event = arguments.get("event")
        return self.events[event] if event else " ".join(self.events.values())


def _typed(text: str) -> dict[str, str]:
    pairs = [name.rpartition(":") for name in text.split()]
    return {name: KINDS[kind] for name, _, kind in pairs}


def read(taxonomy: Taxonomy, *questions: str) -> Plan | Reply:
    """The reading of the last of these questions, asked one after the other."""
    talk = Conversation("")
    for question in questions:
        talk = replace(talk, question=question)
        last = _read(taxonomy, talk)
        talk = replace(talk, last=last, plan=talk.plan if isinstance(last, Reply) else last)
    assert talk.last is not None
    return talk.last


def _read(taxonomy: Taxonomy, talk: Conversation) -> Plan | Reply:
    messages: list[Message] = [User(talk.question)]
    for step in range(40):
        try:
            return _reading(talk, World(Known(messages)))
        except Missing as missing:
            messages += _looked_up(taxonomy, missing.requests, step)
    raise AssertionError("the planner never has enough")


def _reading(talk: Conversation, world: World) -> Plan | Reply:
    chosen = talk.chosen()
    if chosen is not None and not isinstance(chosen, str):
        return chosen
    question = chosen or asked(talk.question, world.clock)
    return talk.meant(question, world) or read_question(question, world)


def _looked_up(
    taxonomy: Taxonomy, requests: Sequence[tuple[str, dict[str, Any]]], step: int
) -> list[Message]:
    calls = tuple(ToolCall(f"{step}.{n}", name, args) for n, (name, args) in enumerate(requests))
    results = [ToolResult(c.id, c.name, "", taxonomy.run(c.name, c.arguments)) for c in calls]
    return [Assistant(tool_calls=calls), *results]


ORDER = "order_id:s revenue:n items:n country:s is_guest:b"
LINE = "order_id:s stock_code:s product:s quantity:n unit_price:n line_total:n country:s is_guest:b"
SHOP = Taxonomy(
    events={
        "product_purchased": LINE,
        "product_returned": LINE,
        "order_completed": ORDER,
        "order_cancelled": ORDER,
    },
    values={"country": ("United Kingdom", "Germany", "France")},
    now=None,
    first="2010-12-01T08:26:00Z",
    last="2011-12-09T12:50:00Z",
)

AUTO = (
    "$browser:s $os:s $device_type:s $geoip_country_name:s $geoip_country_code:s "
    "$geoip_city_name:s $pathname:s $current_url:s utm_source:s $session_id:s is_bot:b"
)
BOOKING = f"booking_id:s class_id:s category:s studio_id:s amount_usd:n {AUTO}"
STUDIO = Taxonomy(
    events={
        "$pageview": f"$referring_domain:s {AUTO}",
        "$rageclick": AUTO,
        "signed_up": f"method:s from_invite:b {AUTO}",
        "logged_in": f"method:s {AUTO}",
        "booking_started": BOOKING,
        "booking_completed": BOOKING,
        "booking_cancelled": f"reason:s {BOOKING}",
        "booked_class": "class_id:s amount:s",
        "review_submitted": f"rating:n city:s class_id:s {AUTO}",
        "payment_succeeded": f"kind:s amount_usd:n {AUTO}",
        "payment_failed": f"kind:s amount_usd:n error_code:s {AUTO}",
        "subscription_started": f"plan:s mrr_usd:n {AUTO}",
        "subscription_cancelled": f"plan:s mrr_usd:n {AUTO}",
    },
    persons="email:s plan:s initial_channel:s is_internal:b",
    values={
        "$browser": ("Chrome", "Safari"),
        "$os": ("iOS", "Windows"),
        "$device_type": ("Mobile", "Desktop"),
        "$geoip_country_name": ("United States", "Germany", "India", "Australia"),
        "method": ("google", "email"),
        "utm_source": ("google", "newsletter"),
        "plan": ("free", "unlimited"),
    },
    ended={"booked_class": "2026-03-01T20:00:00Z"},
)

TRACKER = Taxonomy(
    events={
        "TicketCreated": "priority:s queueName:s slaMinutes:n isEscalated:b",
        "Ticket Resolved": "priority:s queueName:s resolutionHours:n",
        "AgentLoggedIn": "region:s",
        "knowledgeBaseArticleViewed": "articleTitle:s secondsRead:n",
    },
    values={"priority": ("urgent", "low"), "queueName": ("billing",), "region": ("EMEA",)},
)
