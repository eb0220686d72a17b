"""Connecting PostHog: which key, which region, which project, and what the key lets one do."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from agent.cells import one_line
from agent.errors import SettingsError
from tools.client import PostHog
from tools.errors import KeyRejected, ToolError, TurnError
from tools.project import Project
from tools.refusals import wrong_kind
from tools.scopes import OBJECTS, READING, Grants
from tools.toolbox import TOOLS

US, EU = "https://us.posthog.com", "https://eu.posthog.com"
REGIONS = {"us": US, "eu": EU}

Connect = Callable[[str, str, int | None], PostHog]


def connect(host: str, key: str, project_id: int | None) -> PostHog:
    """A client for a key that is not kept yet."""
    return PostHog(host=host, key=key, project_id=project_id)


@dataclass(frozen=True)
class Found:
    """What a key turned out to be."""

    host: str
    grants: Grants
    projects: tuple[Project, ...]


def key_page(host: str) -> str:
    """Where a personal key is made, with the scope for questions chosen already."""
    return f"{host}/settings/user-api-keys?preset=analytics"


def explained(hosts: Sequence[str]) -> Iterator[str]:
    """Which key is needed, where and how it is made, and how it is taken back."""
    yield "hogloop asks PostHog with a personal API key (phx_…): it may do what you choose and no"
    yield "more than you may. The project key (phc_…) of your website can only send events."
    yield ""
    yield f"1. Open {' or '.join(map(key_page, hosts))}"
    yield f"2. Choose these scopes: {', '.join(READING)}."
    yield f"   For flags, cohorts, experiments, saved work and people also: {', '.join(OBJECTS)}."
    yield "   For changes, only what you want to change (`hogloop scopes` lists what each needs),"
    yield "   and limit the key to the one project: a wider key only reads here."
    yield "3. Create it and paste it here. Deleting it on that page takes it back at once."
    yield ""


def examine_key(key: str, hosts: Sequence[str], connect: Connect = connect) -> Found:
    """Find out where a key belongs and what it opens, or raise why it can't be used."""
    if refused := wrong_kind(key):
        raise KeyRejected(refused)
    if key.startswith(("pha_", "phr_")):
        raise KeyRejected(
            "This is the token of an OAuth app, which ends within hours: make a personal API key "
            "(phx_…) under Settings → Personal API keys."
        )
    failures: list[Exception] = []
    for host in hosts:
        try:
            with closing(connect(host, key, None)) as posthog:
                return Found(host, posthog.grants, tuple(_projects(posthog, key, connect)))
        except KeyRejected as error:
            failures.append(error)
        except (ToolError, TurnError) as error:
            failures.insert(0, error)
    if len(hosts) > 1 and all(isinstance(one, KeyRejected) for one in failures):
        raise KeyRejected(
            "Neither PostHog US nor EU knows this key: copy it again, make a new one, or name your "
            "own PostHog with --host."
        )
    raise failures[0]


def lacking(grants: Grants, broad: str = "") -> Iterator[str]:
    """What a key can't do, and which scope would let it; `broad` is why it may change nothing."""
    if missing := grants.missing(READING):
        yield f"It can't answer all questions: it lacks {', '.join(missing)}."
    if missing := grants.missing(OBJECTS):
        yield f"It can't read everything saved: it lacks {', '.join(missing)}."
    writes = dict.fromkeys(s for tool in TOOLS for s in tool.scopes if s.endswith(":write"))
    held = [scope for scope in writes if grants.covers(scope)]
    if held and broad:
        yield f"Changes: none, it only reads here, because {broad}."
        return
    yield f"Changes: {', '.join(held) if held else 'none, it only reads'}."


def chosen(projects: Sequence[Project], wanted: str | None, ask: Callable[[], str]) -> Project:
    """The project to work with: the one that was named, the only one, or the one picked now."""
    if not projects:
        raise SettingsError("The key opens no project that it may name: give --project ID.")
    if wanted is None and len(projects) == 1:
        return projects[0]
    picked = wanted or ask()
    found = [project for project in projects if str(project.id) == picked.strip()]
    if not found:
        known = ", ".join(listed(projects))
        raise SettingsError(f"There is no project {picked!r} for this key; there are {known}.")
    return found[0]


def listed(projects: Sequence[Project]) -> Iterator[str]:
    """Projects as a person picks one of them."""
    yield from (f"{one.id} ({one_line(one.name) or 'no name'})" for one in projects)


def _projects(posthog: PostHog, key: str, connect: Connect) -> Iterator[Project]:
    """The projects that a key opens; without project:read their ids alone, if they are known."""
    grants = posthog.grants
    for number in grants.projects:
        with closing(connect(posthog.host, key, number)) as one:
            yield one.project
    if not grants.projects and not grants.missing(("project:read",)):
        yield from (Project.model_validate(one) for one in posthog.pages("/api/projects/"))
