"""What ClickHouse would be asked, looked at word by word."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from tools import function_tables, functions
from tools.local import tables

_TOKEN = re.compile(
    r"""(?P<blank>\s+)
      |(?P<string>'(?:[^'\\]|\\.)*')
      |(?P<name>`(?:[^`\\]|\\.)*`)
      |(?P<number>\d[\w.]*)
      |(?P<word>[A-Za-z_]\w*)
      |(?P<mark>->|[-(),.\[\]=<>!+*/])""",
    re.VERBOSE | re.DOTALL,
)
_CALLED = re.compile(r"([A-Za-z_]\w*)\(")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEYWORDS = _words(
    """SELECT DISTINCT AS FROM WHERE AND OR NOT IN IS NULL GROUP BY HAVING QUALIFY ORDER ASC DESC
    LIMIT OFFSET WITH TIES RECURSIVE FILL TO STEP UNION ALL EXCEPT INTERSECT OVER PARTITION ROWS
    RANGE BETWEEN UNBOUNDED PRECEDING FOLLOWING CURRENT ROW INNER LEFT RIGHT FULL CROSS ANY SEMI
    ANTI ASOF JOIN ON ARRAY ROLLUP CUBE GROUPING SETS FILTER FINAL BOTH LEADING TRAILING INTERVAL
    DAY HOUR inf nan and or"""
)
"""The words of SQL that our printer writes; nothing else may stand bare."""

BRACKETED = _words(
    """AS FROM WHERE AND OR NOT IN HAVING QUALIFY BY ON UNION ALL DISTINCT EXCEPT INTERSECT JOIN
    OVER ROLLUP CUBE SETS FILTER SELECT BETWEEN THEN BOTH LEADING TRAILING"""
)
"""Those of them that a bracket may follow without being called."""

PRINTED = _words(
    """tuple map arrayElement tupleElement arraySlice plus minus multiply divide modulo and or not
    equals notEquals less greater lessOrEquals greaterOrEquals like notLike ilike notILike match
    ifNull isNull isNotNull has concat toString if multiIf coalesce nullIf toNullable toBool
    transform JSONExtractRaw replaceRegexpAll accurateCastOrNull toDate toDateOrNull toDateTime
    toDateTime64 parseDateTime64BestEffort parseDateTime64BestEffortOrNull
    parseDateTime64BestEffortUSOrNull parseDateTimeOrNull toTimeZone now now64 trim trimLeft
    trimRight toInt64OrZero toFloat64OrZero toFloat64OrDefault toFloat64 lagInFrame leadInFrame
    numbers notEmpty argMin argMax min max countIf uniqExact dateDiff path domain
    uniqExactIf argMinIf argMaxIf minIf maxIf groupUniqArray groupUniqArrayIf toInterval
    toIntervalDay toIntervalHour fromUnixTimestamp64Milli intDiv toUUIDOrZero
    """
)
"""The functions that the compiler writes by itself; those of the list may be called too."""

TABLES = frozenset(re.findall(r"EXISTS (\w+)", " ".join(tables.ALL)))


class Harmful(AssertionError):
    """SQL that says more than the compiler may."""


def check(sql: str) -> None:
    """Stop if the SQL calls, reads or sets anything beyond the list."""
    found = [*_tokens(sql), ("end", "")]
    arguments = {text for (_, text), (_, mark) in pairwise(found) if mark == "->"} | _LOCAL
    for index, (kind, text) in enumerate(found[:-1]):
        following = found[index + 1][1]
        if kind == "name" and following == "(":
            raise Harmful(f"{text} is called: {sql}")
        if kind == "word" and found[index - 1][1] != ".":
            _check_word(sql, text, following, arguments)
        if text in ("FROM", "JOIN") and kind == "word" and _reads(found, index):
            _check_source(sql, found[index + 1], found[index + 2 :])


def _tokens(sql: str) -> Iterator[tuple[str, str]]:
    position, before = 0, ""
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        if match is None or match.lastgroup is None:
            raise Harmful(f"{sql[position : position + 20]!r} is no word: {sql}")
        position = match.end()
        if (before, match.group()) in (("-", "-"), ("/", "*"), ("/", "/")):
            raise Harmful(f"A comment begins: {sql}")
        before = match.group()
        if match.lastgroup != "blank":
            yield match.lastgroup, match.group()


def _check_word(sql: str, word: str, following: str, arguments: set[str]) -> None:
    if following == "(" and word not in BRACKETED and not _is_listed(word):
        raise Harmful(f"{word} is called: {sql}")
    known = word in KEYWORDS or word in TABLES or re.fullmatch(r"__t\d+\w*", word)
    if following != "(" and not known and word not in arguments:
        raise Harmful(f"{word} stands bare: {sql}")


_LOCAL = frozenset(["number", "document"])
"""The columns of sources that are no tables; what people name is always quoted."""


def _reads(found: Sequence[tuple[str, str]], index: int) -> bool:
    """Whether a FROM or JOIN names a source, which it doesn't in FILL FROM, ARRAY JOIN and trim."""
    depth, words = 0, []
    for _, text in reversed(found[:index]):
        depth += (text == ")") - (text == "(")
        words.append(text)
        if depth < 0:
            break
    trimmed = len(words) > 1 and words[-2] in ("BOTH", "LEADING", "TRAILING")
    return not trimmed and words[0] not in ("FILL", "ARRAY")


def _check_source(sql: str, source: tuple[str, str], rest: Sequence[tuple[str, str]]) -> None:
    kind, text = source
    if text == "(" or text in TABLES or re.fullmatch(r"__t\d+\w*", text):
        return
    if kind == "string" or (text == "numbers" and rest[1][0] == "number"):
        return
    raise Harmful(f"{text} is read: {sql}")


@lru_cache(maxsize=4096)
def _is_listed(word: str) -> bool:
    found = functions.find(word)
    listed = found is not None and not found.elsewhere
    return listed or word in PRINTED or word in _templates()


@lru_cache(maxsize=1)
def _templates() -> frozenset[str]:
    texts = [*function_tables.RENAMED.values(), *function_tables.AGGREGATES_RENAMED.values()]
    return frozenset(name for text in texts for name in _CALLED.findall(text))
