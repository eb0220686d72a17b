"""The names of a project found in a question by their words."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log2

from agent.planner.english.lexicon import lexicon
from agent.planner.english.meanings import HALF, OUTCOME, SAME, SYNONYM, Cover, Meaning
from agent.planner.english.names import (
    DESCRIBED,
    EMPTY_WORDS,
    JOINING,
    LONGEST,
    NAMED,
    NEUTRAL,
    Link,
    Name,
    Window,
    by_rarity,
    identifies,
    is_written_name,
    without_vowels,
)
from agent.planner.english.words import Token, name_words, stem

OBJECT = 0.04
"""What a word costs that only names the thing an event is about ("classes booked": class_id)."""

DOER = re.compile(r"(\w{3,}?)(?:e?r|or)s?")
"""A person named for what they do: the verb, and what makes it a noun."""

HELPING = frozenset({"have", "has", "had", "did", "do", "does"})
"""Verbs before which a thing stands that does something: how many studios have published …"""

PARTICLES = frozenset({"in", "up", "out", "on", "off"})
"""Words that mean part of a name only together with their verb."""

MOSTLY = 0.75
"""How much of a description must be said for it to stand for its event."""

WHOLE = 0.9
"""How much of a property must be said for its thing to be said along: class category."""

ANOTHER = 0.5
"""The same for a name of one word, for which there may be another: class type, of category."""

AUTOMATIC = 0.8
"""What an event or a property of PostHog's own is worth whose name is said in part."""

COMMON = 0.1
"""How much less a synonym says for each doubling of the names that it may mean."""


@dataclass(frozen=True, eq=False)
class Names:
    """The names of one kind in a project, by their words."""

    names: tuple[Name, ...]
    objects: frozenset[str] = frozenset()
    """Stems of the things that events are about, as their properties tell."""

    noise: frozenset[str] = frozenset()
    """Words that may follow a name without being part of it: the browser type."""

    _by_stem: Mapping[str, tuple[tuple[int, int], ...]] = field(init=False, repr=False)
    _by_concept: Mapping[str, tuple[tuple[int, int], ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        stems: dict[str, list[tuple[int, int]]] = {}
        ideas: dict[str, list[tuple[int, int]]] = {}
        object.__setattr__(self, "names", by_rarity(self.names))
        for n, name in enumerate(self.names):
            for u, unit in enumerate(name.units):
                for part in unit.parts:
                    stems.setdefault(part, []).append((n, u))
                for concept in unit.concepts:
                    ideas.setdefault(concept, []).append((n, u))
        object.__setattr__(self, "_by_stem", {k: tuple(v) for k, v in stems.items()})
        object.__setattr__(self, "_by_concept", {k: tuple(v) for k, v in ideas.items()})

    def windows(self, tokens: Sequence[Token], *, least: float) -> Iterator[Window]:
        """Every run of tokens that names explain to the last word, with those names."""
        yield from self._spelled_out(tokens)
        said = [self._said(tokens, i) for i in range(len(tokens))]
        for start in range(len(tokens)):
            yield from self._from(tokens, said, start, least)

    def _spelled_out(self, tokens: Sequence[Token]) -> Iterator[Window]:
        """Names written as they are, also in quotation marks."""
        exact = {name.name.lower(): name.name for name in self.names}
        for i, token in enumerate(tokens):
            found = exact.get(token.text.lower())
            if found and (NAMED.search(token.text) or token.kind == "quoted"):
                yield Window(i, i + 1, (Link(found, 2.0),))

    def _from(
        self, tokens: Sequence[Token], said: "Sequence[Meaning]", start: int, least: float
    ) -> Iterator[Window]:
        """The windows that begin at a token, growing word by word."""
        covers: dict[int, Cover] = {}
        lead: tuple[str, ...] | None = ()
        i, count, noisy = start, 0, False
        while i < min(len(tokens), start + LONGEST):
            one = said[i]
            if one.joins and not one.means and i > start:
                if lead and tokens[i].word in HELPING:
                    return
                least = max(least, WHOLE) if one.loose else least
                i += 1
                continue
            after = covers and tokens[i - 1].word not in JOINING
            done = self.noise and (after or tokens[i].word.endswith(("ed", "ing")))
            thing = one.stem in self.objects and not done
            covers = self._grown(covers, one, thing=thing, lead=lead)
            lead = self._lead(lead, one, thing=thing)
            if not covers and lead is None:
                return
            i, count = i + one.size, count + (one.size if one.means or thing else 0)
            noisy = noisy or (one.stem in self.noise and one.size == 1)
            found = self._links(covers, least)
            if links := tuple(x for x in found if not (noisy and identifies(x.name))):
                yield Window(start, i, links, count)

    def _lead(
        self, lead: tuple[str, ...] | None, one: "Meaning", *, thing: bool
    ) -> tuple[str, ...] | None:
        """The things named so far, None once a word was more than that."""
        if lead is None or not (thing or one.light):
            return None
        return (*lead, one.stem) if thing else lead

    def _grown(
        self,
        covers: "dict[int, Cover]",
        one: "Meaning",
        *,
        thing: bool,
        lead: tuple[str, ...] | None,
    ) -> "dict[int, Cover]":
        """What is covered once one more word must be explained."""
        grown: dict[int, Cover] = {}
        for n, cover in covers.items():
            if n in one.means:
                grown[n] = cover.plus(one.means[n])
            elif one.light:
                grown[n] = cover
            elif thing:
                grown[n] = cover.about(one.stem)
        if lead is not None:
            for n, met in one.means.items():
                grown.setdefault(n, Cover(objects=lead).plus(met))
        return grown

    def _links(self, covers: "dict[int, Cover]", least: float) -> tuple[Link, ...]:
        best: dict[str, Link] = {}
        for n, cover in covers.items():
            name = self.names[n]
            if name.factor == DESCRIBED and cover.score(name) < MOSTLY:
                continue
            needed = WHOLE if len(name.units) > 1 else ANOTHER
            if self.noise and cover.objects and cover.score(name) < needed:
                continue
            if cover.objects and name.name.startswith("$"):
                continue
            share = cover.score(name)
            partly = len(cover.units) < sum(unit.weight > NEUTRAL for unit in name.units)
            factor = name.factor * (AUTOMATIC if name.name[0] == "$" and partly else 1.0)
            score = factor * share - OBJECT * len(cover.objects)
            known = best.get(name.name)
            if score >= least and (known is None or score > known.score):
                best[name.name] = Link(name.name, score, cover.objects, direct=cover.direct)
        return tuple(sorted(best.values(), key=lambda link: (-link.score, link.name)))

    def _said(self, tokens: Sequence[Token], i: int) -> "Meaning":
        """What a token, or an idea of two of them, means in each name."""
        token = tokens[i]
        words = name_words(token.text) if is_written_name(token) else (token.word,)
        if len(words) > 1:
            return self._compound(words)
        pair = " ".join((token.stem, tokens[i + 1].stem)) if i + 1 < len(tokens) else ""
        if token.kind != "quoted" and pair in lexicon().concepts:
            means = self._meaning((token.stem, tokens[i + 1].stem), lexicon().concepts[pair])
            if means:
                return Meaning(means, 2, pair)
        if token.word == "with" and not self.noise:
            return Meaning({}, 1, token.stem, joins=True, loose=True)
        if joined := self._joined(tokens, i):
            return joined
        if token.kind == "word" and (token.word in EMPTY_WORDS or token.word in JOINING):
            return Meaning({}, 1, token.stem, joins=token.word in JOINING)
        known = lexicon()
        nouns = known.people | known.roles if self.noise else known.people
        people = token.kind == "word" and token.stem in nouns
        ideas = known.concepts.get(token.stem, frozenset[str]()) if not people else frozenset()
        means = self._meaning((token.stem,), ideas) if token.kind in ("word", "quoted") else {}
        return Meaning(
            means,
            1,
            token.stem,
            joins=token.word in JOINING and token.kind == "word",
            light=token.stem in (lexicon().light if not self.noise else self.noise)
            and token.kind == "word"
            and token.word not in JOINING,
        )

    def _joined(self, tokens: Sequence[Token], i: int) -> "Meaning | None":
        """Two words that a name writes as one: top-ups, of topup:completed."""
        if i + 1 >= len(tokens) or {tokens[i].kind, tokens[i + 1].kind} != {"word"}:
            return None
        one = stem(tokens[i].word + tokens[i + 1].word)
        if one not in self._by_stem:
            return None
        return Meaning(self._meaning((one,), lexicon().concepts.get(one, ())), 2, one)

    def doers(self, tokens: Sequence[Token], least: float) -> Iterator[Window]:
        """People named for what they do, with the events they do: bookers, reviewers."""
        for i, token in enumerate(tokens):
            base = DOER.fullmatch(token.word)
            if token.kind != "word" or base is None or token.stem in self._by_stem:
                continue
            for word in (base[1], f"{base[1]}e"):
                links = self._links(
                    {n: Cover().plus(m) for n, m in self._meaning((stem(word),), ()).items()},
                    least,
                )
                if links:
                    yield Window(i, i + 1, links)
                    break

    def endings(self, tokens: Sequence[Token]) -> Iterator[Window]:
        """Words that only say how something ended, with every event that ends so."""
        filler = lexicon().filler
        for i, token in enumerate(tokens):
            telling = token.stem in lexicon().outcome or token.stem in lexicon().marked
            done = token.stem in self._by_stem and token.word.endswith("ed")
            if token.kind != "word" or not (done or (telling and token.word not in filler)):
                continue
            one = self._said(tokens, i)
            links = self._links({n: Cover().plus(met) for n, met in one.means.items()}, 0.1)
            if links:
                yield Window(i, i + 1, links)

    def _compound(self, words: Sequence[str]) -> "Meaning":
        """A quoted phrase or a written name that isn't spelled as any of ours."""
        whole: dict[int, dict[int, float]] = {}
        for k, word in enumerate(words):
            known = lexicon().concepts.get(stem(word), frozenset())
            means = self._meaning((stem(word),), known)
            small = stem(word) in lexicon().neutral
            if k == 0:
                whole = {n: dict(m) for n, m in means.items()}
            elif not small:
                whole = {n: {**whole[n], **means[n]} for n in whole if n in means}
            else:
                whole = {n: {**m, **means.get(n, {})} for n, m in whole.items()}
        return Meaning(whole, 1, "")

    def _meaning(
        self, stems: tuple[str, ...], concepts: Iterable[str]
    ) -> dict[int, dict[int, float]]:
        """For each name, how well the words match which of its units."""
        found: dict[int, dict[int, float]] = {}

        def note(n: int, u: int, likeness: float) -> None:
            own = found.setdefault(n, {})
            own[u] = max(own.get(u, 0.0), likeness)

        for n, u, likeness in self._alike(concepts):
            note(n, u, likeness)
        for n, u in self._outcomes(stems):
            note(n, u, OUTCOME)
        if len(stems) == 1 and stems[0] not in self._by_stem and not found:
            stems = (without_vowels(stems[0]),)
        for (n, u), count in self._hits(stems).items():
            note(n, u, SAME * count / len(self.names[n].units[u].parts))
        return found

    def _alike(self, concepts: Iterable[str]) -> Iterator[tuple[int, int, float]]:
        """The units that mean the same; the more names mean it, the less it tells."""
        alike = {place for c in concepts for place in self._by_concept.get(c, ())}
        many = len({self.names[n].name for n, _ in alike})
        for n, u in alike:
            yield n, u, max(HALF, SYNONYM / (1 + COMMON * log2(many)))

    def _outcomes(self, stems: tuple[str, ...]) -> Iterator[tuple[int, int]]:
        """The units that tell how something ended, where the words do."""
        if len(stems) == 1 and stems[0] in lexicon().outcome:
            for other in lexicon().outcome:
                yield from self._by_stem.get(other, ())

    def _hits(self, stems: tuple[str, ...]) -> dict[tuple[int, int], int]:
        """How many of the words stand in each unit; particles beside others only."""
        hit: dict[tuple[int, int], int] = {}
        for one in sorted(dict.fromkeys(stems), key=PARTICLES.__contains__):
            for n, u in self._by_stem.get(one, ()):
                alone = len(self.names[n].units[u].parts) == 1
                if one not in PARTICLES or alone or (n, u) in hit:
                    hit[n, u] = hit.get((n, u), 0) + 1
        return hit
