"""What the results of a question are split by, said with a word for it or without."""

from collections.abc import Sequence

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.english.names import Link, read_name
from agent.planner.plan import Breakdown, Filter, Property, Reply, Unsure
from agent.planner.reading.conditions import flag_named, nothing_of
from agent.planner.reading.groups import Dimension
from agent.planner.reading.properties import Properties, split_by
from agent.planner.reading.properties import rank as rank_properties
from agent.planner.reading.said import Said

NAMED = 0.6
"""How surely a property must be named for its mention alone to split results by it."""


def split(said: Said, properties: Properties, rank: Chunk | None) -> tuple[Breakdown, ...]:
    """What results are split by: the ranked thing first, then what stands after “by”."""
    found: list[Breakdown] = []
    if rank and (one := _ranked(said, properties, rank)):
        found.append(one)
    for chunk in said.all("split"):
        found += [dimension(said, one, properties) for one in chunk.value]
        said.take(chunk)
    for part in said.all("part"):
        found.append(Breakdown(part=part.value))
        said.take(part)
    found += _asked(said, properties)
    found += _first_or_not(said, properties)
    found += _flag_both_ways(said, properties)
    if not found:
        found += _mentioned(said, properties)
    if not found and rank:
        found += _of_pages(said, properties) or _of_the_event(said, properties)
    return tuple(dict.fromkeys(found))


def dimension(said: Said, one: Dimension, properties: Properties) -> Breakdown:
    """One thing to split by, or a question back when it is not there."""
    if one.kind == "part":
        return Breakdown(part="hour" if one.value == "hour" else "weekday")
    if one.kind == "event":
        return Breakdown()
    if one.kind == "group":
        assert isinstance(one.value, tuple)
        return Breakdown(Property("key", one.value[0].name))
    if one.kind == "property":
        assert isinstance(one.value, tuple)
        if found := split_by(one.value, properties, said.world):
            _refuse_money(found)
            return _group_of(found, said) or found
        raise Unsure(nothing_of(one.value[0].name))
    raise Unsure(nothing_of(one.kind))


def _refuse_money(one: Breakdown) -> None:
    """“Per week, amount and count”: an amount of money is a figure rather than a split."""
    if (prop := one.property) and prop.numeric and read_name(prop.name).has("money"):
        raise Unsure(Reply("asked", f"The total of {prop.name}, or how often each amount occurs?"))


def contrast(said: Said, found: Sequence[Filter]) -> tuple[Breakdown, ...]:
    """Several values of one property that are compared are shown side by side."""
    which = any(token.word == "which" for token in said.tokens)
    words = {token.word for token in said.tokens}
    than = said.has("comparative") and (said.has("than") or "or" in words)
    listed = said.has("breakdown")
    if not (said.contrasted or listed or said.has("vs") or said.has("compare") or which or than):
        return ()
    several = [one for one in found if len(one.values) > 1 and one.operator == "="]
    return tuple(Breakdown(one.property) for one in several)[:1]


def _ranked(said: Said, properties: Properties, rank: Chunk) -> Breakdown | None:
    """The noun that is ranked: after “top 5”, after “which”, or before “with the most”."""
    for chunk in said.all("property", "group", "anything"):
        if chunk.kind == "property" and _is_number(said, chunk):
            continue
        near = chunk.start - rank.end <= 1 and chunk.start >= rank.end
        near = near or _leads(said, chunk)
        near = near or _is_asked(said, chunk) or _leads_to(said, chunk, rank)
        if near and (found := _breakdown(said, chunk, properties)) and not _is_flag(found):
            said.take(chunk)
            return found
    return None


def _is_flag(one: Breakdown) -> bool:
    return one.property is not None and one.property.kind == "Boolean"


def _leads(said: Said, chunk: Chunk) -> bool:
    """“The ten companies that book most”: the noun that the question begins with."""
    before = [g for g in said.groups if g.end <= chunk.start]
    return all(g.kind in ("number", "all", "which", "is") for g in before)


def _is_number(said: Said, chunk: Chunk) -> bool:
    """Whether a property that is named after an order is a number: the most units."""
    found = rank_properties(chunk.value, said.world.held["event"], said.world)
    return bool(found and found[0][1].numeric)


def _leads_to(said: Said, chunk: Chunk, rank: Chunk) -> bool:
    """“The cities with the most bookings”: the noun before the order is what is ranked."""
    if chunk.end > rank.start:
        return False
    between = {one.kind for one in said.between(chunk, rank)}
    return between <= {"with", "who", "it", "is", "of", "in"} and "with" in between | {"with"}


def _asked(said: Said, properties: Properties) -> list[Breakdown]:
    """“Which browsers …”: the noun that is asked for."""
    for chunk in said.all("property", "group"):
        found = _breakdown(said, chunk, properties) if _is_asked(said, chunk) else None
        if found and not _is_flag(found):
            said.take(chunk)
            return [found]
    return _asked_with(said, properties)


def _asked_with(said: Said, properties: Properties) -> list[Breakdown]:
    """“Which product sold …”: the noun that is asked for, where it is part of the event's words."""
    for chunk in said.groups:
        if chunk.kind != "event" or chunk.end - chunk.start < 2:
            continue
        if not chunk.start or said.tokens[chunk.start - 1].word not in ("which", "what"):
            continue
        stem = said.tokens[chunk.start].stem
        links = [
            Link(name.name, name.factor * max(name.share(stem), 0.5))
            for name in said.world.properties.names
            if name.name in properties and any(stem in unit.parts for unit in name.units)
        ]
        if found := split_by(links, properties, said.world) if links else None:
            return [found]
    return []


def _of_the_event(said: Said, properties: Properties) -> list[Breakdown]:
    """“Most edited pages”: the noun of the event is ranked, where it has a property so called."""
    for chunk in said.groups:
        if chunk.kind != "event":
            continue
        stem = said.tokens[chunk.end - 1].stem
        if chunk.end - chunk.start > 1 and (found := _so_called(said, stem, properties)):
            return [found]
        if path := _of_files(said, chunk, properties):
            return [path]
    return []


PAGES = frozenset({"pages", "posts", "articles", "sections"})


def _of_pages(said: Said, properties: Properties) -> list[Breakdown]:
    """“Which blog posts were read most”: pages that are told by a part of their path."""
    for where in said.groups:
        path = properties.get("$pathname")
        paths = where.kind == "where" and any(v.property == path for v in where.value.found)
        words = {token.word for token in said.tokens[where.start : where.end + 1]}
        if path and paths and words & PAGES:
            return [Breakdown(path)]
    return []


def _so_called(said: Said, stem: str, properties: Properties) -> Breakdown | None:
    """The one property that a noun names, or else another word for it."""
    found = [
        prop
        for name, prop in properties.items()
        if _names_kinds(prop) and prop.holder == "event" and _called(name, stem)
    ]
    if len(found) == 1:
        return Breakdown(found[0])
    return split_by(_of_idea(said, stem, properties), properties, said.world)


FILES = frozenset({"asset", "page", "article", "download"})
"""Ideas of things that are told apart by their path."""


def _of_files(said: Said, chunk: Chunk, properties: Properties) -> Breakdown | None:
    """“Heaviest assets”, “which files are loaded most”: what has a path is known by it."""
    ideas = lexicon().concepts.get(said.tokens[chunk.start].stem, frozenset())
    several = said.tokens[chunk.start].word.endswith("s")
    path = properties.get("$pathname")
    return Breakdown(path) if path and several and ideas & FILES else None


def _of_idea(said: Said, stem: str, properties: Properties) -> tuple[Link, ...]:
    """The texts of an event that another word for them names: the path of a page."""
    ideas = lexicon().concepts.get(stem, frozenset())
    return tuple(
        Link(name.name, share)
        for name in said.world.properties.names
        if _names_kinds(properties.get(name.name))
        and (share := max(map(name.has, ideas), default=0))
    )


def _called(name: str, stem: str) -> bool:
    """Whether a property's name is a word, or the title, name or path of it."""
    parts = {part for unit in read_name(name).units for part in unit.parts}
    return stem in parts and len(parts) <= 2


def _flag_both_ways(said: Said, properties: Properties) -> list[Breakdown]:
    """“Accepted vs rejected”: a flag said both ways."""
    no = said.first("opposite")
    either = _is_choice(said, no) if no else False
    if no is None or not (either or said.has("vs") or said.has("compare")):
        return []
    flag = flag_named(no.value, properties, said)
    if flag is None:
        return []
    told = [c for c in said.all("property") if flag_named(c.value, properties, said) == flag]
    if not told:
        return []
    said.take(no, *told, *said.all("vs", "or"))
    return [Breakdown(flag)]


def _is_choice(said: Said, no: Chunk) -> bool:
    """“Bots or humans”: a flag and its opposite side by side."""
    before = said.before(no)
    return before is not None and before.kind == "or"


def _first_or_not(said: Said, properties: Properties) -> list[Breakdown]:
    """First-time against returning: the flag that tells the first time of an event."""
    first, again = said.first("first", "new"), said.first("returning")
    flag = next((p for n, p in properties.items() if p.kind == "Boolean" and "first" in n), None)
    if not (first and again and flag and said.has("vs")):
        return []
    said.take(first, again, *said.all("vs"))
    return [Breakdown(flag)]


def _mentioned(said: Said, properties: Properties) -> list[Breakdown]:
    """“Age bands of our members”, “error codes ranked by …”: a dimension without a word for it."""
    leading = next(
        (g for g in said.groups if g.kind not in ("compare", "is", "all", "order")), None
    )
    kinds = ("property", "group") if said.has("rank") or said.has("order") else ("property",)
    for chunk in said.all(*kinds):
        before = said.before(chunk)
        of_event = before is not None and before.kind in ("event", "ending")
        after = said.after(chunk)
        if after is not None and after.kind == "property" and after.start == chunk.end:
            continue
        if not (chunk is leading or (before is leading and of_event)):
            continue
        if chunk.kind == "property" and (chunk.value[0].score < NAMED or not chunk.value[0].direct):
            continue
        found = _breakdown(said, chunk, properties)
        if found and _names_kinds(found.property):
            said.take(chunk)
            return [found]
    return []


def _names_kinds(prop: Property | None) -> bool:
    """Whether the values of a property are worth a row each: no numbers, flags or ids."""
    if prop is None or prop.numeric or prop.kind == "Boolean":
        return False
    return not prop.name.endswith("id")


def _is_asked(said: Said, chunk: Chunk) -> bool:
    """Whether “which” or “what” stands just before, or a superlative after it ranks it."""
    if said.has("part"):
        return False
    words = [said.tokens[i].word for i in range(max(0, chunk.start - 3), chunk.start)]
    if {"do", "does", "did"} & set(words):
        return False
    leads = (chunk.start == 0 and said.has("rank")) or said.has("possible")
    return bool({"which", "what"} & set(words)) or leads


def _breakdown(said: Said, chunk: Chunk, properties: Properties) -> Breakdown | None:
    if chunk.kind == "anything":
        return Breakdown()
    if chunk.kind == "group":
        return Breakdown(Property("key", chunk.value[0].name))
    links = [link for link in chunk.value if link.direct or not link.name.lower().endswith("id")]
    found = split_by(links, properties, said.world)
    return (_group_of(found, said) or found) if found else None


def _group_of(one: Breakdown, said: Said) -> Breakdown | None:
    """The group that a person's property names by its code: companies, by company_id."""
    if one.property is None or one.property.holder != "person":
        return None
    named = one.property.name.removesuffix("_id")
    groups = {name.name for name in said.world.groups.names}
    told = named != one.property.name and named in groups
    return Breakdown(Property("key", named)) if told else None
