"""Words of a question that stand in the data as values of properties."""

import re
from collections import Counter
from collections.abc import Sequence

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon, spoken
from agent.planner.english.names import read_name
from agent.planner.english.words import Token, word_set
from agent.planner.reading.attempts import Attempt
from agent.planner.reading.filters import PATHS
from agent.planner.reading.said import HOLDING
from agent.planner.reading.stretches import OF_PAGES, of_page, stretches, text_of
from agent.planner.world import Value, World

SOUGHT = word_set(
    "unknown event property group thing text number first new ending page opposite people value "
    "paying active weekday every unit rank order op rate net minus dormant acquired lasting "
    "internal"
)
"""Kinds of groups whose words may be values of the data, where they have no other place."""

TECHNICAL = frozenset({"$screen_name", "$event_type", "$lib", "$current_url", "$title", "$el_text"})
"""Properties whose values are seldom meant by plain words."""


def texts_of(tokens: Sequence[Token], attempts: Sequence[Attempt]) -> dict[str, tuple[int, int]]:
    """Words without a place, and their neighbours together, which may be values in the data."""
    around = {
        i
        for one in attempts[:3]
        for chunk in one.left
        if chunk.kind in ("vs", "or", "compare")
        for i in (*range(chunk.start - 2, chunk.start), *range(chunk.end, chunk.end + 2))
        if 0 <= i < len(tokens) and _may_be_value(tokens[i])
    }
    places = around | {
        i
        for one in attempts[:3]
        for chunk in (*one.left, *one.guesses)
        if (chunk.kind in SOUGHT and not _plain_people(tokens, chunk)) or chunk in one.guesses
        for i in range(chunk.start, chunk.end)
        if not (chunk.kind == "every" and _stands_alone(tokens, i))
        if (tokens[i].kind in ("word", "path", "version") and tokens[i].word not in FLAGS)
        or tokens[i].kind == "quoted"
        or (tokens[i].kind == "number" and tokens[i].word.isdigit() and len(tokens[i].word) > 2)
    }
    named = {c.start for one in attempts[:3] for c in one.left if c.kind in ("property", "group")}
    ended = {
        c.end
        for one in attempts[:3]
        for c in one.left
        if c.kind == "property" and c.end < len(tokens)
    }
    found: dict[str, tuple[int, int]] = {}
    for i in sorted(places):
        if i and i - 1 not in places and tokens[i - 1].kind == "word":
            found.setdefault(f"{_as_said(tokens, i - 1)} {_as_said(tokens, i)}", (i - 1, i + 1))
        if i in named and i and i - 1 not in places and _may_be_value(tokens[i - 1]):
            found.setdefault(_as_said(tokens, i - 1), (i - 1, i))
        if i + 1 in ended and i + 1 not in places and _may_be_value(tokens[i + 1]):
            found.setdefault(_as_said(tokens, i + 1), (i + 1, i + 2))
        for size in (1, 2, 3):
            run = range(i, i + size)
            pair = size == 2 and i + 1 < len(tokens) and tokens[i + 1].kind != "mark"
            if set(run) <= places or pair:
                text = " ".join(_as_said(tokens, k) for k in run if k < len(tokens))
                found.setdefault(text, (i, min(i + size, len(tokens))))
    longer = {text_of(tokens, i, j): (i, j) for i, j in stretches(tokens, _unknown(attempts))}
    found = longer | {text: where for text, where in found.items() if text not in HOLDING}
    return dict(list(found.items())[:24])


def _stands_alone(tokens: Sequence[Token], i: int) -> bool:
    """“…, monthly, this year”: an interval between commas is no value."""
    begins = i == 0 or tokens[i - 1].kind == "mark"
    return begins and (i + 1 >= len(tokens) or tokens[i + 1].kind == "mark")


def _unknown(attempts: Sequence[Attempt]) -> set[int]:
    """The places of words that mean nothing else."""
    return {
        i
        for one in attempts[:3]
        for chunk in one.left
        if chunk.kind == "unknown"
        for i in range(chunk.start, chunk.end)
    }


def _may_be_value(token: Token) -> bool:
    """Whether a word before a property may be a value of it: the team plan."""
    return token.kind == "word" and token.word not in lexicon().filler | HOLDING


def words_of(
    tokens: Sequence[Token], texts: dict[str, tuple[int, int]], attempts: Sequence[Attempt]
) -> tuple[str, ...]:
    """Those of the texts that may be words within values: they mean nothing else here."""
    unknown = _unknown(attempts)
    return tuple(
        text
        for text, (i, j) in texts.items()
        if (set(range(i, j)) <= unknown and _may_be_value(tokens[i]) and text not in OF_PAGES)
        or (j == i + 2 and tokens[i].word in lexicon().languages)
        or (i in unknown and (i, j) == of_page(tokens, i))
    )


FLAGS = frozenset({"true", "false", "yes", "no"})
PAGES = OF_PAGES | word_set("docs blog section")
ABOUT = word_set("about on for of called named titled the a an any")


def _beside_page(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether words are of a page's path: the ssh-security article, the page about puppet."""
    inside = {token.word for token in tokens[start:end]}
    after = {token.word for token in tokens[end : end + 2]}
    before = start - 1
    while before > 0 and tokens[before].word in ABOUT:
        before -= 1
    return bool(PAGES & (inside | after)) or (before >= 0 and tokens[before].word in PAGES)


def _as_said(tokens: Sequence[Token], k: int) -> str:
    """A token as it was written; a part of “high-priority” by itself."""
    beside = [t for t in tokens[max(0, k - 1) : k + 2] if t.start == tokens[k].start]
    return tokens[k].word if len(beside) > 1 else tokens[k].text


def _plain_people(tokens: Sequence[Token], chunk: Chunk) -> bool:
    """Whether a group only names people, whoever they are."""
    return chunk.kind == "people" and tokens[chunk.end - 1].stem in lexicon().people


def pages_of(tokens: Sequence[Token]) -> dict[str, tuple[int, int]]:
    """Paths, and words before “page”, which may be one: the pricing page."""
    found: dict[str, tuple[int, int]] = {}
    for i, token in enumerate(tokens):
        plain = token.text.lower() in ("page", "pages", "screen")
        if not plain or not i or tokens[i - 1].kind == "path":
            continue
        start = i - 1
        while start and tokens[start - 1].start == tokens[i - 1].start:
            start -= 1
        found[f"/{tokens[start].text.lower()}"] = (start, i + 1)
    many = [i for i in range(len(tokens) - 1) if tokens[i + 1].word == "pages"]
    paths = {
        t.text: (i, i + 1)
        for i, t in enumerate(tokens)
        if t.kind == "path" and t.text[1:] and i not in many
    }
    return found | {text: where for text, where in paths.items() if not text.endswith("*")}


def _names_an_event(tokens: Sequence[Token], at: int, world: World) -> bool:
    """Whether a word is one of an event's name, where nothing before it makes it a value."""
    before = tokens[at - 1].word if at else ""
    if before in ("in", "from", "on", "via", "with", "by", "is", "=", "for", "of"):
        return False
    stem = tokens[at].stem
    return any(stem in unit.parts for name in world.events.names for unit in name.units)


def value_chunks(
    texts: dict[str, tuple[int, int]],
    found: dict[str, list[Value]],
    tokens: Sequence[Token],
    world: World,
) -> tuple[Chunk, ...]:
    """What was found as chunks."""
    made = []
    owners = Counter(
        v.property for some in found.values() for v in {x.property: x for x in some}.values()
    )
    for text, (start, end) in texts.items():
        values = tuple(
            v
            for v in found.get(text, ())
            if v.property.name not in TECHNICAL
            and not (_is_kindof_page(tokens[start:end]) and v.value != text)
            and not _begins_a_domain(text, v)
            and not (_is_title(v.property.name) and _is_common(tokens[start:end]))
            and (
                v.property.name not in PATHS
                or text.startswith("/")
                or _whole(text, v)
                or _beside_page(tokens, start, end)
            )
        )
        if not values:
            continue
        kind = "page" if text.startswith("/") and end - start > 1 else "value"
        weight = _surely(text, values) * (end - start)
        alone = not any(owners[v.property] > 1 for v in values)
        if end - start == 1 and alone and _names_an_event(tokens, start, world):
            weight = 0.5
        made.append(Chunk(start, end, kind, values, weight))
    return tuple(made)


def _is_kindof_page(tokens: Sequence[Token]) -> bool:
    """Whether it is one word for pages: blog posts are no POST requests."""
    return len(tokens) == 1 and tokens[0].word in OF_PAGES


def _begins_a_domain(text: str, value: Value) -> bool:
    """Whether a word is only how a part of a domain begins: no server errors of serverfault.com."""
    within = re.search(rf"\b{re.escape(text)}\b", value.value, re.IGNORECASE)
    return value.property.name.endswith("domain") and " " not in text and within is None


def _is_title(name: str) -> bool:
    """Whether a property holds titles, in which any word may stand."""
    titled = any(unit.concepts & {"name", "page", "product"} for unit in read_name(name).units)
    return titled and not name.startswith("$")


def _is_common(tokens: Sequence[Token]) -> bool:
    """Whether it is one word of analytics English in small letters: “net” is no title."""
    return len(tokens) == 1 and tokens[0].text.islower() and tokens[0].word in spoken()


def _whole(text: str, value: Value) -> bool:
    return not value.part and value.value.lower() == text.lower()


def _surely(text: str, values: Sequence[Value]) -> float:
    """What each word of a value weighs: less for a number, and where it is written otherwise."""
    if text.isdigit():
        return 0.7
    if all(v.part for v in values):
        return 0.8
    if " " in text and "." in values[0].value:
        return 1.3
    usual = lexicon().values.get(text.lower(), ())
    plain = re.sub(r"[_-]", " ", text.lower())
    said = {text.lower(), plain, plain.removesuffix("s")}
    same = any(re.sub(r"[_-]", " ", v.value.lower()) in said or v.value in usual for v in values)
    return 1.25 if same or text.startswith("/") else 0.95
