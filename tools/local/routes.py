"""What a route is, and what every route works on."""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError
from werkzeug.wrappers import Request

from tools.local.bodies import forbidden, invalid, unreadable
from tools.local.home import Home
from tools.local.keys import Key
from tools.local.meta import ProjectRow
from tools.local.mistakes import mistake

Body = Mapping[str, Any] | list[Any]
Lines = Generator[Mapping[str, Any], None, None]


@dataclass(frozen=True)
class Reply:
    """An answer with a status of its own, or that is no JSON."""

    body: Body | bytes | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One request that was let in."""

    home: Home
    request: Request
    key: Key | None
    """None for the routes of the folder's owner, and for those that are for anyone."""

    project: ProjectRow
    arguments: Mapping[str, str] = field(default_factory=dict)
    """The variable parts of the path."""


@dataclass(frozen=True)
class Route:
    """One method on one path: the scope it needs and the function that answers it.

    Without a scope it is open to every key. A route for anyone asks for no personal key: it looks
    for the project's own key itself. A function may answer with lines instead of a body.
    """

    method: str
    path: str
    scope: str | None
    answer: Callable[[Call], Body | Lines | Reply]
    anyone: bool = False


M = TypeVar("M", bound=BaseModel)


def read(model: type[M], request: Request) -> M:
    """The body of a request, or PostHog's refusal of its first mistake."""
    try:
        return parsed(model, request)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        attr = "__".join(filter(None, map(_field, first["loc"]))) or None
        detail, code = mistake(first)
        raise invalid(detail, code=code, attr=attr) from None


def parsed(model: type[M], request: Request) -> M:
    """The body of a request, whose mistakes the caller tells; no body has no fields."""
    raw = request.get_data() or b"{}"
    _refuse_unreadable(raw)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] == "json_invalid":
            raise unreadable(f"JSON parse error - {first['msg']}") from None
        raise


def no_keys(call: Call) -> NoReturn:
    """What PostHog keeps for its own screens."""
    raise forbidden("This action does not support personal API key access")


def whole(text: str) -> int | None:
    """The number that plain digits write, None for any other text and for what nothing counts."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def page(request: Request, rows: Sequence[Body]) -> Body:
    """One page of a list in the shape of Django REST framework."""
    limit = _number(request, "limit", 100) or 100
    offset = _number(request, "offset", 0)
    return {
        "count": len(rows),
        "next": link(request, limit, offset + limit) if offset + limit < len(rows) else None,
        "previous": link(request, limit, offset - limit) if offset else None,
        "results": list(rows[offset : offset + limit]),
    }


def link(request: Request, limit: int, offset: int) -> str:
    """The address of another page of the same list."""
    arguments = request.args.copy()
    arguments["limit"] = str(limit)
    arguments["offset"] = str(offset)
    if offset <= 0:
        del arguments["offset"]
    return f"{request.base_url}?{urlencode(list(arguments.items(multi=True)))}"


def _number(request: Request, name: str, default: int) -> int:
    try:
        return max(0, int(request.args.get(name, default)))
    except ValueError:
        return default


def _field(part: str | int) -> str:
    """A part of the place of a mistake, unless it names one of the types that a field may have."""
    return str(part) if isinstance(part, int) or part.isidentifier() else ""


def _refuse_unreadable(raw: bytes) -> None:
    """Refuse no JSON in Python's words, and NaN, which no answer could ever show again."""
    try:
        json.loads(raw, parse_constant=_no_number, parse_float=_number_written)
    except (ValueError, RecursionError) as error:
        raise unreadable(f"JSON parse error - {error}") from None


def _number_written(text: str) -> float:
    found = float(text)
    return found if isfinite(found) else _no_number(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"Out of range float values are not JSON compliant: '{text}'")
