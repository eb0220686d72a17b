"""What PostHog says of a key, a project and a list, as far as hogloop reads it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class KeyInfo(BaseModel):
    """What `@current` says of a personal API key."""

    model_config = ConfigDict(extra="ignore")

    id: str | int = ""
    scopes: list[str] = Field(default_factory=list)
    scoped_teams: list[int] | None = None


class Project(BaseModel):
    """The project every question is about; secrets PostHog sends along are not kept."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: int
    name: str = ""
    timezone: str = "UTC"
    week_start_day: int | None = None
    """0 Sunday, 1 Monday; None means PostHog's default, Sunday."""

    test_account_filters: list[dict[str, Any]] = Field(default_factory=list)
    """Conditions that all hold for people who are no test accounts."""

    person_on_events_querying_enabled: bool | None = None
    """Whether a person's properties are those of the time of the event."""

    organization: str = ""
    """The id of the organization it belongs to."""

    now: str | None = None
    """Only of embedded projects: the instant at which the project's clock stands still."""


class Page(BaseModel):
    """One page of a list."""

    model_config = ConfigDict(extra="ignore")

    results: list[dict[str, Any]]
    next: str | None = None
