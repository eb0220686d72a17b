"""CSS selectors, as actions have them, over the chain of elements of a click.

The chain names the clicked element first and then its parents, as
`button.big.red:attr_id="buy"text="Buy";div.page:nth-child="2"`. After
posthog/models/property/util.py (build_selector_regex), which finds an element only where its
parent in the selector is its parent on the page, with `>` or without.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tools.local.hogql import nodes
from tools.local.hogql.element_tags import USEFUL_ELEMENTS
from tools.local.hogql.errors import HogQLError
from tools.local.hogql.kinds import Node

_CHAIN = nodes.field("elements_chain")
_PIECE = re.compile(
    r"""(?P<tag>^(?:\*|[\w-]+))
    |\.(?P<class>(?:\\.|[\w-])+)
    |\#(?P<id>(?:\\.|[\w-])+)
    |\[(?P<key>[\w-]+)=(?P<quote>["'])(?P<value>.*?)(?P=quote)\]
    |:(?P<place>nth-child|nth-of-type)\((?P<number>\d+)\)""",
    re.VERBOSE,
)
_WORDS = re.compile(r"""(?:\[[^\]]*\]|[^\s\[])+""")
_REST = r'([-_a-zA-Z0-9\.:"= ]*?)?($|;|:([^;^\s]*(;|$|\s)))'


class _Part(NamedTuple):
    """One element of a selector."""

    tag: str
    classes: list[str]
    attributes: dict[str, str]


def tagged(name: str) -> Node:
    """Whether the click went through an element of this tag."""
    return _chain_matches(rf"(^|;){re.escape(name)}(\.|$|;|:)")


def selected(selector: str) -> Node:
    """Whether the click was on what a selector selects."""
    words = _WORDS.findall(selector.replace("> * > ", "").replace("> *", ""))
    pattern, parts = "", []
    for index in range(len(words) - 1, -1, -1):
        if words[index] == ">":
            continue
        parts.append(_part(words[index], selector))
        is_parent = words[index + 1 : index + 2] == [">"]
        pattern += _pattern(parts[-1]) + (".*" if is_parent else "")
    return nodes.all_of([_chain_matches(pattern), *_also(parts)])


def _also(parts: list[_Part]) -> Iterator[Node]:
    """What PostHog asks besides, because its pattern finds a tag in the middle of a word."""
    for part in parts:
        if identity := part.attributes.get("attr_id"):
            given = nodes.constant(identity)
            yield nodes.expr("has(elements_chain_ids, {given})", given=given)
    if tags := [part.tag for part in parts if part.tag in USEFUL_ELEMENTS]:
        yield nodes.expr("hasAny(elements_chain_elements, {tags})", tags=nodes.constant(tags))


def _part(word: str, selector: str) -> _Part:
    tag, classes, attributes, at = "", [], {}, 0
    while at < len(word):
        found = _PIECE.match(word, at)
        if found is None:
            raise HogQLError(f"The selector {selector!r} is not supported in the embedded project.")
        at, piece = found.end(), found.groupdict()
        tag = piece["tag"] or tag
        if piece["class"]:
            classes.append(re.sub(r"\\(.)", r"\1", piece["class"]))
        key, value = _attribute(piece)
        if key:
            attributes[key] = value
    return _Part(tag, classes, attributes)


def _attribute(piece: dict[str, str]) -> tuple[str, str]:
    if piece["id"] or piece["key"] == "id":
        return "attr_id", piece["id"] or piece["value"]
    if piece["place"]:
        return piece["place"], piece["number"]
    return piece["key"] or "", piece["value"] or ""


def _pattern(part: _Part) -> str:
    pattern = ".+" if part.tag == "*" else re.escape(part.tag)
    if part.classes:
        pattern += r".*?\." + r"\..*?".join(re.escape(name) for name in sorted(part.classes))
    if part.attributes:
        pattern += ".*?" + "".join(
            f'{re.escape(key)}="{re.escape(value)}".*?'
            for key, value in sorted(part.attributes.items())
        )
    return pattern + _REST


def _chain_matches(pattern: str) -> Node:
    return nodes.compare("=~", _CHAIN, nodes.constant(pattern))
