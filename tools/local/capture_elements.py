"""The chain of elements of an autocaptured click, in the text that PostHog keeps it in."""

from collections.abc import Mapping
from typing import Any


def chain(properties: dict[str, Any]) -> str:
    """Take the elements out of an event's properties and write them as a chain."""
    written = properties.pop("$elements_chain", None)
    listed = properties.pop("$elements", None)
    if isinstance(written, str):
        return written
    if not isinstance(listed, list):
        return ""
    return ";".join(_element(item) for item in listed if isinstance(item, dict))


def _element(said: Mapping[str, Any]) -> str:
    classes = said.get("attr__class")
    names = classes.split() if isinstance(classes, str) else classes
    names = sorted(str(name) for name in names) if isinstance(names, list) else []
    start = str(said.get("tag_name") or "")[:1000]
    start += "".join("." + name.replace('"', "") for name in names)
    attributes = {
        **_some("text", said.get("$el_text"), 400),
        "nth-child": str(said.get("nth_child") or 0),
        "nth-of-type": str(said.get("nth_of_type") or 0),
        **_some("href", said.get("attr__href"), 2048),
        **_some("attr_id", said.get("attr__id"), 1000),
        **{key: str(value) for key, value in said.items() if key.startswith("attr__")},
    }
    pairs = (f'{_escaped(key)}="{_escaped(value)}"' for key, value in sorted(attributes.items()))
    return f"{start}:{''.join(pairs)}"


def _some(name: str, value: Any, longest: int) -> dict[str, str]:
    return {name: str(value)[:longest]} if value else {}


def _escaped(text: str) -> str:
    return text.replace('"', '\\"')
