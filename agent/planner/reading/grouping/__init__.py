"""The rules by which chunks become groups: amounts, conditions, splits, orders, events."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.chunks import Chunk, joined
from agent.planner.english.words import word_set
from agent.planner.reading.grouping import amounts, comparisons, conditions, doings, pages, splits
from agent.planner.reading.groups import Event, People
from agent.planner.reading.rules import Rule, applied

CARRYING_NOTHING = word_set("filler chat quote in_unit asking for_whom spoken same_part heat")


def grouped(chunks: Sequence[Chunk]) -> list[Chunk]:
    """The groups of a segmentation; words that carry nothing are gone."""
    plain = [_begun(chunk) for chunk in chunks if chunk.kind not in CARRYING_NOTHING]
    return [chunk for chunk in applied(RULES, plain) if chunk.kind != "stop"]


def _begun(chunk: Chunk) -> Chunk:
    """Chunks of names and people as the groups they grow into."""
    if chunk.kind in ("event", "doers"):
        event = Event(chunk.value, doers=chunk.kind == "doers")
        return replace(chunk, kind="event", value=event)
    if chunk.kind == "people":
        return replace(chunk, value=People(chunk.value))
    if chunk.kind == "ordinal" and chunk.value == 1:
        return replace(chunk, kind="first")
    return chunk


def as_list(made: Sequence[Chunk] | Chunk | None) -> list[Chunk]:
    """What a rule made, as a list."""
    return [made] if isinstance(made, Chunk) else list(made or ())


SEP = "(comma|and|or|vs|slash|comma and|comma or|or with|or by|or from|or in|and from|or via)"
PREP = "(in|from|on|via|with|by|for|at|all|of|using|is|per|to)?"
DIM = "(property|part|group|anything|people|sessions|cohort|weekday)"
SPLIT = f"({DIM}|unit)"
LISTED = "(where|event|people|group|property|number|unknown)+"
RULES: tuple[Rule, ...] = (
    Rule("op span and (span|against)", amounts.between_periods),
    Rule("op number (and|to|dash) number", amounts.between),
    Rule("op (number|length)", amounts.compared),
    Rule("(number|length) (op|plus)", amounts.postfixed),
    Rule("amount daypart", conditions.in_hours),
    Rule("number times op", amounts.times_or_more),
    Rule("(amount|number) times", amounts.times),
    Rule("op? (once|twice)", amounts.named_times),
    Rule("more_than_once", amounts.named_times),
    Rule(f"value ({SEP}+ value)+", conditions.value_list),
    Rule("group property", conditions.of_owner),
    Rule("property of group", lambda chunks: conditions.of_owner([chunks[2], chunks[0]])),
    Rule("property (is|op|colon)? truth", conditions.flagged),
    Rule("property is? (op|colon)? (value|values)", conditions.valued),
    Rule("(value|values) property", conditions.valued),
    Rule("group (value|values)", conditions.of_group),
    Rule("(value|values) group", conditions.of_group),
    Rule("(value|values)", conditions.valued),
    Rule("where open property close", conditions.told_of),
    Rule("event amount property", doings.object_times),
    Rule("property (is|of|with)? amount", comparisons.numeric),
    Rule("amount of? property", comparisons.numeric),
    Rule("property (is|of|with)? op? number", comparisons.equal_number),
    Rule("with number property", comparisons.equal_number),
    Rule("amount", comparisons.money),
    Rule("property is? (contains|starts) (text|unknown)", conditions.partial),
    Rule("(contains|starts) (text|unknown) (in property)?", conditions.partial),
    Rule("with (text|unknown) in (property|name_word)", conditions.partial),
    Rule("contains (amount|where)", lambda chunks: chunks[-1]),
    Rule("property (is|of|with)? number ((comma|or|and) number)+", comparisons.any_number),
    Rule(
        "number ((comma|or|and) number)+ (on|in|for|of|from|by|via|at)? property",
        comparisons.any_number,
    ),
    Rule("number dash? property event", comparisons.starred),
    Rule("(with|who)? empty", conditions.empty),
    Rule("property is? (op|colon)? text", conditions.texted),
    Rule("text", conditions.texted),
    Rule("with? nothing is? property", conditions.none_of),
    Rule("retention (property|opposite)", conditions.still),
    Rule("property (is_set|is_not_set)", conditions.presence),
    Rule("not property", conditions.presence),
    Rule("op where people", comparisons.more_than_those),
    Rule("op against", comparisons.more_than_those),
    Rule("op span", comparisons.more_than_then),
    Rule("(in|from|of|for|by|with)? email", conditions.emailed),
    Rule("(with|is) property is? (op|colon)? unknown", conditions.named_text),
    Rule(f"not {PREP} internal", conditions.internal),
    Rule("where internal", conditions.staff_of),
    Rule("internal", conditions.internal),
    Rule("(on|at|in)? weekday ((comma|and|or) weekday)*", conditions.on_weekdays),
    Rule("where people? is? left_out", lambda chunks: conditions.denied(chunks[:1])),
    Rule("property is? left_out", doings.left_out),
    Rule(f"not {PREP} where", conditions.denied),
    Rule("event (in|at|from|via|by|for) page", pages.on_page),
    Rule("page event", pages.page_views),
    Rule("event page", pages.page_views),
    Rule("page", pages.page),
    Rule("event (in|on|of|to|from)? where", pages.viewed_path),
    Rule("part (and|slash) unit", lambda chunks: splits.listed_splits(chunks)),
    Rule(f"{DIM} wise", splits.split),
    Rule("split open property close", splits.told),
    Rule("event by where people", lambda chunks: [chunks[0], *chunks[2:]]),
    Rule(f"part by {SPLIT}", lambda chunks: [chunks[0], *splits.listed_splits(chunks[1:])]),
    Rule(f"{SPLIT} by {SPLIT}", splits.one_by_one),
    Rule(
        f"by (each|all)? {SPLIT} ((comma|and|slash|or)+ (by|per|each)? {SPLIT}(?!only))*",
        splits.split,
    ),
    Rule(f"each {SPLIT} ((comma|and)+ each? {DIM})*", splits.split),
    Rule(f"across all? {SPLIT} ((comma|and)+ {DIM})*", splits.split),
    Rule(f"{DIM} breakdown", splits.split),
    Rule(f"(by|per|each) where {SPLIT}", splits.narrowed),
    Rule("(by|per|each) (event|ending) property", splits.of_event),
    Rule(f"event colon {DIM} ((and|comma|by|slash)+ {DIM})*", splits.after_colon),
    Rule("(across|for|over)? all (property|group) together", splits.taken_together),
    Rule("property (vs|and|or|slash|comma)+ (not|other) property", splits.or_not),
    Rule("property (vs|or|slash) not property?", splits.or_not),
    Rule("split (vs|or|slash) not", splits.split_or_not),
    Rule("event paying (with|via|by|from|in) where", lambda chunks: [chunks[0], chunks[-1]]),
    Rule("(per|each) (event|active) people", splits.per_person),
    Rule("(per|each) (event|paying)", splits.per),
    Rule(f"per {SPLIT} ((comma|and|slash)+ (by|per|each)? (event)? {SPLIT}(?!only))*", splits.per),
    Rule(f"split open {LISTED} ((comma|slash|and|or)+ {LISTED})+ close", lambda c: c[:1]),
    Rule("number (group|property|people) with comparative", splits.with_more),
    Rule("(and|comma)* limit_to number", splits.limited),
    Rule("order number", splits.rank),
    Rule("number order", splits.rank),
    Rule("(ordinal|second|third) order", splits.rank),
    Rule("order", splits.rank),
    Rule("(new|active|returning|first)+ people", doings.which_people),
    Rule("count each", lambda chunks: chunks[:1]),
    Rule("much people", lambda chunks: [replace(chunks[0], kind="count"), chunks[1]]),
    Rule("(to|then) people", doings.becoming),
    Rule("amount people", lambda chunks: joined(chunks, "crowd", None)),
    Rule("paying event", lambda chunks: chunks[1:]),
    Rule("new where (event|people)", lambda chunks: [chunks[1], chunks[0], chunks[2]]),
    Rule("new people", doings.which_people),
    Rule("event acquired", lambda chunks: chunks[:1]),
    Rule("event property is? ending", doings.around),
    Rule("property paying(?!(by|with|via|where))", lambda chunks: chunks[:1]),
    Rule("new event", lambda chunks: joined(chunks, "event", chunks[-1].value)),
    Rule("first event", doings.first_event),
    Rule("(ordinal|second|third) event", doings.nth_event),
    Rule("paying (by|with) where", lambda chunks: chunks[-1]),
    Rule("event (to|then|and) ending it?", doings.finishing),
    Rule("(amount|times) of? event", doings.often),
    Rule("event times", doings.often),
    Rule("event open event close", doings.narrowed),
    Rule("then where", pages.step_to),
    Rule("property (who|it) then", lambda chunks: chunks[:1]),
    Rule("event over event", doings.divided),
    Rule("event or event", doings.either),
    Rule("ending (vs|and|or|comma|slash) event", doings.leading),
    Rule("event colon ending", doings.listed),
    Rule(f"event {SEP}+ ending", doings.ellipsis),
    Rule("ending event", doings.of_kind),
    Rule("for unit", lambda chunks: [joined(chunks, "every", chunks[1].value)]),
    Rule("comma for property", lambda chunks: [chunks[0], *as_list(splits.split(chunks[1:]))]),
    Rule("event percent", lambda chunks: [chunks[0], replace(chunks[1], kind="rate")]),
    Rule("each of? span", splits.each_span),
)
