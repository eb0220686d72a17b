"""Connecting PostHog and a language model, and looking at what is connected."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands import Debug
from agent.front import front_door, say

if TYPE_CHECKING:
    from agent.logins import Login

Profile = Annotated[str | None, typer.Option(metavar="NAME", help="A login of this name.")]
Project = Annotated[str | None, typer.Option(metavar="ID", help="The project to ask.")]


def login(
    host: Annotated[
        str | None, typer.Option(metavar="HOST", help="us, eu, or your own PostHog's address.")
    ] = None,
    project: Project = None,
    profile: Profile = None,
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Connect this language model instead.")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Where the model is, if not at OpenAI.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Let changes be proposed for 30 minutes.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Connect PostHog, a language model with --model; the key is typed, or read from a pipe."""
    with front_door(debug=debug):
        if write:
            from agent.start import gate

            with gate(project) as opened:
                say(opened.open())
        elif model:
            _connect_model(model, base_url or "", profile)
        else:
            _connect_posthog(host, project, profile)


def logout(profile: Profile = None, debug: Debug = False) -> None:
    """Forget a login with its keys."""
    with front_door(debug=debug):
        from agent.logins import Logins
        from agent.settings import config_folder, profile_named

        name, logins = profile or profile_named(), Logins(config_folder())
        gone = logins.forget(name)
        say(f"{name} is forgotten here; {_still(gone)}")


def whoami(debug: Debug = False) -> None:
    """Say which key, host, project and model are used, and where the key comes from."""
    with front_door(debug=debug):
        from contextlib import closing

        from agent.assemble import open_posthog
        from agent.cells import one_line
        from agent.login import lacking
        from agent.settings import load_settings
        from agent.start import show_creation

        settings = load_settings()
        typer.echo(f"model: {settings.model_name or 'built-in planner'}")
        with closing(open_posthog(settings, follow=show_creation)) as posthog:
            project = posthog.project
            typer.echo(f"project: {one_line(project.name)} (id {project.id}) at {posthog.host}")
            typer.echo(f"key: {settings.key_from}")
            broad = "" if settings.embedded else posthog.grants.too_broad(project.id)
            for line in lacking(posthog.grants, broad):
                typer.echo(line)


def projects(debug: Debug = False) -> None:
    """List the projects that the key opens; a star marks the one that is asked."""
    with front_door(debug=debug):
        from agent.errors import SettingsError
        from agent.login import examine_key, listed
        from agent.settings import load_settings

        settings = load_settings()
        if not settings.posthog_key:
            raise SettingsError("No PostHog is connected: `hogloop login` does it.")
        found = examine_key(settings.posthog_key, [settings.host]).projects
        for project, line in zip(found, listed(found), strict=True):
            typer.echo(f"{'*' if project.id == settings.project_id else ' '} {line}")


def _connect_posthog(host: str | None, project: str | None, profile: str | None) -> None:
    from agent.cells import one_line
    from agent.hosts import as_host
    from agent.login import EU, REGIONS, US, chosen, examine_key, explained, lacking, listed
    from agent.logins import POSTHOG, Login

    hosts = [as_host(REGIONS.get(host, host))] if host else [US, EU]
    if sys.stdin.isatty():
        for line in explained(hosts):
            say(line)
    key = _typed_key("Personal API key: ")
    found = examine_key(key, hosts)
    say(f"The key is one of {found.host}.")
    picked = chosen(found.projects, project, lambda: _pick(list(listed(found.projects))))
    for line in lacking(found.grants, found.grants.too_broad(picked.id)):
        say(line)
    login = Login(host=found.host, project=str(picked.id))
    _keep(login, POSTHOG, profile, f"{one_line(picked.name) or picked.id} at {found.host}", key)


def _connect_model(model: str, base_url: str, profile: str | None) -> None:
    from collections import deque
    from contextlib import closing

    from agent.logins import MODEL, Login
    from agent.messages import User
    from agent.openai_model import OpenAIModel

    key = _typed_key("Key of the model (Enter for none): ", needed=False)
    with closing(OpenAIModel(model, key=key, base_url=base_url or None)) as asked:
        deque(asked.complete([User("Say ok.")], []), maxlen=0)
    where = base_url or "api.openai.com"
    _keep(Login(model=model, base_url=base_url), MODEL, profile, f"{model} at {where}", key)


def _keep(login: "Login", what: str, profile: str | None, told: str, key: str) -> None:
    """Keep a login, which leaves the other half of the profile as it is."""
    from dataclasses import asdict, replace

    from agent.logins import DEFAULT, Keyring, Login, Logins
    from agent.settings import config_folder, overruled

    logins, name = Logins(config_folder()), profile or DEFAULT
    before = logins.find(name) or Login(kept_in="keyring" if Keyring.works() else "file")
    changed = {field: value for field, value in asdict(login).items() if value}
    logins.keep(name, replace(before, **changed), what, key)
    place = "the keyring" if before.kept_in == "keyring" else "a file that only you can read"
    say(f"Connected: {told}. The key is kept in {place}, as the profile {name}.")
    for variable in overruled():
        say(f"{variable} is set and wins over this login: unset it to use the login.")


def _typed_key(label: str, *, needed: bool = True) -> str:
    """A key that is typed unseen, or the first line of a pipe."""
    from agent.errors import SettingsError

    if sys.stdin.isatty():
        from getpass import getpass

        key = getpass(label).strip()
    else:
        key = sys.stdin.readline().strip()
    if needed and not key:
        raise SettingsError("No key was given, nothing was changed.")
    return key


def _pick(lines: list[str]) -> str:
    """The id of the project that the person picks."""
    from agent.errors import SettingsError

    if not sys.stdin.isatty():
        raise SettingsError(f"The key opens several projects: give --project, {', '.join(lines)}.")
    for line in lines:
        say(f"  {line}")
    return str(typer.prompt("Project id"))


def _still(gone: "Login") -> str:
    """How the keys are taken back for good."""
    from agent.login import key_page

    if not gone.host:
        return "take its key back with the model's provider."
    return f"its key works until you delete it at {key_page(gone.host).partition('?')[0]}."
