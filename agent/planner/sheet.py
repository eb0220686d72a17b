"""Sheet: a question's tokens, and which of them nothing has explained yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agent.planner.lexicon import lexicon
from agent.planner.words import Token, tokenize


@dataclass
class Sheet:
    """A question's tokens, and which of them nothing has explained yet."""

    question: str
    tokens: tuple[Token, ...]
    free: set[int]
    names: list[tuple[int, ...]] = field(default_factory=list)
    """Proper names that are values in this project: no word of theirs means anything else."""

    @classmethod
    def of(cls, question: str) -> "Sheet":
        """A question of which nothing is explained yet; marks need no explanation."""
        tokens = tokenize(question)
        return cls(question, tokens, {i for i, t in enumerate(tokens) if t.kind != "mark"})

    def word(self, i: int) -> str:
        """The word at `i`, empty beyond the ends."""
        return self.tokens[i].word if 0 <= i < len(self.tokens) else ""

    def at(self, i: int, phrase: str) -> int:
        """How many tokens the phrase takes at `i`, 0 when it is not there."""
        words = phrase.split()
        return len(words) if [self.word(i + k) for k in range(len(words))] == words else 0

    def find(self, phrases: Iterable[str]) -> tuple[int, int, str] | None:
        """The first of the phrases in the unexplained tokens: where it begins, ends, and which."""
        ordered = sorted(phrases, key=lambda phrase: -len(phrase.split()))
        for i in sorted(self.free):
            for phrase in ordered:
                taken = self.at(i, phrase)
                if taken and set(range(i, i + taken)) & self.free:
                    return i, i + taken, phrase
        return None

    def find_any(self, phrases: Iterable[str]) -> bool:
        """Whether one of the phrases stands anywhere in the question."""
        return any(self.at(i, phrase) for i in range(len(self.tokens)) for phrase in phrases)

    def take(self, places: Iterable[int]) -> None:
        """Count these tokens as explained."""
        self.free -= set(places)

    def grammar(self, i: int) -> bool:
        """Whether a token only holds the question together; “US” in capitals is not “us”."""
        token = self.tokens[i]
        initials = len(token.text) > 1 and token.text.isupper() and not self.question.isupper()
        return token.kind != "quoted" and not initials and token.word in lexicon().filler

    def content(self, places: Iterable[int]) -> list[int]:
        """Those of the places that are unexplained and not mere grammar."""
        return [i for i in sorted(places) if i in self.free and not self.grammar(i)]

    def meaningful(self, places: Iterable[int]) -> bool:
        """Whether any of the places is more than grammar, explained or not."""
        people = lexicon().people
        return any(self.tokens[i].stem in people or not self.grammar(i) for i in places)

    def text(self, places: Sequence[int]) -> str:
        """The places as they were written."""
        return self.question[self.tokens[places[0]].start : self.tokens[places[-1]].end]
