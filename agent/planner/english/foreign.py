"""Questions in other languages: their analytics words, word by word, as English."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ENOUGH = 0.3
"""Which part of a question's words must be a language's own for it to be in that language."""

NAMES = {"de": "German", "es": "Spanish", "fr": "French"}
WORD = re.compile(r"[\w'’]+", re.UNICODE)


@dataclass(frozen=True)
class Language:
    """The words of a language, and the English for them, longest phrases first."""

    name: str
    known: frozenset[str]
    words: Mapping[str, str]

    @property
    def pattern(self) -> re.Pattern[str]:
        """What finds each phrase as a whole."""
        phrases = sorted(self.words, key=lambda phrase: -len(phrase))
        return re.compile(
            r"(?<!\w)(?:" + "|".join(map(re.escape, phrases)) + r")(?!\w)", re.IGNORECASE
        )


def in_english(question: str) -> tuple[str, str] | None:
    """The question word by word in English and its language's name, None for English itself."""
    said = [word.lower().replace("’", "'") for word in WORD.findall(question)]
    best = max(_languages(), key=lambda one: _share(said, one))
    if len(said) < 3 or _share(said, best) < ENOUGH:
        return None
    text = question.replace("’", "'").replace("¿", "").replace("¡", "")
    english = best.pattern.sub(lambda match: best.words[match[0].lower()], text)
    return english, best.name


def _share(said: list[str], language: Language) -> float:
    return sum(word in language.known for word in said) / max(1, len(said))


@cache
def _languages() -> tuple[Language, ...]:
    path = files("agent.planner.english").joinpath("foreign.toml")
    data = tomllib.loads(path.read_text("utf-8"))
    return tuple(
        Language(NAMES[code], frozenset(row["known"].split()), row["words"])
        for code, row in data.items()
    )
