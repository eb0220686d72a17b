"""The query route: answered at once, from what is kept, or later, with PostHog's words for each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tools.local.bodies import ApiError, not_found, server_error, unreadable
from tools.local.cohorts.calculation import fresh_for
from tools.local.home import Home
from tools.local.queries.kind import Kind
from tools.local.queries.overrides import DashboardFilter, overridden
from tools.local.queries.reader import Reader
from tools.local.queries.run import inner, read_query, run
from tools.local.query_cache import Answer, cache_key, made
from tools.local.query_jobs import Job
from tools.local.query_limits import Limits, check_quota, check_room
from tools.local.query_runs import Run
from tools.local.routes import Body, Call, Reply, Route, no_keys, parsed

NOT_LOADED = "The demo project is still being created. Try again in half a minute."
Refresh = Literal[
    "blocking",
    "async",
    "lazy_async",
    "async_except_on_cache_miss",
    "force_blocking",
    "force_async",
    "force_cache",
]
FORCED: tuple[Refresh, ...] = ("force_blocking", "force_async")
LATER: tuple[Refresh, ...] = ("async", "lazy_async", "force_async")


class Query(BaseModel):
    """The inner query; the fields of each kind are read by its own model."""

    model_config = ConfigDict(extra="allow")

    kind: str


class QueryRequest(BaseModel):
    """The body of a query request."""

    model_config = ConfigDict(extra="forbid")

    query: Query
    client_query_id: str | None = Field(default=None, max_length=200)
    refresh: Refresh | bool | None = None
    later: bool | None = Field(default=None, alias="async")
    filters_override: DashboardFilter | None = None
    variables_override: dict[str, Any] | None = None
    name: str | None = None
    limit_context: Literal["posthog_ai"] | None = None
    personal_api_key: str | None = None

    @property
    def mode(self) -> Refresh:
        """How it is to be answered; what is only looked up is computed where it is missing."""
        if self.later:
            return "force_async"
        if isinstance(self.refresh, bool):
            return "force_blocking" if self.refresh else "blocking"
        return self.refresh or "blocking"


@dataclass(frozen=True)
class Asked:
    """One query request, read."""

    call: Call
    mode: Refresh
    query: dict[str, Any]
    name: str
    key: str
    limits: Limits

    @property
    def home(self) -> Home:
        """The project."""
        return self.call.home

    def run(self) -> Run:
        """What its statements are marked with and bounded by."""
        gone = self.call.request.environ.get("waitress.client_disconnected")
        own = {"gone": gone} if gone and self.mode not in LATER else {}
        own["covers"] = _covers(self.call)
        return Run(self.name, seconds=self.limits.seconds, memory=self.limits.memory, **own)

    def fresh(self, run: Run) -> dict[str, Any]:
        """The answer as it is now; it is kept."""
        body = computed(self.query, self.home, run)
        answer = made(self.query, body)
        self.home.desk.cache.keep(self.key, answer)
        return {**body, "is_cached": False, **answer.fields(self.key), "query_status": None}


def query(call: Call) -> Body | Reply:
    """Answer one query of a kind the embedded project knows."""
    request = _request(call)
    if call.home.meta.fact("loading"):
        raise server_error(503, NOT_LOADED)
    limits = Limits.of(call.home.meta)
    call.home.desk.turnstile.enter(limits)
    given = overridden(
        request.query.model_dump(exclude_unset=True),
        request.filters_override,
        request.variables_override,
    )
    asked = dict(inner(given))
    kind = _kind(asked)
    fresh_for(call.home, asked)
    if kind.bare:
        return run(asked, Reader.of(call.home, Run(covers=_covers(call))))
    key = cache_key(asked, call.key.scopes if call.key else (), call.home.store, call.home.meta)
    name = request.client_query_id or token_hex(16)
    return _answered(Asked(call, request.mode, asked, name, key, limits))


def _request(call: Call) -> QueryRequest:
    """The body; PostHog calls a query it does not know, and a wrong field, no JSON."""
    try:
        return parsed(QueryRequest, call.request)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"][:2])
        raise unreadable(f"JSON parse error - {place}: {first['msg']}") from None


def _kind(asked: Mapping[str, Any]) -> Kind:
    try:
        return read_query(asked)[0]
    except ApiError as error:
        raise unreadable(f"JSON parse error - {error}") from None


def status(call: Call) -> Reply:
    """How far an asynchronous query is, with its answer once there is one."""
    job = _job(call)
    said = job.status()
    if call.request.args.get("show_progress") == "true" and not job.complete:
        said["query_progress"] = call.home.desk.jobs.progress(job)
    return Reply({"query_status": said}, _code(said))


def cancel(call: Call) -> Body:
    """End a query, or only take it out of the queue."""
    name, desk = call.arguments["query_id"], call.home.desk
    job = desk.jobs.find(name)
    if job is not None and job.complete:
        return {"message": "Query already complete"}
    desk.jobs.forget(name)
    if call.request.args.get("dequeue_only") == "true":
        return {"message": "Only tried to dequeue, not cancelling query on clickhouse"}
    desk.runs.stop(name)
    return {"message": "Cancelled query on clickhouse"}


def computed(asked: dict[str, Any], home: Home, under: Run) -> dict[str, Any]:
    """The answer to a query, computed; `hogloop` stays awake for it."""
    home.activity.begin()
    try:
        return run(asked, Reader.of(home, under))
    finally:
        home.activity.end()


def _covers(call: Call) -> Callable[[str], bool]:
    """Which objects the key of a request may read."""
    return call.key.covers if call.key else lambda scope: False


def _answered(asked: Asked) -> Body | Reply:
    """PostHog's order: what is kept and fresh, else what the mode says."""
    if asked.mode in FORCED:
        return _later(asked, {}, again=True) if asked.mode in LATER else _now(asked)
    kept = asked.home.desk.cache.find(asked.key)
    now = datetime.now(UTC)
    if kept is None:
        return _later(asked, {"cache_key": asked.key}) if asked.mode in LATER else _now(asked)
    if not kept.stale(now):
        return _kept(asked, kept)
    if asked.mode == "lazy_async" and not kept.stale(now, lazy=True):
        return _kept(asked, kept)
    if asked.mode in (*LATER, "async_except_on_cache_miss"):
        return _later(asked, _kept(asked, kept), again=True)
    return _now(asked)


def _kept(asked: Asked, answer: Answer) -> dict[str, Any]:
    return {**answer.body, "is_cached": True, **answer.fields(asked.key), "query_status": None}


def _now(asked: Asked) -> Body:
    _let_in(asked)
    with asked.home.desk.runs.add(asked.run()) as under:
        return asked.fresh(under)


def _later(asked: Asked, meanwhile: dict[str, Any], *, again: bool = False) -> Reply:
    _let_in(asked)
    project = asked.call.project.id
    job = asked.home.desk.jobs.start(asked.run(), project, asked.fresh, again=again)
    said = job.status()
    return Reply({**meanwhile, "query_status": said}, 200 if said["complete"] else 202)


def _let_in(asked: Asked) -> None:
    check_quota(asked.limits)
    check_room(asked.limits, len(asked.home.desk.runs))


def _job(call: Call) -> Job:
    name = call.arguments["query_id"]
    job = call.home.desk.jobs.find(name)
    if job is None:
        raise not_found(f"Query {name} not found for team {call.project.id}")
    return job


def _code(said: dict[str, Any]) -> int:
    if said["error"]:
        return 400 if said["error_message"] else 500
    return 200 if said["complete"] else 202


_MANY = "/api/projects/<project>/query/"
_ONE = f"{_MANY}<query_id>/"
ROUTES = (
    Route("POST", _MANY, "query:read", query),
    Route("POST", _ONE, None, no_keys),
    Route("GET", f"{_MANY}draft_sql/", None, no_keys),
    Route("GET", f"{_ONE}log/", None, no_keys),
    Route("GET", _ONE, "query:read", status),
    Route("DELETE", _ONE, "query:read", cancel),
)
