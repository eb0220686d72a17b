"""How a tool is declared: one arguments class, one function, one decorator with its scopes."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, Protocol, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError

from tools.client import PostHog
from tools.errors import InvalidArguments


class Args(BaseModel):
    """Arguments of a tool; the string under a field is what the model reads about it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Output(Protocol):
    """What a tool returns: an object for people and code, and a text for a language model."""

    def for_model(self) -> str:
        """The same facts as compact text, with a note when something was left out."""
        ...


A = TypeVar("A", bound=Args)


@dataclass(frozen=True)
class Tool(Generic[A]):
    """One thing a model can ask for."""

    name: str
    description: str
    scopes: tuple[str, ...]
    arguments: type[A]
    function: Callable[[PostHog, A], Output]

    @property
    def writes(self) -> bool:
        """Whether the tool changes anything in PostHog."""
        return any(not scope.endswith(":read") for scope in self.scopes)

    def schema(self) -> dict[str, Any]:
        """The tool as JSON Schema: name, description, parameters."""
        parameters = _parameters(self.arguments)
        return {"name": self.name, "description": self.description, "parameters": parameters}

    def parse(self, arguments: object) -> A:
        """The arguments as this tool's class, or `InvalidArguments` naming each fault."""
        try:
            json.dumps(arguments, ensure_ascii=False, default=str).encode()
        except UnicodeEncodeError:
            raise InvalidArguments(f"{self.name}: a text ends in half a letter.") from None
        try:
            return self.arguments.model_validate(arguments)
        except ValidationError as error:
            raise InvalidArguments(f"{self.name}: {_faults(error)}") from None


def tool(*scopes: str) -> Callable[[Callable[[PostHog, A], Output]], Tool[A]]:
    """Declare a function as a tool that needs these scopes; its docstring is the description."""

    def declare(function: Callable[[PostHog, A], Output]) -> Tool[A]:
        hints = get_type_hints(function)
        return Tool(
            name=function.__name__,
            description=" ".join((function.__doc__ or "").split()),
            scopes=scopes,
            arguments=hints["args"],
            function=function,
        )

    return declare


def _faults(error: ValidationError) -> str:
    """Each fault by its place, but for lists that are short because a part of them is wrong."""
    places = {tuple(fault["loc"]) for fault in error.errors()}
    told = [
        f"{'.'.join(map(str, fault['loc'])) or 'arguments'}: "
        f"{fault['msg'].removeprefix('Value error, ').replace('a valid tuple', 'a valid list')}"
        for fault in error.errors()
        if not (fault["type"] == "too_short" and any(_within(fault["loc"], p) for p in places))
    ]
    return "; ".join(told)


def _within(outer: Sequence[Any], inner: Sequence[Any]) -> bool:
    return len(inner) > len(outer) and tuple(inner[: len(outer)]) == tuple(outer)


@cache
def _parameters(arguments: type[Args]) -> dict[str, Any]:
    """The arguments as JSON Schema, worked out once: every step of every turn asks for it."""
    schema: dict[str, Any] = _without_titles(arguments.model_json_schema())
    return {key: value for key, value in schema.items() if key != "description"}


def _without_titles(schema: Any) -> Any:
    """JSON Schema without the titles pydantic makes from names."""
    if isinstance(schema, dict):
        return {
            key: _without_titles(value)
            for key, value in schema.items()
            if not (key == "title" and isinstance(value, str))
        }
    if isinstance(schema, list):
        return [_without_titles(item) for item in schema]
    return schema
