"""Whether everything hogloop needs works, one line each, with what to do where it doesn't."""

import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from agent.assemble import language_model, open_posthog, require_local
from agent.errors import ModelError
from agent.login import EU, US
from agent.messages import User
from agent.settings import EMBEDDED_HOST, Settings
from tools.client import PostHog
from tools.errors import KeyRejected, NotFound, ToolError, TurnError
from tools.scopes import READING
from tools.toolbox import TOOLS

ENOUGH_DISK = 2 * 1024**3
SKEW = 60.0
"""Seconds by which a clock may be wrong."""


@dataclass(frozen=True)
class Check:
    """One thing looked at; `fix` says what to do when it is not right."""

    ok: bool
    text: str
    fix: str = ""
    needed: bool = True
    """Whether questions can't be answered without it."""


def examine(
    settings: Settings, *, connect: Callable[[Settings], PostHog] = open_posthog
) -> Iterator[Check]:
    """Look at everything, in the order in which it is needed."""
    yield _folder(settings.home)
    yield _parser()
    if settings.embedded is None:
        yield from _project(settings, connect)
    else:
        yield from _embedded(settings, connect)
    yield _model(settings)


def _folder(home: Path) -> Check:
    """The data folder, or the nearest folder above it, which will hold it."""
    there = next(path for path in (home, *home.parents) if path.exists())
    if not (there.is_dir() and os.access(there, os.W_OK)):
        return Check(False, f"folder {home}", "It can't be written: set HOGLOOP_HOME to another.")
    free = shutil.disk_usage(there).free
    text = f"folder {home}, {_size(free)} free"
    return Check(free >= ENOUGH_DISK, text, f"Free {_size(ENOUGH_DISK)} on that disk.")


def _parser() -> Check:
    fix = "The HogQL parser can't be loaded: install hogloop again."
    try:
        from tools.hogql import check

        check("SELECT 1", 1)
    except (ImportError, ToolError) as error:
        return Check(False, f"HogQL parser ({error})", fix)
    return Check(True, "HogQL parser")


def _project(settings: Settings, connect: Callable[[Settings], PostHog]) -> Iterator[Check]:
    """The key, the host, the project, and what each tool needs of the key."""
    yield Check(True, f"key from {settings.key_from}{_besides(settings)}")
    try:
        with closing(connect(settings)) as posthog:
            scopes = ", ".join(sorted(posthog.grants.scopes)) or "no scopes"
            yield Check(True, f"personal API key on {posthog.host}: {scopes}")
            yield _clock(posthog.server_date, datetime.now(UTC))
            yield from _what_works(posthog)
    except KeyRejected as error:
        fix = _elsewhere(settings, connect) or str(error)
        yield Check(False, f"personal API key on {settings.host}", fix)
    except (TurnError, ToolError) as error:
        yield Check(False, f"personal API key on {settings.host}", str(error))


def _besides(settings: Settings) -> str:
    """The login that variables win over."""
    overruled = settings.overruled and not settings.kept_in
    return f", which wins over the login {settings.profile}" if overruled else ""


def _elsewhere(settings: Settings, connect: Callable[[Settings], PostHog]) -> str:
    """What to do with a key of PostHog's other region, "" when it is none."""
    other = {US: EU, EU: US}.get(settings.host)
    if other is None:
        return ""
    try:
        with closing(connect(replace(settings, host=other))) as posthog:
            posthog.grants  # noqa: B018
    except (TurnError, ToolError):
        return ""
    return f"The key is one of {other}: set POSTHOG_HOST={other}, or hogloop login again."


def _clock(date: str, now: datetime) -> Check:
    """Whether this machine's clock agrees with PostHog's."""
    try:
        apart = abs((parsedate_to_datetime(date) - now).total_seconds())
    except (TypeError, ValueError):
        return Check(True, "clock: PostHog does not say what time it is")
    text = f"clock: {apart:.0f} s from PostHog's"
    return Check(apart < SKEW, text, "Set this machine's clock: periods that end now are wrong.")


def _what_works(posthog: PostHog) -> Iterator[Check]:
    try:
        if posthog.grants.covers("project:read"):
            # Without it a name and a zone are missing; with it any refusal is a fault.
            posthog.read("")
        project = posthog.project
    except NotFound as error:
        yield Check(False, "project", f"{error} `hogloop projects` lists those of the key.")
        return
    except (TurnError, ToolError) as error:
        yield Check(False, "project", str(error))
        return
    yield Check(True, f"project {project.name or project.id} (id {project.id}, {project.timezone})")
    for tool in (tool for tool in TOOLS if not tool.writes):
        missing = " and ".join(posthog.grants.missing(tool.scopes))
        needs = " and ".join(tool.scopes)
        yield Check(
            not missing,
            f"{tool.name}: {needs}",
            f"Make a key with {missing} under Settings → Personal API keys." if missing else "",
            needed=set(tool.scopes) <= set(READING),
        )
    wanted = dict.fromkeys(s for tool in TOOLS for s in tool.scopes if s.endswith(":write"))
    held = [scope for scope in wanted if posthog.grants.covers(scope)]
    broad = "" if posthog.host == EMBEDDED_HOST else posthog.grants.too_broad(project.id)
    if held and broad:
        yield Check(True, f"changes: none with this key, because {broad} (hogloop scopes)")
    else:
        yield Check(True, f"changes: {' and '.join(held) or 'none, this key only reads'}")


def _embedded(settings: Settings, connect: Callable[[Settings], PostHog]) -> Iterator[Check]:
    """The embedded project: installed, there, answering."""
    name = settings.embedded or ""
    key = "not used" if settings.posthog_key else "none"
    yield Check(True, f"POSTHOG_PERSONAL_API_KEY: {key}, the embedded project {name} answers")
    try:
        require_local()
        if name == "demo" and not _demo_is_ready(settings.home):
            yield Check(True, "demo project: made at the first question, in about half a minute")
            return
        with closing(connect(settings)) as posthog:
            yield from _what_works(posthog)
        yield _contents(settings.home, name)
    except (TurnError, ToolError) as error:
        yield Check(False, f"embedded project {name}", str(error))


def _demo_is_ready(home: Path) -> bool:
    from tools.local.connect import demo_is_ready
    from tools.local.folder import find_project

    found = find_project(home, "demo")
    return found is not None and demo_is_ready(found)


def _contents(home: Path, name: str) -> Check:
    """What the project's process holds, now that it runs."""
    from tools.local.connect import health, open_project

    project = open_project(home, name)
    state = health(project)
    size = _size(_occupied(project.folder))
    text = f"embedded project {name}: {state['rows']:,} events, {size}, process {state['pid']}"
    return Check(state["rows"] > 0, text, f"Fill it: hogloop import --project {name} FILE.")


def _occupied(folder: Path) -> int:
    """Bytes in a folder whose files may come and go meanwhile."""
    total = 0
    for parent, _, files in os.walk(folder):
        for file in files:
            with suppress(FileNotFoundError):
                total += Path(parent, file).stat().st_size
    return total


def _model(settings: Settings) -> Check:
    """The model, asked one word."""
    if settings.model_name is None:
        return Check(True, "model: built-in planner, which needs no key")
    where = settings.base_url or "api.openai.com"
    text = f"model {settings.model_name} at {where}"
    started = time.monotonic()
    try:
        with closing(language_model(settings)) as model:
            deque(model.complete([User("Say ok.")], []), maxlen=0)
    except ModelError as error:
        return Check(False, text, str(error))
    return Check(True, f"{text}, answers in {time.monotonic() - started:.1f} s")


def _size(number: int) -> str:
    return f"{number / 1024**3:.1f} GB" if number >= 1024**3 else f"{number / 1024**2:.0f} MB"
