"""What a person configures: options, then the environment, then config.toml."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from agent.errors import SettingsError, reason
from agent.hosts import CLOUD, as_host
from agent.logins import DEFAULT, MODEL, POSTHOG, Logins
from agent.providers import chosen

BUILT_IN = "built-in"
"""The word for `--model` and HOGLOOP_MODEL that asks for the built-in planner."""

PLANNERS = (BUILT_IN, "builtin")
EMBEDDED_HOST = "http://embedded"
"""What stands for the host of embedded projects, which no network reaches."""

OPENAI_DEFAULT = "gpt-5.4-mini"
IN_CONFIG = ("host", "project", "model", "base_url", "reasoning")
SECRET_NAME = re.compile(r"key|token|secret|password", re.IGNORECASE)
SECRET_VALUE = re.compile(r"^(ph[a-z]_|sk-)")


def variables(*names: str) -> dict[str, tuple[str, ...]]:
    """Where a field is read from; of several variables the first that is set wins."""
    return {"variables": names}


@dataclass(frozen=True)
class Settings:
    """Everything hogloop is told before it starts."""

    posthog_key: str | None = field(
        default=None,
        repr=False,
        metadata=variables("POSTHOG_PERSONAL_API_KEY", "POSTHOG_API_KEY"),
    )
    """Personal API key (phx_…) of PostHog; without it the embedded project is used."""

    host: str = field(default=CLOUD, metadata=variables("POSTHOG_HOST"))
    """Where PostHog runs: https://us.posthog.com, https://eu.posthog.com or your own."""

    project: str | None = field(default=None, metadata=variables("POSTHOG_PROJECT_ID"))
    """Project id in PostHog, or the name of an embedded project."""

    openai_key: str | None = field(default=None, repr=False, metadata=variables("OPENAI_API_KEY"))
    """Key of the language model; many local servers need none."""

    base_url: str | None = field(default=None, metadata=variables("OPENAI_BASE_URL"))
    """Any OpenAI-compatible endpoint, for instance http://localhost:11434/v1."""

    model: str | None = field(default=None, metadata=variables("HOGLOOP_MODEL"))
    """Name of the language model, such as ollama:qwen3; or `built-in`, or `auto` for both."""

    reasoning: str | None = field(default=None, metadata=variables("HOGLOOP_REASONING"))
    """How much a model that reasons shall think: minimal, low, medium or high."""

    mixed: bool = field(default=False, metadata=variables())
    """Whether the planner answers first, what it is certain of."""

    mcp_token: str | None = field(default=None, repr=False, metadata=variables("HOGLOOP_MCP_TOKEN"))
    """What clients of `hogloop mcp --http` send as bearer token; without it one is made."""

    home: Path = field(default=Path(), metadata=variables("HOGLOOP_HOME"))
    """Folder of embedded projects, receipts and transcripts."""

    glossary: Path = field(default=Path(), metadata=variables())
    """The file that explains a team's own words, in the folder of config.toml."""

    prices: Path = field(default=Path(), metadata=variables())
    """The file of what models' tokens cost, beside it."""

    policy: Path = field(default=Path(), metadata=variables())
    """The file of rules for changes, beside it."""

    profile: str = field(default=DEFAULT, metadata=variables("HOGLOOP_PROFILE"))
    """Which of the logins to use."""

    overruled: bool = field(default=False, metadata=variables())
    """Whether the environment wins over a login that is there."""

    kept_in: str = field(default="", metadata=variables())
    """Where the login keeps the key that is used; empty when the environment gives it."""

    @property
    def project_id(self) -> int | None:
        """The project as PostHog's number, None when a name or nothing is given."""
        return int(self.project) if self.project and self.project.isdecimal() else None

    @property
    def embedded(self) -> str | None:
        """The embedded project to open, or None when PostHog itself is to be asked."""
        if self.project and self.project_id is None:
            return self.project
        return None if self.posthog_key else "demo"

    @property
    def key_from(self) -> str:
        """Where the key comes from, in words."""
        if self.embedded:
            return "that of the embedded project"
        places = {"keyring": "the keyring", "file": "the login's file"}
        place = places.get(self.kept_in)
        return f"{place}, profile {self.profile}" if place else "POSTHOG_PERSONAL_API_KEY"

    @property
    def model_name(self) -> str | None:
        """The language model to use, or None for the built-in planner."""
        if self.model:
            return None if self.model.startswith(PLANNERS) else self.model
        return OPENAI_DEFAULT if self.openai_key and not self.base_url else None


@dataclass(frozen=True)
class SlackSettings:
    """What hogloop in Slack is told besides."""

    bot_token: str = field(default="", repr=False, metadata=variables("SLACK_BOT_TOKEN"))
    """The bot's token (xoxb-…), from the app's page OAuth & Permissions."""

    app_token: str = field(default="", repr=False, metadata=variables("SLACK_APP_TOKEN"))
    """For Socket Mode: an app-level token (xapp-…) with connections:write."""

    signing_secret: str = field(default="", repr=False, metadata=variables("SLACK_SIGNING_SECRET"))
    """For HTTP: the app's signing secret."""

    api_url: str = field(default="https://slack.com/api/", metadata=variables("SLACK_API_URL"))
    """Where Slack's Web API is, elsewhere for GovSlack, say."""


def load_slack(environ: Mapping[str, str] | None = None) -> SlackSettings:
    """Slack's tokens, which come from the environment alone."""
    return SlackSettings(**_environment(os.environ if environ is None else environ, SlackSettings))


def load_settings(
    environ: Mapping[str, str] | None = None,
    *,
    project: str | None = None,
    model: str | None = None,
) -> Settings:
    """Settings from options, environment, the login and config.toml, checked."""
    environ = os.environ if environ is None else environ
    data, config = _folders(environ)
    given = _environment(environ)
    login, kept_in = _login(config, given)
    values = _config(config / "config.toml") | login | given
    values |= {"kept_in": kept_in}
    values |= {"project": project} if project else {}
    values |= chosen(model or values.get("model"), values.get("model"), environ)
    values |= {name: config / f"{name}.toml" for name in ("glossary", "policy", "prices")}
    values |= {"home": data, "host": as_host(values.get("host", CLOUD))}
    return _checked(Settings(**values))


def variable(name: str) -> str:
    """A secret that a workflow names, from the environment alone."""
    if value := os.environ.get(name, "").strip():
        return value
    raise SettingsError(f"The variable {name} is not set: set it in the environment.")


def config_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Where config.toml, the logins and the rules are."""
    return _folders(os.environ if environ is None else environ)[1]


def profile_named() -> str:
    """The profile that is used now."""
    return os.environ.get("HOGLOOP_PROFILE") or Logins(config_folder()).usual


def overruled() -> list[str]:
    """The variables that are set and win over a login."""
    mine = [
        one for one in fields(Settings) if one.name in (*IN_CONFIG, "posthog_key", "openai_key")
    ]
    named = [name for one in mine for name in one.metadata["variables"]]
    return [name for name in named if os.environ.get(name)]


@contextmanager
def profile_chosen(name: str | None) -> Iterator[None]:
    """Use one of the logins until the block ends."""
    before = os.environ.get("HOGLOOP_PROFILE")
    if name:
        os.environ["HOGLOOP_PROFILE"] = name
    try:
        yield
    finally:
        if name and before is None:
            os.environ.pop("HOGLOOP_PROFILE", None)
        elif name and before is not None:
            os.environ["HOGLOOP_PROFILE"] = before


def _login(config: Path, given: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """What the login says that the environment doesn't, and where its PostHog key is kept."""
    logins = Logins(config)
    name = str(given.get("profile") or logins.usual)
    login = logins.find(name)
    if login is None:
        if name != DEFAULT:
            raise SettingsError(f"There is no profile {name}: `hogloop login --profile {name}`.")
        return {}, ""
    values: dict[str, Any] = {"profile": name}
    # A key that is kept goes to the host it was given for, and nowhere else.
    posthog = not given.get("posthog_key") and as_host(
        given.get("host") or login.host or CLOUD
    ) == (login.host)
    model = not given.get("openai_key") and given.get("base_url", login.base_url) == login.base_url
    if posthog and login.host:
        values |= {"host": login.host, "project": login.project}
        values |= {"posthog_key": logins.key(name, POSTHOG)}
    if model and login.model:
        values |= {"model": login.model, "base_url": login.base_url}
        values |= {"openai_key": logins.key(name, MODEL)}
    values["overruled"] = bool(login.host and not posthog)
    kept = logins.place_of(login.kept_in).name if values.get("posthog_key") else ""
    return {field: value for field, value in values.items() if value}, kept


def _folders(environ: Mapping[str, str]) -> tuple[Path, Path]:
    """The data and the config folder; HOGLOOP_HOME is both."""
    if home := environ.get("HOGLOOP_HOME"):
        return (path := Path(home).expanduser().absolute()), path
    from platformdirs import user_config_path, user_data_path

    return user_data_path("hogloop", appauthor=False), user_config_path("hogloop", appauthor=False)


def _environment(environ: Mapping[str, str], kind: type = Settings) -> dict[str, Any]:
    found = {}
    for setting in fields(kind):
        values = (environ.get(name, "").strip() for name in setting.metadata["variables"])
        if value := next(filter(None, values), None):
            found[setting.name] = value
    return found


def _config(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} can't be read: {reason(error)}.") from error
    for name, value in values.items():
        if SECRET_NAME.search(name) or SECRET_VALUE.search(str(value)):
            raise SettingsError(
                f"{path} holds a secret under {name!r}: take it out, "
                "and set it in the environment instead."
            )
        if name not in IN_CONFIG:
            known = ", ".join(IN_CONFIG)
            raise SettingsError(f"{path} has the unknown setting {name!r}; known are {known}.")
    return {name: str(value) for name, value in values.items()}


def _checked(settings: Settings) -> Settings:
    """The settings, unless one of them makes no sense without another."""
    if settings.project_id is not None and not settings.posthog_key:
        raise SettingsError(
            f"Project {settings.project} is a project of PostHog: set POSTHOG_PERSONAL_API_KEY "
            "to ask it, or name an embedded project."
        )
    if settings.mixed and settings.model_name is None:
        raise SettingsError("auto needs a language model too: set HOGLOOP_MODEL to its name.")
    if settings.base_url and not settings.model:
        raise SettingsError(
            f"OPENAI_BASE_URL is set to {settings.base_url} but no model is named: "
            f"set HOGLOOP_MODEL, or {BUILT_IN!r} for the built-in planner."
        )
    return settings
