"""Where the parts meet: settings in, an agent out."""

import os
import pwd
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from agent.answer import Answer
from agent.desk import Desk
from agent.errors import SettingsError
from agent.limits import Limits
from agent.loop import Agent
from agent.messages import Assistant, Usage
from agent.mixed import Mixed
from agent.model import Model
from agent.prices import load_prices
from agent.settings import EMBEDDED_HOST, Settings
from agent.spending import DailyPurse
from agent.writing.gate import Gate
from agent.writing.ledger import Ledger
from agent.writing.mode import WriteMode
from agent.writing.policy import load_policy
from tools.client import PostHog, unix_socket
from tools.errors import LocalProjectError
from tools.toolbox import Toolbox

if TYPE_CHECKING:
    from agent.openai_model import OpenAIModel
    from tools.local.connect import LocalProject
    from tools.local.progress import Creation

NO_CAUSE = (
    "That asks for no investigation: write “why did NAME fall last week”, “what changed this "
    "week” or “what goes with doing NAME”."
)
LOCAL = ("chdb", "numpy", "pyarrow", "waitress", "werkzeug")


def exhaust(steps: Iterator[object]) -> None:
    """Let a long piece of work run to its end unseen."""
    deque(steps, maxlen=0)


@contextmanager
def build_agent(
    settings: Settings,
    *,
    as_of: datetime | None = None,
    follow: Callable[[Iterator["Creation"]], None] = exhaust,
    client: Callable[..., PostHog] = PostHog,
) -> Iterator[Agent]:
    """An agent for the project and the model that the settings name; connections end with it.

    `follow` goes along with the creation of the demo project, where there is one to be made.
    """
    with closing(open_posthog(settings, follow=follow, client=client)) as posthog:
        toolbox = Toolbox(posthog, gate=build_gate(settings, posthog))
        if settings.model_name is None:
            yield Agent(_planner(toolbox, as_of, settings.glossary), toolbox)
            return
        daily = load_policy(settings.policy).daily
        purse = DailyPurse(settings.home / "journal.db", person(), daily)
        with closing(language_model(settings)) as model:
            desk = Desk(toolbox, _investigator(toolbox, as_of, settings.glossary))
            system = _system(settings, toolbox, as_of)
            limits = Limits(purse=purse, price=_price(settings, model.name))
            planner = _planner(toolbox, as_of, settings.glossary)
            spoken = Mixed(planner, model) if settings.mixed else model
            yield Agent(spoken, desk, system=system, limits=limits)


def _price(settings: Settings, model: str) -> Callable[[Usage], float | None]:
    """What a model's tokens cost, as far as its price is known."""
    prices = load_prices(settings.prices)
    return lambda usage: prices.of(model, usage.input_tokens, usage.output_tokens)


def build_gate(settings: Settings, posthog: PostHog) -> Gate:
    """Who decides about changes of the project; nobody is asked until an approver is set."""
    return Gate(
        posthog=posthog,
        ledger=Ledger(settings.home / "journal.db"),
        mode=WriteMode(settings.home / "write.json"),
        policy=load_policy(settings.policy),
        read_policy=lambda: load_policy(settings.policy),
        who=person(),
        own=settings.embedded is not None,
    )


def person() -> str:
    """Who is at this end, as the system knows them, whatever the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


def open_posthog(
    settings: Settings,
    *,
    follow: Callable[[Iterator["Creation"]], None] = exhaust,
    client: Callable[..., PostHog] = PostHog,
) -> PostHog:
    """A client for the project: PostHog's own, or an embedded one through its socket."""
    if settings.embedded is None:
        return client(
            host=settings.host, key=settings.posthog_key or "", project_id=settings.project_id
        )
    project = open_embedded(settings.home, settings.embedded, follow)
    return client(
        host=EMBEDDED_HOST,
        key=project.key,
        project_id=project.project_id,
        transport=unix_socket(project.socket),
    )


def no_such_project(home: Path, name: str) -> LocalProjectError:
    """What to say of an embedded project that isn't there."""
    from tools.local.folder import list_projects

    *names, last = sorted({"demo", *list_projects(home)})
    known = f"{', '.join(names)} and {last}" if names else last
    return LocalProjectError(
        f"There is no embedded project {name}, only {known}: "
        f"`hogloop import --project {name} FILE` makes it."
    )


def require_local(find: Callable[[str], object] = find_spec) -> None:
    """Refuse when the embedded project's libraries are not installed."""
    if not all(map(find, LOCAL)):
        raise LocalProjectError(
            "The embedded project is not installed: pip install 'hogloop[local]', "
            "or set POSTHOG_PERSONAL_API_KEY to ask your own project."
        )


def require_embedded(home: Path, name: str) -> None:
    """Refuse when there is no such embedded project, nor can there be."""
    require_local()
    from tools.local.connect import DEMO
    from tools.local.folder import find_project

    if name != DEMO and find_project(home, name) is None:
        raise no_such_project(home, name)


def language_model(settings: Settings) -> "OpenAIModel":
    """The language model of the settings."""
    from agent.openai_model import OpenAIModel

    if settings.model_name is None:
        raise SettingsError("No language model is set: set HOGLOOP_MODEL.")
    return OpenAIModel(
        settings.model_name,
        key=settings.openai_key or "",
        base_url=settings.base_url,
        reasoning=settings.reasoning,
    )


def banner(settings: Settings, agent: Agent) -> str:
    """Which project and which model answer, in one line."""
    if settings.embedded == "demo" and settings.model_name is None:
        return "Embedded demo project, built-in planner (connect yours: hogloop login)."
    project = agent.toolbox.project
    name = project.name or f"project {project.id}"
    where = "embedded" if settings.embedded else settings.host
    at = f" at {settings.base_url or 'api.openai.com'}" if settings.model_name else ""
    first = f"{agent.model.name}, then " if settings.mixed else ""
    return f"{name} ({where}), {first}{settings.model_name or agent.model.name}{at}."


def open_embedded(
    home: Path, name: str, follow: Callable[[Iterator["Creation"]], None]
) -> "LocalProject":
    """The embedded project; the demo is created at its first use."""
    require_embedded(home, name)
    from tools.local.connect import DEMO, create_demo, demo_is_ready, open_project

    project = open_project(home, name)
    if name == DEMO and not demo_is_ready(project):
        follow(create_demo(project))
    return project


def _planner(toolbox: Toolbox, as_of: datetime | None, glossary: Path) -> Model:
    """The built-in planner, whose clock has no zone but the project's."""
    from agent.planner import Planner
    from agent.planner.glossary import load_glossary

    if as_of and as_of.tzinfo:
        as_of = as_of.astimezone(ZoneInfo(toolbox.project.timezone)).replace(tzinfo=None)
    return Planner(as_of, load_glossary(glossary))


def _investigator(
    toolbox: Toolbox, as_of: datetime | None, glossary: Path
) -> Callable[[str], Answer]:
    """The built-in planner, asked one question in a conversation of its own."""
    from agent.planner.plan import Cause, Drivers, Watch

    def investigate(question: str) -> Answer:
        agent = Agent(_planner(toolbox, as_of, glossary), toolbox)
        *_, answer = agent.ask(question)
        assert isinstance(answer, Answer)
        said = agent.messages[-2]
        plan = said.draft.plan if isinstance(said, Assistant) and said.draft else None
        if answer.outcome == "answered" and not isinstance(plan, Cause | Watch | Drivers):
            return replace(answer, outcome="declined", headline=NO_CAUSE, text="")
        return answer

    return investigate


def _system(settings: Settings, toolbox: Toolbox, as_of: datetime | None) -> str:
    """What a language model reads first."""
    from agent.briefing import brief
    from agent.note import Notes
    from agent.planner.glossary import load_glossary

    project = toolbox.project
    zone = ZoneInfo(project.timezone)
    if as_of is None:
        as_of = datetime.fromisoformat(project.now) if project.now else datetime.now(zone)
    now = as_of if as_of.tzinfo else as_of.replace(tzinfo=zone)
    # Imports and captures change an embedded project from one question to the next.
    notes = Notes(None if settings.embedded else settings.home / "notes")
    return brief(toolbox, now, notes.of(toolbox.posthog, now, load_glossary(settings.glossary)))
