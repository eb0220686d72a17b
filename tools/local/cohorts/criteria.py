"""The criteria of a dynamic cohort as a request sends them, refused where PostHog refuses them."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Tag, ValidationError, model_validator

from tools.local.bodies import ApiError, invalid

UNSET = ("is_set", "is_not_set")


class Part(BaseModel):
    """A part of the criteria; only the fields named are known."""

    model_config = ConfigDict(extra="forbid")


class Event(Part):
    """Whether a person did something, and when."""

    type: Literal["behavioral"]
    key: str | int
    """The name of an event, or the id of an action."""

    value: str
    """performed_event, performed_event_multiple …."""

    event_type: Literal["events", "actions"]
    time_value: int | None = None
    time_interval: str | None = None
    negation: bool = False
    operator: str | None = None
    operator_value: int | None = None
    seq_time_interval: str | None = None
    seq_time_value: int | None = None
    seq_event: str | int | None = None
    seq_event_type: Literal["events", "actions"] | None = None
    total_periods: int | None = None
    min_periods: int | None = None
    event_filters: list[dict[str, Any]] | None = None
    explicit_datetime: str | None = None
    explicit_datetime_to: str | None = None


class Member(Part):
    """Whether a person is in another cohort."""

    type: Literal["cohort"]
    key: Literal["id"]
    value: int
    negation: bool = False


class Person(Part):
    """What a person is like now."""

    type: Literal["person", "person_metadata"]
    key: str
    operator: str | None = None
    value: Any = None
    negation: bool = False

    @model_validator(mode="after")
    def _whole(self) -> "Person":
        without_value = self.value is None and self.operator not in UNSET
        missing = ["value"] * without_value + ["operator"] * (self.operator is None)
        if missing:
            said = f"Missing required keys for {self.type} filter: {', '.join(missing)}"
            raise ValueError(said)
        if self.type == "person_metadata" and self.key != "created_at":
            said = f"Unsupported person_metadata key '{self.key}'. Allowed keys: created_at."
            raise ValueError(said)
        return self


class Group(Part):
    """Criteria of which all must hold, or one."""

    type: Literal["AND", "OR"]
    values: list["Criterion"]


def _kind(value: Any) -> str | None:
    kind = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    return {"AND": "group", "OR": "group", "person_metadata": "person"}.get(str(kind), str(kind))


Criterion = Annotated[
    Annotated[Event, Tag("behavioral")]
    | Annotated[Member, Tag("cohort")]
    | Annotated[Person, Tag("person")]
    | Annotated[Group, Tag("group")],
    Discriminator(_kind),
]
Group.model_rebuild()


class Criteria(Part):
    """The `filters` of a cohort."""

    properties: Group


def read_criteria(sent: Any) -> Criteria:
    """The criteria of a request, or PostHog's refusal."""
    if not isinstance(sent, dict) or "properties" not in sent:
        raise invalid("Must contain a 'properties' key with type and values", attr="filters")
    try:
        return Criteria.model_validate(sent)
    except ValidationError as error:
        raise _refused(error) from None


def stored(criteria: Criteria) -> dict[str, Any]:
    """The criteria as a document keeps them."""
    return criteria.model_dump(exclude_none=True)


def flat(filters: Any) -> Iterator[dict[str, Any]]:
    """Every single criterion of stored filters, whatever group it is in."""
    inner = filters.get("properties", filters) if isinstance(filters, dict) else {}
    if not isinstance(inner, dict):
        return
    if "values" not in inner:
        yield inner
        return
    for value in inner["values"] if isinstance(inner["values"], list) else ():
        yield from flat(value)


def any_given(filters: Any) -> bool:
    """Whether there is a single criterion."""
    return any(criterion.get("type") for criterion in flat(filters))


def _refused(error: ValidationError) -> ApiError:
    first = error.errors(include_url=False)[0]
    place = [str(part) for part in first["loc"]]
    said = first["msg"].removeprefix("Value error, ")
    if first["type"] == "missing":
        kind = next((one for one in ("behavioral", "cohort", "person") if one in place), "cohort")
        said = f"Missing required keys for {kind} filter: {place[-1]}"
    elif first["type"] == "extra_forbidden":
        said = f"A cohort's criteria have no field {place[-1]}: leave it out."
    elif first["type"] != "value_error":
        said = f"{'.'.join(place)}: {said}."
    return invalid(said, attr="filters")
