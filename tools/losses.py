"""What PostHog's parsers read and then leave out of the tree: refused, never ignored."""

from typing import NamedTuple

from tools.tokens import Token

_TAILS = frozenset(["format", "into", "outfile", "settings"])
_SET_OPERATORS = frozenset(["union", "intersect", "except"])
_BEFORE_MEMBER = _SET_OPERATORS | {"all", "distinct"}
_BEFORE_NAME = frozenset(["as", "by", "from", "join", "select", "where", "and", "or", "not", "on"])
_AFTER_NAME = frozenset(["asc", "desc", "end"])


class Loss(NamedTuple):
    """One clause that would be lost, and where it stands."""

    reason: str
    start: int
    end: int


def first_loss(found: list[Token]) -> Loss | None:
    """The first clause of a text that its tree would not show."""
    for index, token in enumerate(found):
        if token.kind == "word" and (reason := _reason(found, index)):
            return Loss(reason, token.start, token.end)
    return None


def _reason(found: list[Token], index: int) -> str:
    word, following = found[index].word, _word(found, index + 1)
    if word in ("ignore", "respect") and following == "nulls":
        return "IGNORE NULLS and RESPECT NULLS are not part of HogQL; filter with isNotNull(x)."
    if word == "nulls" and following == "first":
        return "NULLS FIRST is not part of HogQL; order by isNull(x) DESC before x."
    if word == "with" and following == "totals":
        return "WITH TOTALS is not part of HogQL; ask for the total in a query of its own."
    if word == "with" and following in ("rollup", "cube"):
        return f"WITH {following.upper()} is not part of HogQL; write GROUP BY {following}(x)."
    return _reason_of_place(found, index)


def _reason_of_place(found: list[Token], index: int) -> str:
    word = found[index].word
    if word == "collate" and _kind(found, index + 1) == "string":
        return "COLLATE is not part of HogQL; order by lower(x)."
    if word == "filter" and _word(found, _closing(found, index + 1) + 1) == "over":
        return "FILTER together with OVER is not part of HogQL; use the -If form: sumIf(x, y) OVER."
    if word == "format" and _ends_with_format(found, index):
        return "FORMAT is not part of HogQL; leave it out."
    if word in _TAILS and _is_tail(found, index):
        return f"{word.upper()} is not part of HogQL; to use it as a name write AS `{word}`."
    if word in ("order", "limit", "offset") and index and found[index - 1].text == ")":
        return _reason_of_set(found, index)
    return ""


def _is_tail(found: list[Token], index: int) -> bool:
    """Whether a word stands last, as a name nobody gave with AS."""
    return index > 0 and _is_last(found, index) and _is_name(found[index - 1])


def _ends_with_format(found: list[Token], index: int) -> bool:
    following = _word(found, index + 1)
    named = index > 0 and _is_name(found[index - 1])
    return named and bool(following) and following not in _AFTER_NAME and _is_last(found, index + 1)


def _is_last(found: list[Token], index: int) -> bool:
    return [token.text for token in found[index + 1 : index + 3]] in ([], [";"])


def _is_name(token: Token) -> bool:
    named = token.kind in ("word", "quoted", "number", "string") or token.text in (")", "]")
    return named and token.word not in _BEFORE_NAME


def _reason_of_set(found: list[Token], index: int) -> str:
    """ORDER BY after a SELECT in brackets is lost, and a second LIMIT replaces the first."""
    opening = _opening(found, index - 1)
    inside = found[opening:index]
    if not _is_member(found, opening):
        return ""
    if found[index].word == "order":
        return "ORDER BY after a SELECT in brackets is lost; write SELECT * FROM (…) ORDER BY …."
    words = {token.word for token in inside}
    if "limit" in words and not words & _SET_OPERATORS:
        return "A second LIMIT replaces the one in brackets; write SELECT * FROM (…) LIMIT …."
    return ""


def _is_member(found: list[Token], opening: int) -> bool:
    """Whether the bracket holds a whole SELECT that is not the source or value of another."""
    first = next((token.word for token in found[opening:] if token.text != "("), "")
    before = found[opening - 1] if opening else None
    standing = before is None or before.text == "(" or before.word in _BEFORE_MEMBER
    return standing and first in ("select", "with")


def _closing(found: list[Token], index: int) -> int:
    level = 0
    for position in range(index, len(found)):
        level += (found[position].text == "(") - (found[position].text == ")")
        if level == 0:
            return position
    return len(found)


def _opening(found: list[Token], index: int) -> int:
    level = 0
    for position in range(index, -1, -1):
        level += (found[position].text == ")") - (found[position].text == "(")
        if level == 0:
            return position
    return 0


def _word(found: list[Token], index: int) -> str:
    return found[index].word if index < len(found) else ""


def _kind(found: list[Token], index: int) -> str:
    return found[index].kind if index < len(found) else ""
