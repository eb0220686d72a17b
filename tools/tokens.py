"""The words of a HogQL text: enough to judge its shape before a parser sees it."""

import re
from collections.abc import Generator, Iterator
from typing import NamedTuple

_CODE = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|//[^\n]*|\#[^\n]*|/\*.*?\*/)
      |(?P<comment>/\*)
      |(?P<template>[fF]')
      |(?P<string>'(?:[^'\\]|\\.|'')*'|'(?:[^'\\]|\\.|'')*\Z)
      |(?P<quoted>`(?:[^`\\]|\\.|``)*(?:`|\Z)|"(?:[^"\\]|\\.|"")*(?:"|\Z))
      |(?P<number>\d[\w.]*|\.\d\w*)
      |(?P<word>[^\W\d][\w$]*|\$[\w$]*)
      |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_TEMPLATE = re.compile(r"(?P<text>(?:[^'\\{]|\\.)+)|(?P<open>\{)|(?P<end>')", re.DOTALL)
_PAIRS = {")": "(", "]": "[", "}": "{"}


class Token(NamedTuple):
    """One word, number, string, quoted name or mark; blanks and comments are left out."""

    kind: str
    text: str
    start: int
    word: str = ""
    """The token in lower case, if it is a bare word."""

    @property
    def end(self) -> int:
        """The offset after the token."""
        return self.start + len(self.text)


class Unclosed(Exception):
    """A string, quoted name or bracket that never ends."""

    def __init__(self, what: str, start: int) -> None:
        self.what = what
        self.start = start
        super().__init__(what)


def tokens(text: str) -> list[Token]:
    """Split a text into tokens; f-strings are entered, so that brackets inside them count."""
    return list(_scan(text))


def _scan(text: str) -> Iterator[Token]:
    position, brackets = 0, list[Token]()
    while position < len(text):
        match = _CODE.match(text, position)
        assert match is not None
        assert match.lastgroup is not None
        kind, found = match.lastgroup, match.group()
        token = Token(kind, found, position, found.lower() if kind == "word" else "")
        position = match.end()
        if token.kind == "blank":
            continue
        _check_closed(token)
        yield token
        if token.kind == "template":
            brackets.append(token)
            position = yield from _template(text, position, brackets)
        elif token.kind == "mark":
            position = yield from _bracket(text, token, brackets)
    if brackets:
        raise Unclosed(brackets[-1].text, brackets[-1].start)


def _bracket(text: str, token: Token, brackets: list[Token]) -> Generator[Token, None, int]:
    if token.text in "([{":
        brackets.append(token)
    elif opener := _PAIRS.get(token.text):
        if not brackets or brackets[-1].text != opener:
            raise Unclosed(token.text, token.start)
        brackets.pop()
        if opener == "{" and brackets and brackets[-1].kind == "template":
            return (yield from _template(text, token.end, brackets))
    return token.end


def _template(text: str, position: int, brackets: list[Token]) -> Generator[Token, None, int]:
    while match := _TEMPLATE.match(text, position):
        if match.lastgroup == "end":
            brackets.pop()
            return match.end()
        if match.lastgroup == "open":
            opener = Token("mark", "{", position)
            brackets.append(opener)
            yield opener
            return match.end()
        position = match.end()
    raise Unclosed("f'", brackets[-1].start)


def _check_closed(token: Token) -> None:
    quote = token.text[0]
    if token.kind == "comment":
        raise Unclosed("/*", token.start)
    if token.kind in ("string", "quoted") and (len(token.text) < 2 or token.text[-1] != quote):
        raise Unclosed(quote, token.start)
