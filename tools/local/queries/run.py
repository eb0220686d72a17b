"""From the JSON of a query to the body of its answer."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ValidationError

from tools.local.bodies import ApiError, invalid
from tools.local.dates import DateError
from tools.local.failures import StoreError, failed
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.written import written
from tools.local.queries import KINDS
from tools.local.queries.hogql_query import modified
from tools.local.queries.kind import Kind
from tools.local.queries.model import Insight
from tools.local.queries.reader import Reader

FIELD = "query"
_ONLY_FALSE = {"expected": "False"}
WRAPPERS = ("DataTableNode", "InsightVizNode", "DataVisualizationNode")


def run(asked: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    """The answer of one query; raises PostHog's refusal of a wrong one."""
    kind, query = read_query(asked)
    try:
        body = dict(kind.answer(query, _modified(reader, query)))
    except (HogQLError, DateError) as error:
        raise invalid(str(error), attr=FIELD) from None
    except StoreError as error:
        raise failed(error) from None
    if kind.bare:
        return body
    asked_in_hogql = written(nodes.union(reader.ran)) if reader.ran else None
    return {"hogql": asked_in_hogql, "timezone": reader.context.timezone, "error": None, **body}


def read_query(asked: Mapping[str, Any]) -> tuple[Kind, BaseModel]:
    """The kind of a query and the query as its model."""
    asked = inner(asked)
    name = asked.get("kind")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise invalid(f"The embedded project does not answer {name} yet.", attr="query__kind")
    try:
        return kind, kind.model.model_validate({k: v for k, v in asked.items() if k != "kind"})
    except ValidationError as error:
        raise _refused(kind.name, error) from None


def inner(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """The query within what says how a screen shows it."""
    while asked.get("kind") in WRAPPERS:
        source = asked.get("source")
        if not isinstance(source, Mapping):
            raise invalid(f"{asked['kind']} has no source.", attr="query__source")
        asked = source
    return asked


def _modified(reader: Reader, query: BaseModel) -> Reader:
    """The project as the modifiers of an insight want it."""
    if not isinstance(query, Insight) or not query.modifiers:
        return reader
    return replace(reader, context=modified(reader.context, query.modifiers))


def _refused(name: str, error: ValidationError) -> ApiError:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        said = f"{name} has the field {place}, which the embedded project does not know."
    elif first["type"] == "none_required" or first.get("ctx") == _ONLY_FALSE:
        said = f"{name}: {place} is not supported in the embedded project: leave it out."
    else:
        said = f"{name}: {place}: {first['msg']}."
    return invalid(said, attr="__".join([FIELD, *map(str, first["loc"])]))
