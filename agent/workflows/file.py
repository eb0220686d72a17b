"""A workflow as it is written: one TOML file, in which every unknown word is refused."""

import re
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from agent.chart.picture import FORMS as PICTURES
from agent.errors import SettingsError
from agent.report import FORMS as REPORTS
from agent.workflows.conditions import NAME, Condition, read_condition
from agent.workflows.times import Times

STDOUT = "-"
SLACK, MAIL = "slack:", "mailto:"
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
FILES = (*PICTURES, *REPORTS, ".csv", ".json")
"""How the files end that an answer can be written to."""

ADDRESS = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+")


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Mail(_Table):
    """The mail server that letters leave by."""

    host: str
    port: int = 587
    user: str = ""
    password_variable: str = ""
    """The name of the environment variable that holds the password."""

    sender: str


class Step(_Table):
    """One thing to do: a question, an export or a change."""

    name: str = Field(pattern=f"^{NAME}$")
    ask: str = ""
    export: str = ""
    change: str = ""
    conditions: Texts = Field((), alias="if")
    """What has to hold; where it is about the step itself, for its answer to be sent."""

    to: Texts = ()

    @property
    def words(self) -> str:
        """What the step says in plain English."""
        return self.ask or self.export or self.change

    def judged(self) -> tuple[Condition, ...]:
        """The conditions, read."""
        return tuple(map(read_condition, self.conditions))

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if sum(map(bool, (self.ask, self.export, self.change))) != 1:
            raise ValueError(f"the step {self.name} needs one of ask, export and change")
        if self.export and (len(self.to) != 1 or not _is_file(self.to[0])):
            raise ValueError(f"the export {self.name} needs one file in `to`")
        if self.change and self.to:
            raise ValueError(f"the change {self.name} goes to PostHog: leave `to` out")
        for place in self.to:
            _check_place(place)
            if self.ask and _is_file(place) and not place.lower().endswith(FILES):
                raise ValueError(f"{place} can't be written: end it in one of {', '.join(FILES)}")
        return self


class Workflow(_Table):
    """Named steps, what to do when one fails, and when to run."""

    name: str = ""
    project: str | None = None
    model: str | None = None
    schedule: str = ""
    """When, as cron has it: minute, hour, day, month, weekday."""

    zone: str = "UTC"
    retries: int = Field(2, ge=0, le=10)
    on_failure: Literal["stop", "go on"] = "go on"
    mail: Mail | None = None
    steps: tuple[Step, ...] = Field(alias="step", min_length=1)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.schedule:
            _check_times(self.schedule, self.zone)
        known: list[str] = []
        for step in self.steps:
            if step.name in known:
                raise ValueError(f"two steps are called {step.name}")
            asked = [*known, step.name] if step.ask else known
            _check_conditions(step, asked)
            known += [step.name] if step.ask else []
            if not self.mail and any(place.startswith(MAIL) for place in step.to):
                raise ValueError(
                    f"the step {step.name} sends mail: add [mail] with host and sender"
                )
        return self


def read_workflow(path: Path) -> Workflow:
    """The workflow of a file, or `SettingsError` that says what to mend."""
    try:
        return Workflow.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        raise SettingsError(f"There is no workflow {path}: check the path.") from None
    except ValidationError as error:
        raise SettingsError(f"{path}: {_told(error.errors()[0])}.") from None
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} can't be read: {error}.") from None


def _told(error: ErrorDetails) -> str:
    """What is wrong, with the nearest word where one is unknown."""
    where = ".".join(str(part + 1) if isinstance(part, int) else part for part in error["loc"])
    if error["type"] != "extra_forbidden":
        said = error["msg"].removeprefix("Value error, ").rstrip(".")
        return f"{where}: {said}" if where else said
    kinds: dict[str, type[BaseModel]] = {"step": Step, "mail": Mail}
    kind = kinds.get(str(error["loc"][0])) if error["loc"][1:] else None
    names = list(_names(kind or Workflow))
    near = get_close_matches(str(error["loc"][-1]), names, n=1, cutoff=0.5)
    hint = f"the nearest is {near[0]}" if near else f"known are {', '.join(names)}"
    return f"{where} is unknown; {hint}"


def _names(kind: type[BaseModel]) -> Iterator[str]:
    """The words a table may hold."""
    for name, field in kind.model_fields.items():
        yield field.alias or name


def _check_conditions(step: Step, asked: list[str]) -> None:
    """Refuse conditions on what is not known when they are judged."""
    try:
        conditions = step.judged()
    except SettingsError as error:
        raise ValueError(str(error)) from None
    for condition in conditions:
        if condition.step not in asked:
            near = get_close_matches(condition.step, asked, n=1, cutoff=0.5)
            hint = f"the nearest is {near[0]}" if near else "name one that was asked before"
            raise ValueError(f"the condition “{condition.text}” is about no question: {hint}")


def _check_times(schedule: str, zone: str) -> None:
    """Refuse times that never come."""
    try:
        Times(schedule, zone)
    except SettingsError as error:
        raise ValueError(str(error)) from None


def _check_place(place: str) -> None:
    """Refuse a destination that can't be one, and a secret in its place."""
    if place.startswith(SLACK):
        if not VARIABLE.fullmatch(place.removeprefix(SLACK)):
            raise ValueError(
                "slack: names the environment variable that holds the webhook's address, as in "
                "slack:TEAM_WEBHOOK, never the address itself"
            )
    elif place.startswith(MAIL):
        if not ADDRESS.fullmatch(place.removeprefix(MAIL)):
            raise ValueError("mailto: takes one address, as in mailto:ann@example.com")
    elif place != STDOUT and (not place or "://" in place):
        raise ValueError("`to` is a file, - for stdout, slack:VARIABLE or mailto:ADDRESS")


def _is_file(place: str) -> bool:
    return not place.startswith((SLACK, MAIL)) and place != STDOUT
