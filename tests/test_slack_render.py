import json
import math
import random
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slackblocks import Button, Message, Text, TextType
from slackblocks.blocks import (
    ActionsBlock,
    ContainerBlock,
    ContextBlock,
    DataTableBlock,
    ImageBlock,
    RichTextBlock,
    SectionBlock,
)
from slackblocks.objects import RawNumber, RawText
from slackblocks.rich_text import RichText, RichTextCodeBlock, RichTextSection

from agent.answer import Answer, AnswerTable, Unmatched, Window
from agent.messages import ToolResult
from agent.slack.audience import personal
from agent.slack.blocks import data_table, inert, lines_of
from agent.slack.changes import pending, settled
from agent.slack.payloads import read
from agent.slack.render import Rung, rungs, said
from agent.slack.views import approval, home, question
from agent.writing.card import Card
from tests.slack_fixtures import BOT, press
from tools.query import QueryTable


def text(body):
    kind = TextType.MARKDOWN if body["type"] == "mrkdwn" else TextType.PLAINTEXT
    return Text(body["text"], type_=kind)


def run(body):
    return RichText(body["text"], bold=bool(body.get("style", {}).get("bold")))


def rich(body):
    made = []
    for part in body["elements"]:
        kind = {"rich_text_section": RichTextSection}.get(part["type"], RichTextCodeBlock)
        assert all(one["text"] for one in part["elements"])
        made.append(kind([run(one) for one in part["elements"]]))
    return RichTextBlock(made)


def cell(body):
    if body["type"] == "raw_number":
        assert math.isfinite(body["value"])
        return RawNumber(body["value"], body["text"])
    return RawText(body["text"])


def table(body):
    rows = [[cell(one) for one in row] for row in body["rows"]]
    assert len(rows) <= 101
    assert sum(len(one["text"]) for row in body["rows"] for one in row) <= 10_000
    return DataTableBlock(rows, body["caption"], page_size=body["page_size"])


def button(body):
    return Button(body["text"]["text"], body["action_id"], value=body["value"])


ORACLE = {
    "rich_text": rich,
    "data_table": table,
    "section": lambda body: SectionBlock(text(body["text"])),
    "context": lambda body: ContextBlock([text(one) for one in body["elements"]]),
    "actions": lambda body: ActionsBlock([button(one) for one in body["elements"]]),
    "container": lambda body: ContainerBlock(
        [oracle(one) for one in body["child_blocks"]],
        title=text(body["title"]),
        is_collapsible=body["is_collapsible"],
        default_collapsed=body["default_collapsed"],
    ),
    "image": lambda body: ImageBlock("https://example.com/x.png", body["alt_text"]),
}
"""What builds each of our blocks anew with another's library, which refuses what Slack would."""


def oracle(body):
    return ORACLE[body["type"]](body)


def accept(rung):
    """Fail where Slack would refuse the message."""
    assert 1 <= len(rung.text) <= 4_000
    assert len(rung.blocks) <= 50
    actions = [e["action_id"] for b in rung.blocks for e in b.get("elements", ()) if "value" in e]
    assert len(actions) == len(set(actions))
    if rung.blocks:
        Message("C1", blocks=[oracle(one) for one in rung.blocks])


VALUES = st.one_of(
    st.none(),
    st.text(max_size=40),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.sampled_from(
        ["", " ", "x" * 10_000, "🦔" * 300, "\u202eabc", "<!channel>", "```", "\x1b[31m"]
    ),
)


@st.composite
def tables(draw):
    width = draw(st.sampled_from([0, 1, 2, 5, 20, 21, 500]))
    height = draw(st.sampled_from([0, 1, 3, 99, 100, 101, 1_000]))
    names = tuple(draw(st.text(max_size=20)) for _ in range(min(width, 5)))
    names += tuple(f"c{i}" for i in range(width - len(names)))
    pool = draw(st.lists(VALUES, min_size=1, max_size=8))
    chance = random.Random(draw(st.integers(0, 1_000)))
    rows = tuple(tuple(chance.choice(pool) for _ in names) for _ in range(height))
    total = draw(st.sampled_from([None, height, height + 7]))
    return AnswerTable(names, rows, draw(st.booleans()), total)


@settings(max_examples=40)
@given(
    st.text(max_size=300),
    st.text(max_size=8_000),
    st.lists(tables(), max_size=3),
    st.lists(st.text(max_size=4_000), max_size=12),
    st.booleans(),
)
def test_whatever_the_answer_every_form_of_it_is_within_the_limits(head, body, some, many, chart):
    answer = Answer(
        question="q",
        outcome="answered",
        headline=head,
        text=body,
        tables=tuple(some),
        queries=tuple(many[:4]),
        choices=tuple(many),
        assumptions=tuple(many),
        project_id=1,
        receipt="r_1",
    )
    made = rungs(answer, chart="F1" if chart else "")
    assert [bool(rung.blocks) for rung in made] == [True] * (len(made) - 1) + [False]
    for rung in made:
        accept(rung)


def test_the_oracle_bites():
    for wrong in (
        Rung("x", ({"type": "data_table", "caption": "c", "page_size": 1, "rows": []},)),
        Rung("x", ({"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}},)),
        Rung("x" * 4_001),
        Rung("", ()),
    ):
        with pytest.raises(Exception):  # noqa: B017, PT011
            accept(wrong)


ANSWER = Answer(
    question="signups by country?",
    outcome="answered",
    headline="United States has the most signups: 413.",
    text="United States has the most signups: 413.\n\nRead as: signups.",
    tables=(AnswerTable(("country", "signups"), (("US", 413), (None, 7)), whole=True),),
    queries=("SELECT 1",),
    window=Window("2026-11-02T00:00:00+00:00", "2026-11-09T00:00:00+00:00", "UTC"),
    project_id=1,
    project_name="Shop",
    project_host="https://eu.posthog.com",
    model="built-in planner",
    assumptions=("People are persons.",),
    suggestions=("and last month?",),
    receipt="r_abc",
    unmatched=(Unmatched("headline", 36, 39, "413"),),
)


def test_an_answer_shows_its_figures_its_query_and_what_it_is_about(golden):
    shown = json.dumps([rung.blocks for rung in rungs(ANSWER)], indent=1, ensure_ascii=False)
    golden("slack_answer.json", shown + "\n")


def test_the_last_form_says_it_all_in_plain_text():
    text = rungs(ANSWER)[-1].text
    for part in ("413[?]", "US", "Shop", "2026-11-02 to 2026-11-08 (UTC)", "r_abc"):
        assert part in text


@pytest.mark.parametrize(
    ("whole", "total", "rows", "told"),
    [
        (True, None, 1, "1 row, all of them"),
        (True, None, 30, "30 rows, all of them"),
        (True, None, 300, "100 of 300 rows"),
        (False, None, 300, "100 of more than 300 rows"),
        (False, 9_000, 300, "100 of 9,000 rows"),
        (False, None, 30, "30 of more than 30 rows"),
    ],
)
def test_a_table_says_how_much_of_it_is_shown(whole, total, rows, told):
    made = AnswerTable(("n",), tuple((i,) for i in range(rows)), whole, total)
    assert data_table(made)[0]["caption"] == told
    assert lines_of(made).endswith(told.replace("100", "20") if rows > 20 else told) or rows == 30


HOSTILE = (
    "<!channel>",
    "<!here|here>",
    "<@U123>",
    "<#C1|x>",
    "<!subteam^S1>",
    "<https://evil.example|click>",
    "https://evil.example/x?d=1",
    "evil.example.com",
    "mailto:a@evil.example",
    "a@evil.example",
    "![x](https://evil.example/p.png)",
    "```\n<!channel>",
    "&lt;!channel&gt;",
    "\u202e<!channel>",
    "javascript:alert(1)//x",
)


@pytest.mark.parametrize("evil", HOSTILE)
def test_nothing_from_data_becomes_a_mention_a_link_or_a_picture(evil):
    answer = Answer(
        question=evil,
        outcome="answered",
        headline=evil,
        text=f"text {evil}",
        tables=(AnswerTable((evil, "n"), ((evil, 1),)),),
        queries=(f"SELECT '{evil}'",),
        choices=(evil,),
        assumptions=(evil,),
        project_name=evil,
        receipt="r_1",
    )
    card = CARD | {"headline": evil, "exactly": (evil,), "notes": (evil,), "typed": evil}
    ways = [*rungs(answer), *said(evil), *pending(Card(**card)), *settled(Card(**card), evil)]
    for rung in ways:
        _no_signs(rung.text)
        for block in rung.blocks:
            for kind, told in _texts(block):
                if kind == "mrkdwn":
                    _no_signs(told.removeprefix("```\n").removesuffix("\n```"))


def _no_signs(told):
    assert "<" not in told
    assert ">" not in told
    assert "```" not in told
    assert not re.search(r"://\w", told.replace(":\u2060//", "")) or "SELECT" in told


def _texts(block):
    if isinstance(block, dict):
        if isinstance(block.get("text"), str):
            yield block.get("type"), block["text"]
        for value in block.values():
            yield from _texts(value)
    elif isinstance(block, list | tuple):
        for one in block:
            yield from _texts(one)


def test_no_block_shows_a_picture_from_an_address_or_a_link():
    shown = json.dumps([rung.blocks for rung in rungs(ANSWER, chart="F1")])
    assert "image_url" not in shown
    assert '"url"' not in shown
    assert '"slack_file": {"id": "F1"}' in shown


def test_an_address_in_plain_text_is_no_link():
    assert inert("see https://a.example.com/x or b@c.example") == (
        "see https:\u2060//a.\u2060example.\u2060com/x or b\u2060@c.\u2060example"
    )
    assert inert("1.5 of 2,000.25") == "1.5 of 2,000.25"


CARD = {
    "id": "c_1",
    "where": "Shop (1) on eu",
    "headline": "Turn dark-mode off",
    "rows": (("active", "on", "off"),),
    "exactly": ("active: true → false",),
    "notes": ("It reaches about 12 people.",),
    "risk": "normal: reversible",
    "undo": "hogloop undo c_1 proposes to turn it on",
    "good_until": "12:10:00 (UTC)",
    "typed": "",
}


def test_a_card_has_everything_and_two_buttons(golden):
    golden("slack_card.json", json.dumps(pending(Card(**CARD))[0].blocks, indent=1) + "\n")
    for rung in (*pending(Card(**CARD)), *settled(Card(**CARD), "Approved.")):
        accept(rung)


def test_a_card_of_many_fields_shows_all_of_them_or_can_not_be_approved_here():
    exactly = tuple(f"field {i}: {'x' * 150} → {'y' * 150}" for i in range(200))
    (rung,) = pending(Card(**CARD | {"exactly": exactly}))
    accept(rung)
    shown = "".join(told for block in rung.blocks for _, told in _texts(block))
    assert all(f"field {i}:" in shown for i in range(200))
    (rung,) = pending(Card(**CARD | {"exactly": exactly * 5}))
    accept(rung)
    assert "can be approved in a terminal" in rung.text
    assert "approve" not in json.dumps([b for b in rung.blocks if b["type"] == "actions"])


def test_forms_and_the_home_tab_are_within_their_limits():
    asked = read(press("approve", "c_1"), BOT)
    for view in (
        approval(asked, Card(**CARD | {"typed": "x" * 80, "headline": "y" * 4_000})),
        question(asked, "z" * 4_000),
    ):
        assert len(view["title"]["text"]) <= 24
        assert len(view["private_metadata"]) <= 3_000
        oracle(view["blocks"][0])
    shown = home(["f" * 400] * 12, ["q" * 400] * 3, ["r" * 4_000] * 5, "You are a@example.com.")
    assert len(shown["blocks"]) <= 100
    for block in shown["blocks"]:
        oracle(block)


COUNTED = "SELECT count() FROM events"
FOUR = (("n",), (4,))
ID = "018f4e0e-7f3a-7000-8000-000000000001"


def split(name):
    return {"kind": "TrendsQuery", "breakdownFilter": {"breakdowns": [{"property": name}]}}


TWICE = "SELECT y FROM (SELECT x AS y FROM (SELECT email AS x FROM persons))"
CALLED = "SELECT x FROM (SELECT lower(properties.email) AS x FROM persons)"
OVER = (
    "SELECT event, count(DISTINCT if(day = 1, amount, NULL)) AS n"
    " FROM (SELECT event, person_id AS amount, 1 AS day FROM events) GROUP BY event"
)
WITHIN = "WITH who AS (SELECT email AS x FROM persons) SELECT x FROM who"
FIGURES = (
    "WITH n AS (SELECT person_id, count() AS c FROM events GROUP BY person_id)"
    " SELECT c, count() AS people FROM n GROUP BY c"
)
INNER = "SELECT x FROM (SELECT person.properties.name, distinct_id AS x FROM events)"
PEOPLE = {
    "a person": ((), (), ("get_person",), True),
    "what one did": ((), (), ("person_timeline",), True),
    "figures by country": ((("country", "people"), ("US", 4)), (COUNTED,), (), False),
    "distinct people": (FOUR, ("SELECT count(DISTINCT person_id) FROM events",), (), False),
    "people by a call": (FOUR, ("SELECT uniq(person.properties.email) FROM events",), (), False),
    "with a condition": (FOUR, (f"{COUNTED} WHERE person_id = 'x'",), (), False),
    "names of persons": (
        (("x",), ("Maya",)),
        ("SELECT properties.name AS x FROM persons",),
        (),
        True,
    ),
    "names of things": (
        (("x",), ("Mat",)),
        ("SELECT properties.name AS x FROM events",),
        (),
        False,
    ),
    "ids": ((("id",), (ID,)), (), (), True),
    "e-mails": ((("who",), ("maya@example.com",)), (), (), True),
    "renamed": ((("x",), ("Maya",)), ("SELECT properties.email AS x FROM persons",), (), True),
    "in a subquery": ((("x",), ("Maya",)), (INNER,), (), True),
    "renamed twice": ((("y",), ("Maya",)), (TWICE,), (), True),
    "renamed by a call": ((("x",), ("Maya",)), (CALLED,), (), True),
    "everything": ((("x",), ("Maya",)), ("SELECT * FROM persons LIMIT 5",), (), True),
    "every event": ((("x",), ("Maya",)), ("SELECT e.*, 1 FROM events AS e",), (), True),
    "counted over a name": ((("event", "n"), ("a", 3)), (OVER,), (), False),
    "in a with": ((("x",), ("Maya",)), (WITHIN,), (), True),
    "a with of figures": ((("x",), ("US",)), (FIGURES,), (), False),
    "no query at all": ((("x",), ("US",)), ("nonsense",), (), True),
    "a column of people": ((("person", "n"), ("Maya", 3)), (), (), True),
    "a property of people": ((("person plan", "people with x"), ("pro", 3)), (), (), False),
    "people by an id": ((("person, by a distinct id", "now"), ("b1", 3)), (), (), True),
    "people by name": ((("person name", "n"), ("Maya", 3)), (), (), True),
    "an actors query": ((), ({"kind": "ActorsQuery"},), (), True),
    "split by e-mail": ((), (split("email"),), (), True),
    "split by country": ((), (split("$geoip_country_name"),), (), False),
}


@pytest.mark.parametrize("case", PEOPLE.values(), ids=PEOPLE)
def test_an_answer_that_shows_people_is_known(case):
    shown, queries, tools, expected = case
    made = (AnswerTable(shown[0], shown[1:]),) if shown else ()
    answer = Answer("q", "answered", "Four.", tables=made, queries=queries)
    read = [ToolResult("", name, "", None) for name in tools]
    assert personal(answer, read) is expected


def test_an_answer_whose_words_name_somebody_is_known():
    assert personal(Answer("q", "answered", "It was maya@example.com."), ())
    assert not personal(Answer("what did x@example.com do", "declined", "I can't."), ())


def test_a_question_back_shows_people_by_its_choices_or_by_what_was_read_for_it():
    asked = Answer("what did maya do", "asked", "Which Maya?", choices=("Maya A", "Maya B"))
    assert not personal(asked, ())
    assert personal(replace(asked, choices=("maya@example.com", "Maya B")), ())
    assert personal(asked, (ToolResult("", "get_person", "", None),))


@pytest.mark.parametrize(("name", "shows"), [("email", True), ("name", True), ("plan", False)])
def test_values_that_tell_people_apart_show_them_whatever_is_said_of_them(name, shows):
    query = f"SELECT properties.{name} AS value, count() AS count FROM persons GROUP BY value"
    table = QueryTable(("value", "count"), (("Maya", 1),), (), True, query)
    read = (ToolResult("", "property_values", "", table),)
    assert personal(Answer("who", "answered", "Maya Okafor is one."), read) is shows
