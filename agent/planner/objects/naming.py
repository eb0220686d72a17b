"""Objects of a project found in a question by their names, near spellings and descriptions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from agent.planner.english.lexicon import lexicon
from agent.planner.english.words import Token, stem, tokenize
from agent.planner.objects.asked import Asked
from agent.planner.objects.phrases import word_set

SLUG = re.compile(r"(?<![\w@.$/-])[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)+(?![\w@])")
NEAR = 80
"""How alike, of 100, a misspelled name must be to be taken for a name."""

LIKELY = 40
SYNONYM = 0.6
CLOSE = 0.5
"""How much less than the best match another may say and still be related."""


@dataclass(frozen=True)
class Named:
    """A name of the project and the words of the question that spell it."""

    name: str
    start: int
    end: int


def named(asked: Asked, names: Iterable[str]) -> list[Named]:
    """The names that the question spells out, the longest first, none inside another."""
    said = [(piece, i) for i, token in enumerate(asked.every) for piece in _said(token)]
    found: list[Named] = []
    for name in sorted(set(names), key=lambda one: (-len(pieces(one)), one)):
        sought = pieces(name)
        for k in range(len(said) - len(sought) + 1):
            if sought and [piece for piece, _ in said[k : k + len(sought)]] == sought:
                place = Named(name, said[k][1], said[k + len(sought) - 1][1] + 1)
                if not any(place.start < one.end and one.start < place.end for one in found):
                    found.append(place)
    return found


def _said(token: Token) -> list[str]:
    """The stems that one token spells: several for a quotation or a written name."""
    whole = token.kind == "quoted" or any(sign in token.text for sign in "_.@$")
    return pieces(token.text) if whole else [token.stem]


def pieces(text: str) -> list[str]:
    """The stems of a name's words, whatever parts them."""
    return list(_pieces(text))


@lru_cache(maxsize=4096)
def _pieces(text: str) -> tuple[str, ...]:
    parted = re.sub(r"[^\w$@]|_", " ", text)
    return tuple(token.stem for token in tokenize(parted) if token.kind != "mark")


def slugs(asked: Asked) -> list[str]:
    """Written names like checkout-redesign, known or not."""
    return [found for found in SLUG.findall(asked.text) if re.search("[A-Za-z]", found)]


def near(text: str, names: Iterable[str], most: int = 3) -> list[str]:
    """The names spelled most like a text, the nearest first."""
    ranked = sorted(((_likeness(text, name), name) for name in names), reverse=True)
    return [name for likeness, name in ranked[:most] if likeness >= LIKELY]


def misspelled(text: str, names: Iterable[str]) -> str | None:
    """The one name that a text is a slip of."""
    ranked = sorted(
        ((fuzz.ratio(text.lower(), name.lower()), name) for name in names), reverse=True
    )
    return ranked[0][1] if ranked and ranked[0][0] >= NEAR else None


def related(topic: Sequence[str], texts: Mapping[str, str]) -> list[str]:
    """The names whose texts say what the topic's words mean, those that say most first."""
    sought = [stem(one) for one in topic if not _says_little(one)]
    scores = {name: _score(sought, set(pieces(text))) for name, text in texts.items()}
    best = max(scores.values(), default=0.0)
    told = [name for name, score in scores.items() if score and score >= CLOSE * best]
    return sorted(told, key=lambda name: -scores[name])


def topic(asked: Asked, *leave: str) -> list[str]:
    """The words of a question that may say what something is about."""
    kept = [token for token in asked.words if token.kind not in ("number", "date")]
    words = [piece for token in kept for piece in re.split(r"[\s_-]+", token.word)]
    return [word for word in words if word not in leave and not _says_little(word)]


def topic_of(text: str) -> list[str]:
    """The words of a text that may say what something is about."""
    return [token.word for token in tokenize(text) if not _says_little(token.word)]


def _says_little(word: str) -> bool:
    return word in word_set("small") or len(word) < 2


def _score(sought: Sequence[str], held: set[str]) -> float:
    ideas = lexicon().concepts
    known = {idea for word in held for idea in ideas.get(word, ())}
    exact = [word for word in sought if word in held]
    alike = [word for word in sought if word not in held and known & ideas.get(word, frozenset())]
    return len(exact) + SYNONYM * len(alike)


def _likeness(text: str, name: str) -> float:
    a, b = text.lower(), name.lower()
    return max(
        fuzz.ratio(a, b),
        fuzz.token_set_ratio(re.sub(r"\W|_", " ", a), re.sub(r"\W|_", " ", b)) * 0.9,
    )
