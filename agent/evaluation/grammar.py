"""Gold plans: the short notation in which question files say what a right answer asks for.

`T event:math(prop){filters};… f= r= i= bd= cmp= lim= sort= cum=` trends, `F a>b` funnels, `R a->b`
retention, `L` lifecycle, `K` stickiness, `P start= end=` paths, `S` sessions, `M` recurring
revenue, `Q` what needs free HogQL. `|` parts alternatives, `*` is any event, `?` anything.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

KEYS = (
    "r", "i", "bd", "cmp", "lim", "sort", "cum", "disp", "win", "excl", "by", "viz", "order",
    "report", "p", "n", "f", "start", "end", "note", "week_start", "round", "exclude",
)  # fmt: skip
_OPTION = re.compile(rf"(?:^|\s)({'|'.join(KEYS)})=")
_SERIES = re.compile(
    r"(?P<event>[^:{(]+(?:\([^)]*\))?)?(?::(?P<math>\w+))?(?:\((?P<prop>[^)]*)\))?(?:\{(?P<where>[^}]*)\})?"
)


_MATHS = (
    "total|unique|distinct|sum|avg|median|min|max|p\\d+|first_time|unique_session|unique_group"
    "|avg_per_user"
)
_MEASURED = re.compile(
    rf"(?P<event>.+?):(?P<math>{_MATHS})(?:\((?P<prop>[^)]*)\))?(?:\{{(?P<where>[^}}]*)\}})?"
)
"""A series whose event may itself have colons in its name."""


@dataclass(frozen=True)
class Term:
    """One series or step: its event, what is counted, under which conditions."""

    events: frozenset[str]
    math: str = "total"
    prop: str = ""
    where: tuple[tuple[str, str, frozenset[str]], ...] = ()
    first: bool = False


@dataclass(frozen=True)
class Gold:
    """A gold plan taken apart."""

    kinds: frozenset[str]
    bodies: tuple[tuple[Term, ...], ...]
    """The alternatives, each a list of series or steps."""

    options: dict[str, str]

    def option(self, key: str) -> tuple[str, ...]:
        """The alternatives of one option."""
        said = self.options.get(key, "")
        return tuple(part.strip() for part in said.split("|")) if said else ()


def parse(text: str) -> Gold:
    """A gold plan as data."""
    kind, _, rest = text.strip().partition(" ")
    if "growth" in rest.split():
        rest = re.sub(r"\bgrowth\b", "", rest) + " note=growth"
    rest = re.sub(r"\s\((?![^)]* or )[^)]*\)", "", f" {rest}").strip()
    marked = _hidden(rest)
    places = [(m.start(), m.end(), m[1]) for m in _OPTION.finditer(marked)]
    body = rest[: places[0][0]].strip() if places else rest
    options = {}
    for n, (_, end, key) in enumerate(places):
        stop = places[n + 1][0] if n + 1 < len(places) else len(rest)
        options[key] = rest[end:stop].strip()
    kinds = frozenset(kind.split("|"))
    return Gold(kinds, tuple(_terms(one, kinds) for one in _alternatives(body)), options)


def _hidden(text: str) -> str:
    """The text with what stands in braces blanked out, places kept."""
    return re.sub(r"\{[^}]*\}", lambda m: "_" * len(m[0]), text)


def _alternatives(body: str) -> list[str]:
    cut = [0, *(m.start() + 1 for m in re.finditer(r"\|", _hidden(body))), len(body) + 1]
    parts = [body[a : b - 1].strip() for a, b in pairwise(cut)] if body else [""]
    return _completed(parts)


def _completed(parts: list[str]) -> list[str]:
    """Alternatives of one word written out: `e:total|unique{x}`, `a|first(a)->b`."""
    if len(parts) > 1 and re.fullmatch(rf"(?:{_MATHS})(?:\{{.*\}})?", parts[-1]):
        stem, _, math = parts[0].rpartition(":")
        where = parts[-1][parts[-1].index("{") :] if "{" in parts[-1] else ""
        return [f"{stem}:{re.sub('{.*', '', m)}{where}" for m in (math, *parts[1:])]
    tail = next((p[p.index("->") :] for p in parts if "->" in p), "")
    return [p if "->" in p or not tail else p + tail for p in parts]


def _terms(body: str, kinds: frozenset[str]) -> tuple[Term, ...]:
    if not body:
        return ()
    mark = r"->" if "R" in kinds else r">" if "F" in kinds else r";"
    hidden = re.sub(r"\{[^}]*\}", lambda m: "_" * len(m[0]), body)
    cut, last = [], 0
    for match in re.finditer(mark, hidden):
        cut.append(body[last : match.start()])
        last = match.end()
    return tuple(_term(part.strip()) for part in (*cut, body[last:]))


def _term(text: str) -> Term:
    first = re.fullmatch(r"first\(([^)]*)\)(.*)", text)
    if first:
        text = first[1] + first[2]
    either = re.fullmatch(rf"\(([^)]*)\)(?::({_MATHS}))?(?:\{{([^}}]*)\}})?", text)
    if either:
        names = frozenset(part.strip() for part in either[1].split(" or "))
        where = tuple(c for part in (either[3] or "").split(" & ") if (c := condition(part)))
        return Term(names, either[2] or "total", "", where)
    text = re.sub(r"\(\+[^)]*\)|\+total$", "", text)
    match = _MEASURED.fullmatch(text) or _SERIES.fullmatch(text)
    if match and match["math"] and not re.fullmatch(_MATHS, match["math"]):
        match = re.fullmatch(
            r"(?P<event>[^{]+)(?P<math>(?!))?(?P<prop>(?!))?(?:\{(?P<where>[^}]*)\})?", text
        )
    if match is None:
        return Term(frozenset({text}))
    where = tuple(c for part in (match["where"] or "").split(" & ") if (c := condition(part)))
    event = (match["event"] or "*").strip()
    if event.startswith("(") and event.endswith(")"):
        names = frozenset(part.strip() for part in event[1:-1].split(" or "))
        return Term(names, match["math"] or "total", match["prop"] or "", where)
    return Term(
        frozenset({event}), match["math"] or "total", match["prop"] or "", where, first is not None
    )


def condition(text: str) -> tuple[str, str, frozenset[str]] | None:
    """One condition as name, operator and values."""
    text = text.replace("each step", "").strip()
    either = re.fullmatch(r"(\S+?)=(.+?) or contains \2", text)
    text = f"{either[1]} contains {either[2]}" if either else text
    patterns = (
        (r"(?P<name>[\w$. ]+?)\s+in\s+(?P<value>.+)", "="),
        (r"(?P<name>[\w$. ]+?)\s+not_contains\s+(?P<value>.+)", "not contains"),
        (r"(?P<name>[\w$. ]+?)\s+contains\s+(?P<value>.+)", "contains"),
        (r"(?P<name>[\w$. ]+?)\s+starts_with\s+(?P<value>.+)", "starts"),
        (r"(?P<name>[\w$. ]+?)\s+is_set(?P<value>)", "set"),
        (r"(?P<name>[\w$. ]+?)\s+(?:is_)?not_set(?P<value>)", "not set"),
        (r"(?P<name>[\w$. ]+?)!=(?P<value>.+)", "!="),
        (r"(?P<name>[\w$. ]+?)>=(?P<value>.+)", ">="),
        (r"(?P<name>[\w$. ]+?)<=(?P<value>.+)", "<="),
        (r"(?P<name>[\w$. ]+?)>(?P<value>.+)", ">"),
        (r"(?P<name>[\w$. ]+?)<(?P<value>.+)", "<"),
        (r"(?P<name>[\w$. ]+?)=(?P<value>.+)", "="),
        (r"(?P<name>hour)\s+(?P<value>.+)", "="),
    )
    for pattern, operator in patterns:
        if match := re.fullmatch(pattern, text):
            name = match["name"].strip().split(".")[-1]
            values = frozenset(v.strip().lower() for v in match["value"].split(",") if v.strip())
            return name, operator, values
    return None
