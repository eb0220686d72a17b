"""PostHog's own HogQL parser, whichever is installed, behind one function and one shape of tree."""

import importlib
import json
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

from tools.losses import first_loss
from tools.shape import shape
from tools.tokens import Token, Unclosed, tokens

Node = dict[str, Any]
"""One node of the tree: `node` names its kind, `start` and `end` are character offsets."""

# Two threads may want the parser first; the stubs of one must not meet those of the other.
_IMPORTING = threading.Lock()

MAX_JOINS = 16
MAX_COLUMNS = 500
MAX_EFFORT = 500_000
MAX_TREE = 160

_INVISIBLE = (
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u200b\u200c\u200e\u200f"
    r"\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_NOT_SELECT = re.compile(
    r"insert|update|delete|drop|alter|create|truncate|attach|detach|rename|optimize|grant|revoke"
    r"|set|use|show|describe|desc|explain|kill|system|exchange|call|copy|merge|replace|begin|commit"
)
_HINTS = (
    (r"date\s*'", "Write toDate('2026-01-31') in place of a date literal."),
    (r"timestamp\s*'", "Write toDateTime('2026-01-31 12:00:00') in place of a timestamp literal."),
    (
        r"extract\s*\(\s*\w+\s+from",
        "Write toYear(x), toMonth(x) or toDayOfWeek(x) in place of EXTRACT.",
    ),
    (r"->>|->\s*'", "Write properties.key in place of a JSON arrow."),
    (r"\{\{", "A placeholder has single braces: {variables.name}."),
    (r"\bis\s+(not\s+)?(true|false)\b", "Write x = true in place of IS TRUE."),
    (r"\btop\s+\d", "Write LIMIT n at the end in place of TOP n."),
    (r"\bgroups\s+(between|unbounded|current|\d)", "Write ROWS or RANGE in place of GROUPS."),
    (r"\bexclude\s+(current|group|ties|no)\b", "A window frame has no EXCLUDE."),
    (r"\bfetch\s+(first|next)\b", "Write LIMIT n in place of FETCH."),
    (r"\bgrouping\s+sets\b", "Each of the GROUPING SETS stands in brackets of its own."),
    (
        r"[\w)]\s+(second|minute|hour|day|week|month|quarter|year)\s*(,|\bfrom\b)",
        "Write AS before a name that is a unit of time: AS day.",
    ),
    (
        r"\bover\s*\(\s*(?!partition\s+by\b|order\s+by\b|rows\b|range\b)\w+",
        "A window is OVER name, or OVER (PARTITION BY … ORDER BY …).",
    ),
    (r"\bminus\s+select\b", "Write EXCEPT in place of MINUS."),
    (r"\*\s*except\b", "Write * EXCLUDE (a, b) to leave out columns."),
    (r"\*\s*replace\b", "Write COLUMNS(* REPLACE (x + 1 AS x)) to replace columns."),
    (r"\bpercent\b", "LIMIT takes a number of rows, not a percentage."),
    (r"\bescape\s*'", "LIKE has no ESCAPE here; escape with two backslashes: '\\\\_'."),
    (r"'[^']*(?<!\\)\\[%_][^']*'", "A backslash in a text is written twice: '\\\\_'."),
    (
        r"::\s*\w+\s*\(|\bas\s+\w+\s*\(\s*\d",
        "Write toDecimal(x, scale) or toFloat(x) for the cast.",
    ),
    (r"\bwhere\b.*\bjoin\b", "JOIN comes before WHERE."),
    (r"\bgroup\s+by\b.*\bwhere\b", "WHERE comes before GROUP BY."),
    (r"\blimit\b.*\border\s+by\b", "ORDER BY comes before LIMIT."),
    (r",\s*from\b", "There is a comma too many before FROM."),
)


class SyntaxRefused(Exception):
    """A text that is no HogQL we can read; offsets count characters."""

    def __init__(self, message: str, start: int, end: int) -> None:
        self.message = message
        self.start = start
        self.end = end
        super().__init__(message)


@dataclass(frozen=True)
class _Parser:
    """One of PostHog's two parsers and what it bears."""

    module: ModuleType
    max_length: int
    max_depth: int


def parse_select(text: str) -> Node:
    """The tree of one SELECT, or of a set of them; never to be changed by its readers."""
    return _parse(text, "parse_select_json")


def parse_expr(text: str) -> Node:
    """The tree of one expression."""
    return _parse(text, "parse_expr_json")


@lru_cache(maxsize=256)
def _parse(text: str, function: str) -> Node:
    parser = _parser()
    found = _tokens(text, parser)
    if loss := first_loss(found):
        raise SyntaxRefused(loss.reason, loss.start, loss.end)
    parse: Callable[[str], str] = getattr(parser.module, function)
    try:
        tree: Node = json.loads(parse(text), object_hook=_tidy)
    except RecursionError:
        raise SyntaxRefused("The query is nested too deeply.", 0, len(text)) from None
    if tree.get("error"):
        raise _explain(text, found, tree)
    if len(found) > MAX_TREE // 2:
        _check_tree(tree)
    return tree


@lru_cache(maxsize=1)
def _parser() -> _Parser:
    if sys.version_info >= (3, 12):
        return _Parser(importlib.import_module("hogql_parser_rs"), 65_536, 64)
    return _Parser(_import_beside_posthog("hogql_parser"), 16_384, 12)


def _import_beside_posthog(name: str) -> ModuleType:
    """Import a module that wants PostHog's own code to be there; it only needs the names."""
    with _IMPORTING:
        return sys.modules.get(name) or _import_with_stubs(name)


def _import_with_stubs(name: str) -> ModuleType:
    stubs = ["posthog.hogql", "posthog.hogql.errors"]
    stubs += [] if "posthog" in sys.modules else ["posthog"]
    kept = {stub: sys.modules.get(stub) for stub in stubs}
    sys.modules.update({stub: ModuleType(stub) for stub in stubs})
    try:
        return importlib.import_module(name)
    finally:
        for stub, module in kept.items():
            sys.modules.pop(stub)
            if module is not None:
                sys.modules[stub] = module


def _tidy(node: Node) -> Any:
    """Positions become plain offsets; keys that one parser prints and the other leaves out go."""
    if "node" not in node and "offset" in node:
        return node["offset"]
    if node.get("node") == "Constant":
        return node
    return {key: value for key, value in node.items() if value is not None and value is not False}


def _tokens(text: str, parser: _Parser) -> list[Token]:
    if len(text) > parser.max_length:
        raise SyntaxRefused(
            f"The query has {len(text)} characters; at most {parser.max_length} are read.",
            parser.max_length,
            len(text),
        )
    if control := re.search(_INVISIBLE, text):
        raise SyntaxRefused(
            f"The query has the invisible character U+{ord(control.group()):04X}; remove it.",
            control.start(),
            control.end(),
        )
    try:
        found = tokens(text)
    except Unclosed as error:
        raise SyntaxRefused(f"{error.what} has no counterpart.", error.start, len(text)) from None
    _check_shape(text, found, parser)
    return found


def _check_shape(text: str, found: list[Token], parser: _Parser) -> None:
    if not found:
        raise SyntaxRefused("The query is empty.", 0, len(text))
    measured = shape(found)
    if measured.depth > parser.max_depth:
        reason = f"nested more than {parser.max_depth} levels deep; flatten it by WITH"
    elif measured.sources > MAX_JOINS:
        reason = f"joined from more than {MAX_JOINS} tables"
    elif measured.columns > MAX_COLUMNS:
        reason = f"listing more than {MAX_COLUMNS} expressions"
    elif measured.effort > MAX_EFFORT:
        reason = "too long in one of its expressions; use IN (…) or split it"
    else:
        return
    raise SyntaxRefused(f"The query is {reason}.", 0, len(text))


def _check_tree(tree: Node) -> None:
    layer: list[Any] = [tree]
    for _ in range(MAX_TREE):
        layer = [child for item in layer for child in _children(item)]
        if not layer:
            return
    raise SyntaxRefused("The query is nested too deeply.", tree["start"], tree["end"])


def _children(item: Any) -> list[Any]:
    values = item.values() if isinstance(item, dict) else item
    return [value for value in values if isinstance(value, dict | list)]


def _explain(text: str, found: list[Token], error: Node) -> SyntaxRefused:
    start = error.get("start", 0)
    end = max(error.get("end", start), start)
    if _NOT_SELECT.fullmatch(found[0].word):
        return SyntaxRefused("Only SELECT queries can be run.", found[0].start, found[0].end)
    if semicolon := next((token for token in found[:-1] if token.text == ";"), None):
        return SyntaxRefused("Only one statement can be run.", semicolon.start, semicolon.end)
    token = next((token for token in found if token.start <= start < token.end), None)
    message = _readable(str(error["message"]), token, start >= found[-1].end)
    hint = next((hint for pattern, hint in _HINTS if _in_code(pattern, text[:4000])), "")
    return SyntaxRefused(f"{message} {hint}".strip(), start, end)


def _readable(message: str, token: Token | None, at_end: bool) -> str:
    if message.startswith("Unsupported: SelectStmt."):
        clause = message.removeprefix("Unsupported: SelectStmt.").removesuffix("Clause()").upper()
        return f"{clause} is not part of HogQL."
    if re.match(r"no viable|mismatched|extraneous|missing|expected|trailing|unexpected", message):
        if token is None or at_end:
            return "The query ends too early."
        wanted = re.match(r"expected (\S+), got", message)
        place = f"Unexpected {token.text!r}"
        return f"{place}, expected {wanted.group(1)}." if wanted else f"{place}."
    return f"{message[:1].upper()}{message[1:]}."


def _in_code(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None
