"""Tool schemas in few tokens: what a model can do without is left out, nothing is told twice."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from tools.base import Tool

NEEDLESS = frozenset(
    ("additionalProperties", "exclusiveMinimum", "maximum", "maxItems", "minimum", "minItems")
)
"""What the check of the arguments says where it is not kept to."""

SAME = "An argument without a description means what it means in the first tool that has it."


@lru_cache(maxsize=64)
def compacted(tools: tuple[Tool[Any], ...]) -> tuple[dict[str, Any], ...]:
    """The tools as JSON Schema; what an earlier tool has spelled out is not spelled out again."""
    told: dict[str, str] = {}
    return tuple(_tool(one, told) for one in tools)


def _tool(one: Tool[Any], told: dict[str, str]) -> dict[str, Any]:
    schema = one.schema()
    parameters = dict(schema["parameters"])
    defined = parameters.pop("$defs", {})
    return schema | {"parameters": _Compaction(one.name, defined, told).object(parameters)}


class _Compaction:
    """One tool's schema on its way to fewer tokens."""

    def __init__(self, tool: str, defined: Mapping[str, Any], told: dict[str, str]) -> None:
        self._tool = tool
        self._defined = defined
        self._told = told

    def object(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """An object with its fields."""
        fields = {name: self._field(name, one) for name, one in schema["properties"].items()}
        found: dict[str, Any] = {"type": "object", "properties": fields}
        return found | ({"required": schema["required"]} if "required" in schema else {})

    def _field(self, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
        """A field; the description that another one of its name has had is left out."""
        found = self._value(schema)
        if text := " ".join(found.pop("description", "").split()):
            key = f"{name}: {text}"
            if self._told.setdefault(key, self._tool) == self._tool:
                found["description"] = text
        return found

    def _value(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """A schema; null is left out, as an argument can be."""
        kept = {key: one for key, one in schema.items() if key not in NEEDLESS}
        if not kept.get("default", True) or isinstance(kept.get("default"), dict):
            del kept["default"]
        if kept.get("type") == "string" or "enum" in kept:
            kept.pop("type" if "enum" in kept else "", None)
        if reference := kept.pop("$ref", ""):
            return self._referred(reference.rpartition("/")[2]) | kept
        if "anyOf" in kept:
            ways = [self._value(one) for one in kept.pop("anyOf") if one != {"type": "null"}]
            return (ways[0] if len(ways) == 1 else _types(ways)) | kept
        if "items" in kept:
            kept["items"] = self._value(kept["items"])
        return kept

    def _referred(self, name: str) -> dict[str, Any]:
        """A part that has a name; where it was spelled out before, it is only pointed to."""
        if name not in self._told:
            self._told[name] = self._tool
            return self.object(self._defined[name])
        there = "above" if self._told[name] == self._tool else f"in {self._told[name]}"
        return {"type": "object", "description": f"as {there}"}


def _types(ways: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Several plain types as one list of them."""
    if all(way.keys() == {"type"} for way in ways):
        return {"type": [way["type"] for way in ways]}
    return {"anyOf": list(ways)}
