"""The words of a team: what they stand for in a question, or what they mean."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from agent.errors import SettingsError
from agent.planner.english.words import stem

QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|`[^`]*`|(?<!\w)'[^']*'(?!\w)")
WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
SECTIONS = ("terms", "definitions")
EXAMPLE = '"active member" = "people who did class_attended or booking_completed"'


@dataclass(frozen=True)
class Glossary:
    """Terms that can be put into a question, and definitions that only explain."""

    terms: Mapping[str, str] = field(default_factory=dict)
    """Term → analytics English that can stand in its place."""

    definitions: Mapping[str, str] = field(default_factory=dict)
    """Term → what it means, in plain words."""

    path: str = ""
    """The file it is read from, "" for none."""

    def meaning(self, said: str) -> tuple[str, str] | None:
        """The term that a text is about, the longest one in it, with its meaning."""
        known = {**self.definitions, **self.terms}
        for term in sorted(known, key=lambda one: (-len(_stems(one)), one)):
            if next(_places(said, term), None):
                return term, known[term]
        return None


NO_GLOSSARY = Glossary()


def load_glossary(path: Path) -> Glossary:
    """The glossary of a file, empty when there is none."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Glossary(path=str(path))
    except (OSError, ValueError) as error:
        raise SettingsError(f"The glossary {path} can't be read: {error}.") from error
    unknown = [name for name in data if name not in SECTIONS]
    if unknown:
        known = "use [terms] and [definitions]"
        raise SettingsError(f"The glossary {path} has the unknown part {unknown[0]!r}: {known}.")
    terms, definitions = (_entries(path, name, data.get(name, {})) for name in SECTIONS)
    if twice := set(map(_key, terms)) & set(map(_key, definitions)):
        raise SettingsError(
            f"The glossary {path} explains {' '.join(min(twice))!r} twice: keep one."
        )
    _refuse_circles(path, terms)
    return Glossary(terms, definitions, str(path))


def expand(question: str, glossary: Glossary) -> tuple[str, tuple[str, ...]]:
    """The question with terms replaced by what they stand for, and a remark on each."""
    used: dict[str, str] = {}
    text = _expanded(question, glossary.terms, frozenset(), used)
    return text, tuple(f"“{term}” means {meaning} (glossary)" for term, meaning in used.items())


def _expanded(
    text: str, terms: Mapping[str, str], within: frozenset[str], used: dict[str, str]
) -> str:
    """A text with its terms replaced, the longest first, and the terms of their meanings too."""
    found: list[tuple[int, int, str]] = []
    for term in sorted(terms, key=lambda one: (-len(_stems(one)), one)):
        for start, end in _places(text, term) if term not in within else ():
            if not any(start < b and a < end for a, b, _ in found):
                found.append((start, end, term))
    for start, end, term in sorted(found, reverse=True):
        meaning = _expanded(terms[term], terms, within | {term}, used)
        text = f"{text[:start]}{meaning}{text[end:]}"
        used[term] = meaning
    return text


def _places(text: str, term: str) -> Iterator[tuple[int, int]]:
    """Where a term stands in a text, whatever its case or number, outside of quotation marks."""
    sought = _stems(term)
    hidden = [match.span() for match in QUOTED.finditer(text)]
    words = [match for match in WORD.finditer(text) if not _inside(match.start(), hidden)]
    parts = [(piece, *match.span()) for match in words for piece in _parts(match[0])]
    for i in range(len(parts) - len(sought) + 1):
        run = parts[i : i + len(sought)]
        if run and [piece for piece, _, _ in run] == list(sought):
            start, end = run[0][1], run[-1][2]
            if _stands_alone(text, start, end) and _written_so(text[start:end], term):
                yield start, end


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a place is words of a sentence, and no part of a name like signed_up."""
    outside = text[start - 1 : start] not in ("_", "$", ".") and text[end : end + 1] != "_"
    return outside and not re.search(r"[.,;:?!_$]", text[start:end])


def _written_so(said: str, term: str) -> bool:
    """“US” is not “us”: two capitals are only meant when they are written as capitals."""
    return len(term) > 2 or not term.isupper() or said[:2].isupper()


def _inside(at: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)


@lru_cache(maxsize=1024)
def _stems(term: str) -> tuple[str, ...]:
    return tuple(piece for match in WORD.finditer(term) for piece in _parts(match[0]))


def _parts(word: str) -> list[str]:
    """A word without its number: “MAUs” is “MAU”; a word of capitals keeps its letters."""
    bare = re.sub(r"['’]s$", "", word)
    return [_single(part) for part in re.split(r"[-’']", bare) if part]


def _single(word: str) -> str:
    lower = word.lower()
    plural = lower.endswith("s") and not lower.endswith("ss") and len(lower) > 3
    return stem(lower) if not plural else stem(lower[:-1])


def _key(term: str) -> tuple[str, ...]:
    return _stems(term)


def _entries(path: Path, name: str, data: Any) -> dict[str, str]:
    if not isinstance(data, dict):
        raise SettingsError(f"The glossary {path} needs [{name}] as a table, such as {EXAMPLE}.")
    found: dict[tuple[str, ...], str] = {}
    for term, meaning in data.items():
        if not isinstance(meaning, str) or not meaning.strip():
            raise SettingsError(f"The glossary {path} gives {term!r} no text: write {EXAMPLE}.")
        if not _stems(term):
            raise SettingsError(f"The glossary {path} has a term without a word in it: {term!r}.")
        if (known := found.setdefault(_key(term), term)) != term:
            raise SettingsError(
                f"The glossary {path} has {term!r} and {known!r}, which are the same."
            )
    return {term: meaning.strip() for term, meaning in data.items()}


def _refuse_circles(path: Path, terms: Mapping[str, str]) -> None:
    """Refuse terms that are explained by themselves."""
    for term in terms:
        seen, pending = {term}, [terms[term]]
        while pending:
            text = pending.pop()
            for other in terms:
                if next(_places(text, other), None) is None:
                    continue
                if other == term:
                    raise SettingsError(f"The glossary {path} explains {term!r} by itself.")
                if other not in seen:
                    seen.add(other)
                    pending.append(terms[other])
