"""What the demo is made of: names, places and words, read from model.json."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Model:
    """The contents of model.json."""

    product: str
    events: dict[str, dict[str, Any]]
    person_properties: dict[str, str]
    glossary: dict[str, str]
    planted: list[str]
    places: list[tuple[str, str, str, str, str, int]]
    first_names: list[str]
    last_names: list[str]
    categories: list[str]
    searches: list[str]
    reviews: list[str]
    named_companies: list[str]
    company_first: list[str]
    company_second: list[str]
    industries: list[str]
    named_studios: list[str]
    studio_first: list[str]
    studio_second: list[str]
    csms: list[str]


@cache
def model() -> Model:
    """Return the contents of model.json."""
    return Model(**read("model.json"))


def read(name: str) -> dict[str, Any]:
    """Return the JSON document of this package with that file name."""
    document: dict[str, Any] = json.loads(files(__package__).joinpath(name).read_text("utf-8"))
    return document
