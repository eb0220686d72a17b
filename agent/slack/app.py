"""hogloop in Slack put together, and its two ways in: Socket Mode and HTTP.

The only module that imports slack_bolt, which checks signatures and holds the socket.
"""

import atexit
import fcntl
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from agent.answer import Answer
from agent.assemble import banner, build_agent, open_posthog
from agent.chart.picture import picture
from agent.chat.welcome import first_questions
from agent.errors import AgentError, SettingsError
from agent.journal import Journal
from agent.loop import Agent
from agent.session import Session
from agent.settings import Settings, SlackSettings, load_settings, load_slack
from agent.slack.bot import Bot
from agent.slack.changes import Standing
from agent.slack.database import Database
from agent.slack.decide import Decider
from agent.slack.deliver import Desk
from agent.slack.files import Files
from agent.slack.gate import Gate, Me
from agent.slack.inbox import Inbox
from agent.slack.link import Linker
from agent.slack.manifest import SUGGESTED
from agent.slack.members import members
from agent.slack.perform import Performer, Picture
from agent.slack.rules import Rules, load_rules
from agent.slack.store import Store
from agent.slack.talks import Talks
from agent.slack.web import SlackWeb, Web, client, require_slack
from agent.slack.workers import Workers
from agent.writing.gate import Gate as Changes
from agent.writing.ledger import Ledger

if TYPE_CHECKING:
    from slack_bolt import App, BoltRequest, BoltResponse

log = logging.getLogger("hogloop.slack")

PING = 1.0
"""Seconds between two looks whether the socket is alive."""

LAST = 10.0
"""Seconds that running questions have to end in when the bot is stopped."""


OpenAgent = Callable[[], AbstractContextManager[Agent]]


@dataclass(frozen=True)
class Outside:
    """What the bot reaches, and how it waits."""

    web: Web
    agents: OpenAgent
    quick: Executor
    sleep: Callable[[float], None]
    draw: Picture


@contextmanager
def running(
    settings: Settings,
    slack: SlackSettings,
    *,
    web: Web | None = None,
    agents: OpenAgent | None = None,
    quick: Executor | None = None,
    sleep: Callable[[float], None] = time.sleep,
    draw: Picture | None = None,
) -> Iterator[Bot]:
    """The bot, at work until the block ends; one process at a time for a data folder."""
    rules = load_rules(settings.policy.with_name("slack.toml"))
    with ExitStack() as stack:
        stack.enter_context(_alone(settings))
        database = Database(settings.home / "slack.db")
        stack.callback(database.close)
        outside = Outside(
            web or SlackWeb(slack.bot_token, slack.api_url),
            agents or (lambda: build_agent(settings)),
            quick or stack.enter_context(ThreadPoolExecutor(8, "slack-quick")),
            sleep,
            draw or _picture,
        )
        yield _bot(settings, rules, database, outside, stack)


def _bot(
    settings: Settings, rules: Rules, database: Database, outside: Outside, stack: ExitStack
) -> Bot:
    web = outside.web

    @contextmanager
    def open_agent() -> Iterator[Agent]:
        with outside.agents() as agent:
            if isinstance(gate := agent.toolbox.gate, Changes):
                gate.mode = Standing(allowed=bool(rules.approvers))
            yield agent

    @contextmanager
    def open_session(transcript: str) -> Iterator[Session]:
        with open_agent() as agent:
            session = Session(agent, settings.home, started=datetime.now(UTC), warn=log.warning)
            try:
                if transcript:
                    session.resume(transcript)
            except AgentError as error:
                log.warning("a thread begins anew: %s", error)
            with closing(session):
                yield session

    @cache
    def introduced() -> tuple[str, tuple[str, ...]]:
        with open_agent() as agent:
            return banner(settings, agent), first_questions(agent.tools) or SUGGESTED

    me, store, inbox = _me(web), Store(database), Inbox(database)
    belonging = members(rules, lambda: open_posthog(settings), embedded=bool(settings.embedded))
    gate, desk = Gate(web, me, rules, belonging, store), Desk(web, inbox, sleep=outside.sleep)
    talks = Talks(store, open_session)
    stack.callback(talks.close)
    journal = Journal(settings.home / "journal.db")
    decider = Decider(desk, store, Ledger(settings.home / "journal.db"), open_agent)
    files = Files(desk, journal, open_agent)
    performer = Performer(gate, desk, talks, store, journal, decider, files, me.user, outside.draw)
    pool = Workers(inbox, performer.perform, performer.give_up, decider.expire)
    bot = Bot(
        me=me, web=web, gate=gate, inbox=inbox, store=store, desk=desk, journal=journal,
        performer=performer, decider=decider, linker=Linker(store, open_agent),
        budget=rules.budget, about=lambda: introduced()[:1], suggest=lambda: introduced()[1],
        quick=outside.quick, wake=pool.wake,
    )  # fmt: skip
    outside.quick.submit(decider.settle)
    pool.start()
    stack.callback(pool.end, LAST)
    return bot


def _picture(answer: Answer) -> bytes | None:
    """The answer's chart; where it can't be drawn the answer comes without."""
    try:
        return picture(answer)
    except (SettingsError, ValueError):
        return None


def _me(web: Web) -> Me:
    body = web.call("auth.test")
    return Me(str(body["team_id"]), str(body["user_id"]), str(body.get("user") or "hogloop"))


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Two processes would answer twice."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (settings.home / "slack.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(
                f"hogloop already runs in Slack with {settings.home}: stop it first, and let a "
                "WSGI server start one process with threads."
            ) from None
        yield


def bolt(bot: Bot, slack: SlackSettings) -> "App":
    """Bolt's app around the bot: it checks signatures, everything else is the bot's."""
    require_slack()
    from slack_bolt import App, BoltResponse

    def keep(request: "BoltRequest") -> "BoltResponse":
        body: dict[str, Any] = request.body
        if body.get("type") == "url_verification":
            return BoltResponse(status=200, body={"challenge": str(body.get("challenge", ""))})
        reply = bot.receive(body)
        return BoltResponse(status=reply.status, body=reply.body or "")

    return App(
        token=slack.bot_token,
        signing_secret=slack.signing_secret,
        before_authorize=keep,
        token_verification_enabled=False,
    )


def listen(bot: Bot, slack: SlackSettings, until: Callable[[], object]) -> None:
    """Take requests from Slack's socket until `until` returns; connects again when it is cut."""
    from slack_bolt.adapter.socket_mode import SocketModeHandler

    SlackWeb(slack.app_token, slack.api_url).call("apps.connections.open")
    handler: Any = SocketModeHandler(
        bolt(bot, slack),
        slack.app_token,
        web_client=client(slack.app_token, slack.api_url),
        ping_interval=PING,
    )
    try:
        handler.connect()
        until()
    finally:
        handler.close()


def application() -> Callable[..., Any]:
    """The bot as a WSGI application at /slack/events, for one process with threads."""
    from slack_bolt.adapter.wsgi import SlackRequestHandler

    settings, slack = load_settings(), load_slack()
    if not (slack.bot_token and slack.signing_secret):
        raise SettingsError("Over HTTP, set SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET.")
    stack = ExitStack()
    atexit.register(stack.close)
    bot = stack.enter_context(running(settings, slack))
    handler: Callable[..., Any] = SlackRequestHandler(bolt(bot, slack))
    return handler
