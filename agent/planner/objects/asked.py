"""A question as words, for telling what it asks about rather than what it measures."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from agent.planner.english.words import Token, tokenize
from agent.planner.glossary import NO_GLOSSARY, Glossary
from agent.planner.objects import phrases


@dataclass(frozen=True)
class Asked:
    """A question with its words, polite openings aside."""

    text: str
    every: tuple[Token, ...]
    """All words, marks left out."""

    glossary: Glossary = NO_GLOSSARY

    @cached_property
    def words(self) -> tuple[Token, ...]:
        """The words from the first on that says something."""
        start = 0
        polite = phrases.word_set("opening")
        while start < len(self.every) and self.every[start].word in polite:
            start += 1
        return self.every[start:] or self.every

    @cached_property
    def quoted(self) -> tuple[str, ...]:
        """What stands in quotation marks."""
        return tuple(token.text for token in self.every if token.kind == "quoted")

    @cached_property
    def emails(self) -> tuple[str, ...]:
        """E-mail addresses."""
        said = [token.text.rstrip(".") for token in self.every]
        return tuple(one for one in said if re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", one))

    def says(self, *names: str) -> bool:
        """Whether any phrase of these names in words.toml stands somewhere."""
        return any(self._says(name) for name in names)

    def _says(self, name: str) -> bool:
        if name not in self._answers:
            self._answers[name] = any(self._place(one) for one in self._likely(name))
        return self._answers[name]

    def _likely(self, name: str) -> Iterator[phrases.Phrase]:
        """The phrases of a name that have a word of this question."""
        known = phrases.by_word(name)
        for word in sorted(known.keys() & self._said):
            yield from known[word]

    def opens(self, *names: str) -> bool:
        """Whether what is really asked begins with a phrase of these names."""
        return bool(self.opening(*names))

    def opening(self, *names: str) -> tuple[Token, ...]:
        """The words after a phrase of these names that the question opens with, else nothing."""
        for name in names:
            for one in self._likely(name):
                first = one if one[0].special == "^" else (*phrases.phrase("^"), *one)
                if place := phrases.found(self.words, first):
                    return self.words[place[1] :] or self.words[-1:]
        return ()

    def has(self, text: str) -> bool:
        """Whether a phrase of the notation stands somewhere."""
        return self._place(phrases.phrase(text)) is not None

    def stands(self, sought: phrases.Phrase) -> bool:
        """Whether a phrase that is taken apart stands somewhere."""
        return self._place(sought) is not None

    def after(self, text: str) -> tuple[Token, ...]:
        """The words after the first place of a phrase."""
        place = self._place(phrases.phrase(text))
        return self.every[place[1] :] if place else ()

    @cached_property
    def _said(self) -> frozenset[str]:
        """Every word and every stem, for ruling phrases out at a glance."""
        return frozenset(["", *(word for t in self.every for word in (t.word, t.stem))])

    @cached_property
    def _answers(self) -> dict[str, bool]:
        """What has been asked of this question before."""
        return {}

    def _place(self, sought: phrases.Phrase) -> tuple[int, int] | None:
        return phrases.found(self.every, sought) if phrases.possible(self._said, sought) else None

    def written(self, tokens: Sequence[Token]) -> str:
        """What was written from the first to the last of some words."""
        if not tokens:
            return ""
        return self.text[tokens[0].start : tokens[-1].end].strip(" .?!,;:")


def asked(question: str, glossary: Glossary = NO_GLOSSARY) -> Asked:
    """A question taken apart."""
    kept = tuple(token for token in tokenize(question) if token.kind != "mark")
    return Asked(question.strip(), kept, glossary)
