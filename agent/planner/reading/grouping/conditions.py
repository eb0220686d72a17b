"""Conditions by values, texts, days and hours: the plan is unlimited, not from Germany."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.chunks import Chunk, joined, only
from agent.planner.english.names import Link
from agent.planner.plan import Operator
from agent.planner.reading.groups import Condition

HOLDERS = frozenset({"event", "person", "session"})


PAGES = ("$pathname", "$current_url")


def value_list(chunks: Sequence[Chunk]) -> Chunk | None:
    """Germany or France; Chrome vs Safari: values of one property."""
    values = only(chunks, "value")
    shared = set.intersection(*({v.property for v in one.value} for one in values))
    if not shared:
        return None
    found = tuple(v for one in values for v in one.value if v.property in shared)
    return joined(chunks, "values", (found, bool(only(chunks, "vs")), len(values)))


def valued(chunks: Sequence[Chunk]) -> Chunk | None:
    """The plan is unlimited; unlimited plan; Chrome."""
    (value,) = only(chunks, "value", "values")
    found, contrast, _ = value.value if value.kind == "values" else (value.value, False, 1)
    links: tuple[Link, ...] = ()
    for named in only(chunks, "property"):
        links = tuple(
            link for link in named.value if any(v.property.name == link.name for v in found)
        )
        if not links:
            return None
    if links:
        names = {link.name for link in links}
        found = tuple(v for v in found if v.property.name in names)
    said = only(chunks, "op")
    operator: Operator = "!=" if said and said[0].value == "!=" else "="
    if said and said[0].value not in ("=", "!="):
        return None
    path = not links and all(v.value.startswith("/") or v.property.name in PAGES for v in found)
    condition = Condition(links, found, operator, contrast=contrast, path=path)
    return joined(chunks, "where", condition)


def told_of(chunks: Sequence[Chunk]) -> Chunk | None:
    """Google (utm source): a value, and in brackets the property it is of."""
    where, named = chunks[0].value, chunks[2].value
    names = {link.name for link in named}
    mine = tuple(v for v in where.found if v.property.name in names)
    return joined(chunks, "where", replace(where, links=named, found=mine)) if mine else None


def staff_of(chunks: Sequence[Chunk]) -> Chunk | None:
    """Northwind Labs staff: the people of a group, not those who make the product."""
    found = chunks[0].value.found
    groups = found and all(v.property.holder not in HOLDERS for v in found)
    return joined(chunks, "where", chunks[0].value) if groups else None


def flagged(chunks: Sequence[Chunk]) -> Chunk | None:
    """Accepted = false; is_bot is true."""
    named, truth = chunks[0].value, chunks[-1].value
    said = only(chunks, "op")
    if said and said[0].value not in ("=", "!="):
        return None
    operator: Operator = said[0].value if said else "="
    return joined(chunks, "where", Condition(named, (), operator, (truth,)))


def of_group(chunks: Sequence[Chunk]) -> Chunk | None:
    """The company Northwind Labs: a value of that group's."""
    (group,), (value,) = only(chunks, "group"), only(chunks, "value", "values")
    found, contrast, _ = value.value if value.kind == "values" else (value.value, False, 1)
    names = {link.name for link in group.value}
    mine = tuple(v for v in found if v.property.holder in names)
    return joined(chunks, "where", Condition((), mine, contrast=contrast)) if mine else None


def partial(chunks: Sequence[Chunk]) -> Chunk | None:
    """A path containing /account; with "yoga" in the name."""
    text = only(chunks, "text", "unknown")[0]
    how: Operator = "contains"
    if only(chunks, "starts"):
        how = "starts"
    links = next((c.value for c in only(chunks, "property")), ())
    path = text.value.startswith("/")
    return joined(chunks, "where", Condition(links, (), how, (text.value,), path=path))


def empty(chunks: Sequence[Chunk]) -> Chunk:
    """Searches that returned nothing: the number of results is 0."""
    return joined(chunks, "where", Condition((), (), "=", (0,), holder="empty"))


def texted(chunks: Sequence[Chunk]) -> Chunk | None:
    """The pathname is "/pricing"; a page's path by itself."""
    (text,) = only(chunks, "text")
    named = only(chunks, "property")
    path = text.value.startswith("/")
    if not named and not path:
        return None
    links = named[0].value if named else ()
    return joined(chunks, "where", Condition(links, (), "=", (text.value,), path=path))


def still(chunks: Sequence[Chunk]) -> list[Chunk] | None:
    """Still unpatrolled: what is so now, and nobody who came back."""
    return list(chunks[1:]) if chunks[0].value == "still" else None


def presence(chunks: Sequence[Chunk]) -> Chunk | None:
    """Interests is set; without a plan."""
    named = only(chunks, "property")[0]
    if len(chunks) == 2 and chunks[0].kind == "not" and not _surely(named.value[0]):
        return None
    absent = bool(only(chunks, "not", "is_not_set"))
    return joined(chunks, "where", Condition(named.value, (), "not set" if absent else "set"))


def none_of(chunks: Sequence[Chunk]) -> Chunk:
    """Where nothing was added: a number that is 0, or a text that is not there."""
    named = only(chunks, "property")[0]
    return joined(chunks, "where", Condition(named.value, (), "=", (0,), holder="none"))


def _surely(link: Link) -> bool:
    return link.direct and link.score >= 0.6


def emailed(chunks: Sequence[Chunk]) -> Chunk:
    """From jo@example.com: somebody's address."""
    text = chunks[-1].value
    return joined(chunks, "where", Condition((), (), "=", (text,), holder="email"))


def denied(chunks: Sequence[Chunk]) -> Chunk:
    """Not from Germany; excluding Safari."""
    return joined(chunks, "where", chunks[-1].value.denied())


def on_weekdays(chunks: Sequence[Chunk]) -> Chunk:
    """On Mondays and Tuesdays; at weekends."""
    days = sorted({day for one in only(chunks, "weekday") for day in one.value})
    condition = Condition((), (), "=", tuple(map(str, days)), holder="weekday")
    return joined(chunks, "where", condition)


BETWEEN_TWO = 4
"""How many words “between 6 and 9” are."""


def in_hours(chunks: Sequence[Chunk]) -> Chunk | None:
    """Between 6 and 9 in the morning; between 9 am and 5 pm, where “am” says nothing of its own."""
    amount, part = chunks[0].value, chunks[-1].value
    if len(amount.numbers) != 2 or max(amount.numbers) > 24:
        return None
    low, high = (int(n) + (12 if part == "pm" and n < 12 else 0) for n in amount.numbers)
    if chunks[0].end - chunks[0].start > BETWEEN_TWO:
        low = int(amount.numbers[0])
    if low >= high:
        return None
    hours = tuple(str(h) for h in range(low, high))
    return joined(chunks, "where", Condition((), (), "=", hours, holder="hour"))


def of_owner(chunks: Sequence[Chunk]) -> Chunk:
    """The company's plan: a property of that group."""
    group, named = chunks[0].value[0].name, chunks[-1].value
    chunks = sorted(chunks, key=lambda chunk: chunk.start)
    return joined(chunks, "property", tuple(replace(link, holder=group) for link in named))


def named_text(chunks: Sequence[Chunk]) -> Chunk | None:
    """With name John, where no value is just that."""
    named, text = only(chunks, "property")[0], chunks[-1]
    condition = Condition(named.value, (), "contains", (text.value,), guessed=True)
    return joined(chunks, "where", condition)


def internal(chunks: Sequence[Chunk]) -> Chunk:
    """Internal users; without our own team."""
    denied = chunks[0].kind == "not"
    operator: Operator = "!=" if denied else "="
    return joined(chunks, "where", Condition((), (), operator, holder="internal"))
