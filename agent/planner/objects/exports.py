"""Requests for files: what hogloop prints itself, what PostHog exports, what is not given out."""

import re
from collections.abc import Sequence

from agent.answer import Draft
from agent.planner.english.dates import Found, find
from agent.planner.english.words import Token, tokenize
from agent.planner.objects import lookups, naming, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.catalogue import events_for
from agent.planner.objects.cohorts import sized
from agent.planner.world import World
from tools.literals import literal, moment
from tools.wording import joined

FORM = re.compile(
    r"\s*(?:,\s*)?\b(?:as|to|into|in|via)\s+(?:an?\s+)?(?:csv|json|excel|xlsx|parquet"
    r"|spreadsheet)(?:\s+file)?\b|\s+(?:csv|json)\s*$",
    re.IGNORECASE,
)
VERBS = re.compile(
    r"^\s*(?:please\s+|can you\s+|could you\s+|i(?:'d| would) like"
    r" to\s+)*(?:export|download|dump|extract|save|give me|get me|get|send me|show"
    r" me|show)\s+(?:the\s+|all\s+(?:the\s+)?|a\s+list\s+of\s+)?",
    re.IGNORECASE,
)


def export_answer(asked: Asked, world: World) -> Draft | None:
    """How to get what is asked for as a file, None when no file is asked for."""
    if not (asked.opens("export.verb") or asked.says("export.form")) or asked.says("export.metric"):
        return None
    if asked.says("export.personal") and asked.has(
        "all|every|everyone|everybody|list|our|users|people|customers|members"
    ):
        return _personal(asked, world)
    if asked.has("image|png|jpg|jpeg|svg|picture|screenshot|pdf"):
        return _picture(world)
    if draft := _cohort(asked, world):
        return draft
    if asked.has("flag|flags value|values") or asked.has("values|value of _ flags|flag"):
        return _flag_values(world)
    return _events(asked, world) or _figures(asked, world)


def _form(asked: Asked) -> str:
    return "--json" if asked.has("json") else "--csv"


def _figures(asked: Asked, world: World) -> Draft:
    """Any question's table as a file of this machine."""
    question = VERBS.sub("", FORM.sub("", asked.text)).strip(" .?!") or "…"
    way = _form(asked)
    other = (
        ""
        if asked.has("csv|json") or not asked.has("excel|xlsx|parquet|spreadsheet")
        else " A spreadsheet opens the CSV; `hogloop export` writes Parquet and XLSX of raw events."
    )
    plain = {"that", "this", "it", "those", "them"} >= {
        token.word
        for token in asked.words
        if token.word not in ("csv", "json", "export", "download", "as", "get", "a", "i", "can")
    }
    if plain:
        return telling.declined(
            "The last answer's table is printed as CSV by /csv in a conversation, or by `hogloop"
            " ask --csv` with its question.",
            f"`--json` has the figures with window, query and receipt.{other}",
        )
    return telling.declined(
        f'I don\'t write files, but the command does: hogloop ask {way} "{question}" >'
        f" file{way.replace('--', '.')}",
        f"In a conversation ask “{question}” and then /csv. The table says whether it is whole; at"
        f" most 10,000 rows come.{other}",
        "Raw events in full come from `hogloop export`, with as many rows as there are.",
        choices=(question,) if question != "…" else (),
    )


def _events(asked: Asked, world: World) -> Draft | None:
    """The raw events of a kind in a period: how many, and the query that has them."""
    words = naming.topic(asked, *phrases.word_set("export.plain"))
    if asked.says("export.counted") or not words:
        return None
    found = [one.name for one in events_for(words, world, described=False) if one.share >= 0.85][:1]
    if not found:
        return None
    spans = find(tokenize(asked.text), world.clock)
    span = spans[0].span if spans else None
    during = [f"event = {literal(found[0])}"]
    during += [f"timestamp >= {moment(span.start)}"] if span and span.start else []
    during += [f"timestamp < {moment(span.end)}"] if span and span.end else []
    where = " AND ".join(during)
    count = lookups.table(world, f"SELECT count() FROM events WHERE {where}", 1).rows[0][0]
    when = span.label if span else "all time"
    said = VERBS.sub("", FORM.sub("", asked.text)).strip(" .?!")
    form = next((kind for kind in ("parquet", "xlsx", "jsonl") if asked.has(kind)), "csv")
    return telling.declined(
        f"{count:,} {found[0]} events are meant ({when}); a question writes no file, the command"
        " does.",
        f'hogloop export "{said}" -o {found[0].strip("$")}.{form} has all of them, counted before'
        " and after; in a conversation ask for their number, then /export FILE.",
        'Figures about them come as a file too: `hogloop ask --csv "QUESTION" > file.csv`.',
        choices=(
            f"{found[0]} per day{f' {asked.written(spans_of(asked, spans))}' if spans else ''}",
        ),
        assumptions=(f"taken as {found[0]}",),
    )


def spans_of(asked: Asked, spans: Sequence[Found]) -> list[Token]:
    """The words that name a period."""
    return list(tokenize(asked.text))[spans[0].i : spans[0].j]


def _cohort(asked: Asked, world: World) -> Draft | None:
    """The members of a cohort."""
    if lookups.softly(world, ("list_cohorts", {})) is None:
        return None
    cohorts = {one.name: one for one in lookups.cohorts(world)}
    found = naming.named(asked, cohorts)
    if not found or not (
        asked.has("people|users|persons|members|customers|cohort|list|who|emails|everyone")
    ):
        return None
    one = cohorts[found[0].name]
    return telling.declined(
        f"{sized(one, world)}; hogloop counts them but writes no file of people.",
        f"In PostHog the cohort's page, {telling.place(world, 'cohorts', one.id)}, exports its"
        " persons as CSV (with their properties, e-mail included); the API gives them at"
        " cohorts/ID/persons with cohort:read and person:read.",
        f"All {one.people or 0:,} are in that file; PostHog's limit for CSV is 300,000 rows in"
        " newer versions.",
        tables=[
            telling.table(
                ("cohort", "people", "calculated"), [(one.name, one.people, one.calculated_at)]
            )
        ],
    )


def _personal(asked: Asked, world: World) -> Draft:
    """Personal data of everybody: what there is of it, and what can be had instead."""
    held = [
        name
        for name in world.held["person"]
        if {"email", "phone", "mobile", "address", "name"} & set(naming.pieces(name))
    ]
    wanted = [
        word
        for word in ("email", "phone", "address")
        if any(token.word.startswith(word) for token in asked.every)
    ]
    missing = [
        word
        for word in wanted
        if not any(word in naming.pieces(name) for name in world.held["person"])
    ]
    count = lookups.table(
        world, "SELECT count(), countIf(isNotNull(properties.email)) FROM persons", 1
    ).rows[0]
    return telling.declined(
        "I don't export personal data of all people at once: that needs somebody who may decide it,"
        " in PostHog itself.",
        f"Stored here: {joined(held) or 'no such property'}; {count[1]:,} of {count[0]:,} persons"
        " have an e-mail." + (f" Not tracked at all: {joined(missing)}." if missing else ""),
        "Ids or counts are no problem: ask who or how many by what they did, and print the list"
        " with `hogloop ask --csv`.",
        f"In PostHog persons are exported from a cohort ({telling.place(world, 'cohorts')}).",
    )


def _picture(world: World) -> Draft:
    return telling.declined(
        "hogloop draws charts in the terminal only and saves no pictures.",
        "In PostHog an insight or a dashboard is exported as PNG from its page"
        f" ({telling.place(world, 'insights')}); here `--csv` gives the figures behind the chart.",
    )


def _flag_values(world: World) -> Draft:
    flags = lookups.softly(world, ("list_flags", {}))
    names = joined([flag.key for flag in flags[0].rows]) if flags else "unknown"
    return telling.declined(
        "Flag values are not stored with persons, so there is no list of them to export: they are"
        " worked out each time code asks.",
        "What is stored are the calls: $feature_flag_called events with the flag and the answer,"
        f" for {names}.",
        "hogloop can tell one person's values (“which flags apply to jane@example.com?”), and"
        " counts such as “$feature_flag_called by $feature_flag_response”.",
        "In PostHog a person's flags are on the person's page.",
    )
