"""Tool calls and thoughts that weak models write into their text."""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

BLOCK = re.compile(
    r"<tool_call>\s*(?P<tagged>.*?)\s*(?:</tool_call>|\Z)"
    r"|```(?:json|tool_call|tool_code)?[ \t]*\n\s*(?P<fenced>[{\[].*?)\s*```",
    re.DOTALL,
)
THOUGHT = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)|\A.*</think>", re.DOTALL)
UNSHOWN = re.compile(r"```|<tool_call>|\A\s*[{\[<]")

Call = tuple[str, dict[str, Any]]


def spoken(text: str) -> str:
    """The text without the thoughts before it."""
    return THOUGHT.sub("", text, count=1)


def showable(text: str) -> str:
    """The part of unfinished text that is certainly neither a thought nor a tool call."""
    said = spoken(text)
    mark = UNSHOWN.search(said)
    return said[: mark.start()] if mark else said


def find_calls(text: str, names: Collection[str]) -> tuple[str, tuple[Call, ...]]:
    """The text without the calls written in it, and these calls; only of tools in `names`."""
    blocks = [m for m in BLOCK.finditer(text) if _calls(m["tagged"] or m["fenced"] or "", names)]
    if blocks:
        calls = [call for m in blocks for call in _calls(m["tagged"] or m["fenced"], names)]
        written = {m.span() for m in blocks}
        rest = BLOCK.sub(lambda m: "" if m.span() in written else m[0], text)
        return rest.strip(), tuple(calls)
    raw = _calls(text.strip(), names)
    return ("", raw) if raw else (text, ())


def read_object(text: str) -> dict[str, Any] | None:
    """A JSON object, or None; also when a key is given twice, which can be read two ways."""
    try:
        value = json.loads(text, strict=False, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _calls(text: str, names: Collection[str]) -> tuple[Call, ...]:
    found = (_call(value, names) for value in _values(text))
    return tuple(call for call in found if call)


def _values(text: str) -> Iterator[Any]:
    """The JSON values a text begins with, those of a list one by one."""
    decoder = json.JSONDecoder(strict=False, object_pairs_hook=_once)
    while text.startswith(("{", "[")):
        try:
            value, end = decoder.raw_decode(text)
        except (ValueError, RecursionError):
            return
        yield from value if isinstance(value, list) else (value,)
        text = text[end:].lstrip(" \t\r\n,;")


def _call(value: Any, names: Collection[str]) -> Call | None:
    """A value of the shape {"name", "arguments"} (some families say "parameters")."""
    if not isinstance(value, dict) or value.get("name") not in names:
        return None
    arguments = value.get("arguments", value.get("parameters"))
    if isinstance(arguments, str):
        arguments = read_object(arguments)
    return (value["name"], arguments) if isinstance(arguments, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a key is given twice")
    return read
