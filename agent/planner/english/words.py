"""Questions and names as words: tokens, spellings, stems."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from Stemmer import Stemmer

TOKEN = re.compile(
    r"""
      "(?P<dq>[^"]{1,200})" | “(?P<cq>[^”]{1,200})” | `(?P<bq>[^`]{1,200})`
    | (?<![\w])'(?P<sq>[^']{1,200})'(?!\w)
    | (?P<date>\d{4}-\d{2}(?:-\d{2})?(?!\d))
    | (?P<version>v?\d+(?:\.\d+){2,}(?!\w))
    | (?P<number>[$£€]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:st|nd|rd|th|[kKmM%])?(?!\w))
    | (?P<several>\d+s(?!\w))
    | (?P<span>\d+(?:[dhwy]|mo|am|pm)(?!\w))
    | (?P<short>(?:vs|etc|approx|avg|incl|excl|no|nr|e\.g|i\.e)\.(?=\s))
    | (?P<path>(?<!\w)/[\w./*%-]*)
    | (?P<word>[$@]?\w[\w$@.'’:-]*\w|[$@]?\w)
    | (?P<sign>[$£€](?!\w))
    | (?P<mark>->|=>|→|>>|<=|>=|!=|<>|==|[<>=?,;:/()"&+%#—–·|×-]|\.(?=\s))
    """,
    re.VERBOSE,
)
ENDING = r"['’](?:s|re|ve|ll|d|m)?$"
"""What an apostrophe leaves at the end of a word; "didn't" stays whole."""

NAME_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


@dataclass(frozen=True)
class Token:
    """One word of a question."""

    text: str
    """As written."""

    word: str
    """Lower case, spelling mended."""

    stem: str
    kind: str
    """quoted, date, number, path, word, mark."""

    start: int
    """Character offset in the question."""

    end: int


STEMMER = Stemmer("english")


@cache
def stem(word: str) -> str:
    """The stem of one lower-case word; `$`-signs of names do not count."""
    if word in _data()["stems"]:
        return str(_data()["stems"][word])
    return str(STEMMER.stemWord(word.strip("$").lower()))


@cache
def _data() -> dict[str, dict[str, str]]:
    data: dict[str, dict[str, str]] = tomllib.loads(
        files("agent.planner.english").joinpath("lexicon.toml").read_text("utf-8")
    )
    return data


def _spelled() -> dict[str, str]:
    return _data()["spelled"]


@lru_cache(maxsize=1024)
def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens of a question, hidden compounds taken apart ("signups" is "sign ups")."""
    tokens: list[Token] = []
    for match in TOKEN.finditer(text):
        kind = match.lastgroup or "word"
        if kind in ("dq", "cq", "bq", "sq"):
            said = match[kind].strip()
            tokens.append(Token(said, said.lower(), stem(said), "quoted", *match.span()))
        elif kind == "span":
            count, unit = re.findall(r"\d+|\D+", match[0].lower())
            tokens.append(Token(count, count, count, "number", *match.span()))
            tokens.append(Token(unit, unit, unit, "word", *match.span()))
        elif kind == "short":
            word = _mended(match[0].rstrip("."))
            tokens.append(Token(match[0], word, stem(word), "word", *match.span()))
        elif kind == "several":
            tokens.append(Token(match[0], match[0][:-1], match[0][:-1], "number", *match.span()))
        elif kind == "word":
            tokens += _words(match)
        elif kind == "sign":
            word = {"$": "dollars", "£": "pounds", "€": "euros"}[match[0]]
            tokens.append(Token(match[0], word, stem(word), "word", *match.span()))
        else:
            said = match[0]
            apart = (
                said == "/" and tokens and not _leads(tokens[-1].word) and match.end() < len(text)
            )
            tokens.append(
                Token(said, said.lower(), said.lower(), "mark" if apart else kind, *match.span())
            )
    return tuple(tokens)


def plain_words(text: str) -> list[str]:
    """The words of a text of lower-case letters and blanks alone, as `tokenize` gives them."""
    return [word for part in text.split() for word in _spelled().get(part, part).split()]


def is_initials(token: Token, question: str) -> bool:
    """Whether a word is in capitals where the question isn't: “US” is not “us”."""
    return len(token.text) > 1 and token.text.isupper() and not question.isupper()


def name_words(name: str) -> tuple[str, ...]:
    """The lower-case words of an event's or property's name, compounds taken apart."""
    parts = [part.lower() for part in NAME_PART.findall(name)]
    return tuple(word for part in parts for word in _spelled().get(part, part).split())


def _leads(word: str) -> bool:
    """Whether a path may follow: “to /” is the root, “new / returning” a choice."""
    return word in (
        "to",
        "on",
        "at",
        "of",
        "from",
        "is",
        "path",
        "pathname",
        "page",
        "url",
        "visit",
        "visited",
        "=",
    )


def _words(match: "re.Match[str]") -> list[Token]:
    """One written word as tokens; names with `_`, `.`, `@` or `$` stay whole."""
    whole = match[0].replace("’", "'")
    said = whole if _spelled().get(whole.lower()) else re.sub(ENDING, "", match[0])
    if re.search(r"[_@$.:]|^\W", said) and _spelled().get(said.lower()) is None:
        return [Token(said, said.lower(), stem(said), "word", *match.span())]
    parts = [word for part in said.split("-") if part for word in _mended(part).split()]
    kinds = ["number" if part.isdecimal() else "word" for part in parts]
    return [
        Token(said, word, stem(word), kind, *match.span())
        for word, kind in zip(parts, kinds, strict=True)
    ]


def _mended(word: str) -> str:
    whole = word.lower().replace("’", "'")
    lower = re.sub(ENDING, "", whole)
    return _spelled().get(whole) or _spelled().get(lower, lower)


def word_set(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())
