"""The shape that a flag's `filters` must have before anything in them is looked at."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from tools.local.bodies import ApiError, invalid

Share = Annotated[float, Field(strict=True, ge=0, le=100, allow_inf_nan=False)]
Index = Annotated[int, Field(strict=True, ge=0, le=4)]
_DRF = {
    "greater_than_equal": "Ensure this value is greater than or equal to {ge:g}.",
    "less_than_equal": "Ensure this value is less than or equal to {le:g}.",
    "missing": "This field is required.",
    "bool_type": "Must be a valid boolean.",
    "float_type": "A valid number is required.",
    "int_type": "A valid integer is required.",
    "string_type": "Not a valid string.",
}


class Part(BaseModel):
    """A part of the filters; what PostHog's screens keep there besides stays as it is."""

    model_config = ConfigDict(extra="allow")


class Property(Part):
    """One filter of a condition."""

    key: str | int | float
    type: Literal["person", "cohort", "group", "flag"]
    operator: str | None = None
    value: Any = None
    group_type_index: Index | None = None
    negation: bool | None = None


class Condition(Part):
    """One set of conditions."""

    properties: list[Property] | None = None
    rollout_percentage: Share | None = None
    variant: str | None = None
    aggregation_group_type_index: Index | None = None


class Variant(Part):
    """One value of a multivariate flag."""

    key: str
    name: str | None = None
    rollout_percentage: Share


class Multivariate(Part):
    """The values of a multivariate flag."""

    variants: list[Variant]


class Holdout(Part):
    """Who is left out of all experiments."""

    id: int
    exclusion_percentage: Share


class Filters(Part):
    """Whom a flag is on for, and with which value."""

    groups: list[Condition]
    multivariate: Multivariate | None = None
    payloads: dict[str, Any] | None = None
    aggregation_group_type_index: Index | None = None
    early_exit: bool | None = None
    feature_enrollment: bool | None = None
    holdout: Holdout | None = None


def check_structure(filters: dict[str, Any]) -> None:
    """Raise PostHog's refusal of the first part that has another shape."""
    try:
        Filters.model_validate(filters)
    except ValidationError as error:
        raise _refused(error.errors(include_url=False)[0]) from None


def _refused(error: ErrorDetails) -> ApiError:
    path = ""
    for part in error["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    said = _DRF.get(error["type"], error["msg"]).format(**error.get("ctx", {}))
    return invalid(f"{path.removeprefix('.')}: {said}", attr="filters")
