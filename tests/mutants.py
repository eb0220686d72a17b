"""Queries made worse at random, the same ones in every run."""

import random
import re
from collections.abc import Iterator, Sequence

_PARTS = re.compile(
    r"f?'(?:[^'\\]|\\.|'')*'|`[^`]*`|[\w$]+(?:\.[\w$]+)*|\|\||'(?:[^'\\]|\\.|'')*'|[<>!=:?]+|->|\S"
)
_STRUCTURE = tuple(
    """select from where group by order limit having qualify with recursive as join on using left
    right inner full outer array union all distinct intersect except over partition window ,
    =""".split()  # noqa: SIM905
)
"""What a query falls to pieces without; mostly left in place, so that more of them are read."""


def mutants(seeds: Sequence[str], count: int, seed: int) -> Iterator[str]:
    """Queries with parts lost, doubled, swapped, replaced, wrapped and taken from elsewhere."""
    dice = random.Random(seed)
    words = [_PARTS.findall(text) for text in seeds]
    for _ in range(count):
        parts = list(dice.choice(words))
        for _ in range(dice.choice((1, 1, 1, 2, 2, 3))):
            dice.choice(_MUTATIONS)(dice, parts, dice.choice(words))
        yield " ".join(parts)[:4000]


def _span(dice: random.Random, parts: list[str]) -> tuple[int, int]:
    """One word, or a bracket with all it holds."""
    kept = () if dice.random() < 0.1 else _STRUCTURE
    places = [at for at, part in enumerate(parts) if part not in ")]}" and part not in kept]
    first = dice.choice(places or [0])
    last = min(first + 1, len(parts))
    while last < len(parts) and _open(parts[first:last]):
        last += 1
    return first, last


def _open(parts: list[str]) -> bool:
    return sum((part in "([{") - (part in ")]}") for part in parts) > 0


def _lose(dice: random.Random, parts: list[str], _: list[str]) -> None:
    first, last = _span(dice, parts)
    del parts[first:last]


def _double(dice: random.Random, parts: list[str], _: list[str]) -> None:
    first, last = _span(dice, parts)
    parts[first:first] = [*parts[first:last], dice.choice((",", "and", "=", "+", ""))]


def _swap(dice: random.Random, parts: list[str], _: list[str]) -> None:
    (one, two), (first, last) = sorted((_span(dice, parts), _span(dice, parts)))
    if two <= first:
        parts[one:last] = [*parts[first:last], *parts[two:first], *parts[one:two]]


def _poison(dice: random.Random, parts: list[str], _: list[str]) -> None:
    first, last = _span(dice, parts)
    parts[first : dice.choice((first, last))] = [dice.choice(POISON)]


def _replace(dice: random.Random, parts: list[str], other: list[str]) -> None:
    first, last = _span(dice, parts)
    alike = [part for part in other if part not in _STRUCTURE and part[0].isalnum()]
    parts[first:last] = [dice.choice(alike or POISON)]


def _splice(dice: random.Random, parts: list[str], other: list[str]) -> None:
    (first, last), (start, end) = _span(dice, parts), _span(dice, other)
    parts[first:last] = other[start:end]


def _wrap(dice: random.Random, parts: list[str], _: list[str]) -> None:
    first, last = _span(dice, parts)
    opening, closing = dice.choice(WRAPPERS)
    parts[first:last] = [opening, *parts[first:last], closing]


def _character(dice: random.Random, parts: list[str], _: list[str]) -> None:
    first, last = _span(dice, parts)
    if first < last:
        cut = dice.randint(0, len(parts[first]))
        word = parts[first]
        parts[first] = f"{word[:cut]}{dice.choice(CHARACTERS)}{word[cut:]}"


_MUTATIONS = (
    _lose,
    _double,
    _swap,
    _poison,
    _replace,
    _replace,
    _splice,
    _splice,
    _wrap,
    _character,
)

CHARACTERS = "\\'`\"{}()[];-/*#%$?:,.\0\n é\u202e"
WRAPPERS = (
    ("(", ")"), ("(select ", ")"), ("file(", ")"), ("url(", ")"), ("`", "`"), ("'", "'"),
    ("{", "}"), ("[", "]"), ("/*", "*/"), ("f'{", "}'"), ("count(", ")"), ("sumIf(", ", 1)"),
    ("arrayMap(x -> ", ", [1])"), ("cast(", " as Int64)"), ("exists(", ")"), ("<a b={", "} />"),
    ("not(", ")"), ("case when ", " then 1 end"), ("JSONExtract(", ", 'String')"), ('"', '"'),
)  # fmt: skip

POISON = (
    " ", ";", ";drop table events;", "--", "/*", "*/", "#", "'", "`", '"', "\\", "\0", "(", ")",
    ",", "*", "%", "$", "?", "{", "}", "{filters}", "{x}", "->", "::", "=", "!=", "not ", " and ",
    " or ", " union all select 1", " into outfile '/tmp/x'", " format CSV", " settings readonly=0",
    " file('/etc/passwd')", "url('http://127.0.0.1/')", "system.tables", "`system`.`users`", "s3",
    "remote('127.0.0.1', system, one)", "getSetting('x')", "dictGet('a', 'b', 1)", "sleep(3)",
    "numbers(1000000000000)", "executable('x', 'y', 'z')", "merge('a', 'b')", "cluster", "null",
    "events", "persons", "team_id", "__t0", "__t0_inner", "information_schema.tables", " as `a``b`",
    " as `a\\`b`", "'\\'", "'''", "1e999", "-9223372036854775809", "0x", "1_0", "now()",
    "properties", "properties.a['b']", "person.properties", "session", " in cohort 1", " over ()",
    " with a as (select 1) ", " limit 1 by 1", " array join [1] as a ", " lateral ", " final ",
    " sample 0.1 ", " prewhere ", " window w as ()", "interval 1 day", "é", "\u202e", "\ud800",
    "日", "/x y/", "//", " qualify 1", " with totals", " with ties", "@x", "a.b.c.d", "x -> x",
)  # fmt: skip
