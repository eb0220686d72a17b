"""Write mode, policy and ledger: what they hold, refuse and find out."""

import json
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import SettingsError
from agent.journal import JournalError
from agent.writing.card import card, plain
from agent.writing.ledger import Ledger
from agent.writing.mode import WriteMode
from agent.writing.policy import Case, Policy, judge, load_policy
from tools.changes.change import (
    Change,
    Difference,
    Outcome,
    Place,
    Request,
    Risk,
    Target,
    differing,
)
from tools.errors import ChangeRefused

HOST = "https://eu.posthog.com"
CHANGE = Change(
    tool="set_flag_rollout",
    place=Place(HOST, 7, "Shop", "k7"),
    target=Target("feature flag", "new-page", 3),
    headline="roll new-page out to 40%",
    differences=(Difference("rollout", "30%", "40%"),),
    request=Request(
        "POST", "feature_flags/3/x/", {"rollout_percentage": 40}, ("feature_flag:write",)
    ),
    before={"filters": {"groups": [{"rollout_percentage": 30}]}, "version": 2},
    after={"filters": {"groups": [{"rollout_percentage": 40}]}},
    risk=Risk.NORMAL,
    reason="reversible",
    undo="set it back to 30%",
    made_at=1_800_000_000.0,
)
NOON_FRIDAY = datetime(2026, 11, 27, 12)


# Write mode


def test_write_mode_holds_for_its_project_and_half_an_hour(tmp_path):
    now = [1000.0]
    mode = WriteMode(tmp_path / "home" / "write.json", lambda: now[0])
    assert mode.seconds_left(HOST, 7) == 0
    mode.open(HOST, 7)
    assert mode.seconds_left(HOST, 7) == 1800
    assert [mode.seconds_left(HOST, 8), mode.seconds_left("http://embedded", 7)] == [0, 0]
    now[0] = 2799
    assert mode.seconds_left(HOST, 7) == 1
    now[0] = 2801
    assert mode.seconds_left(HOST, 7) == 0
    now[0] = 999
    assert mode.seconds_left(HOST, 7) == 0, "a clock that was set back ends it"
    assert (tmp_path / "home" / "write.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"host": "https://eu.posthog.com", "project": 7, "from": 0}',
     '{"host": "https://eu.posthog.com", "project": 7, "from": 0, "until": 1e12}'],
)  # fmt: skip
def test_a_file_that_says_anything_else_is_no_write_mode(tmp_path, text):
    (tmp_path / "write.json").write_text(text)
    assert WriteMode(tmp_path / "write.json", lambda: 10.0).seconds_left(HOST, 7) == 0


# Policy


def case(tool="set_flag_rollout", target="new-page", project=7, step=10.0, risk=Risk.NORMAL):
    return Case(tool, target, project, step, risk)


def policy(tmp_path, text):
    path = tmp_path / "policy.toml"
    path.write_text(text)
    return load_policy(path)


@pytest.mark.parametrize(
    ("text", "asked", "kind", "why"),
    [
        ("", case(), "ask", "no rule"),
        ("read_only = true", case(), "deny", "read_only"),
        ("projects = [8]", case(), "deny", "no changes in project 7"),
        ("projects = [7]", case(), "ask", ""),
        ('protected = ["new-*"]', case(), "deny", "new-page is protected (new-*)"),
        ('protected = ["New-*"]', case(), "ask", ""),
        ("max_step = 5", case(), "deny", "by 10 points, and the policy allows 5"),
        ("max_step = 10", case(), "ask", ""),
        ('[[deny]]\ntool = "set_*"', case(), "deny", "denies set_* on *"),
        ('[[deny]]\ntool = "set_*"\nreason = "freeze"', case(), "deny", "freeze"),
        ('[[deny]]\ntarget = "other"', case(), "ask", ""),
        ('[[freeze]]\ndays = ["fri"]', case(), "deny", "until 23:59"),
        ('[[freeze]]\ndays = ["fri"]\nfrom = "16:00:00"', case(), "ask", ""),
        ('[[freeze]]\ndays = ["mon"]', case(), "ask", ""),
        ('[[freeze]]\ndays = ["fri"]\nfrom = "11:00"\nto = "06:00"', case(), "deny", "06:00"),
        ('[[freeze]]\ndays = ["thu"]\nfrom = "22:00"\nto = "12:30"', case(), "deny", "12:30"),
        ('[[freeze]]\ndays = ["fri"]\nfrom = "22:00"\nto = "12:30"', case(), "ask", ""),
        ('[[second_person]]\ntool = "set_*"', case(), "second person", "second person"),
        ("", case(risk=Risk.FINAL), "deny", "can't be taken back"),
        ("allow_irreversible = true", case(risk=Risk.FINAL), "ask", ""),
        ('read_only = true\n[[allow]]\ntool = "*"', case(), "deny", "read_only"),
    ],
)
def test_the_first_rule_that_speaks_decides(tmp_path, text, asked, kind, why):
    verdict = judge(policy(tmp_path, text), asked, NOON_FRIDAY)
    assert (verdict.kind, why in verdict.reason) == (kind, True), verdict


def test_only_what_is_allowed_and_not_risky_may_be_done_unattended(tmp_path):
    rules = policy(tmp_path, '[[allow]]\ntool = "set_flag_rollout"\ntarget = "new-*"')
    assert judge(rules, case(), NOON_FRIDAY).unattended
    assert not judge(rules, case(target="old"), NOON_FRIDAY).unattended
    assert not judge(rules, case(risk=Risk.HIGH), NOON_FRIDAY).unattended


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("protect = []", "protect"),
        ("read_only = 'maybe'", "read_only"),
        ('[[freeze]]\ndays = ["friday"]', "'friday' is no day"),
        ('[[deny]]\ntools = "x"', "deny.0.tools"),
        ('[[freeze]]\nfrom = "22:00Z"', "project's time zone"),
        ("= 1", "can't be read"),
    ],
)
def test_a_rule_that_is_not_known_stops_the_start(tmp_path, text, said):
    with pytest.raises(SettingsError, match=said):
        policy(tmp_path, text)


def test_no_file_is_no_rule(tmp_path):
    assert load_policy(tmp_path / "policy.toml") == Policy()


EVERYBODY = {"properties": []}
SOME = {"properties": [{"key": "plan", "value": "pro"}]}


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        ([EVERYBODY | {"rollout_percentage": 30}], [EVERYBODY | {"rollout_percentage": 40}], 10),
        ([EVERYBODY], [EVERYBODY | {"rollout_percentage": 5}], 95),
        ([EVERYBODY | {"rollout_percentage": None}], [EVERYBODY | {"rollout_percentage": 0}], 100),
        ([SOME], [SOME, EVERYBODY], 100),
        ([SOME | {"rollout_percentage": 20}], [EVERYBODY | {"rollout_percentage": 20}], 20),
        ([EVERYBODY, SOME], [EVERYBODY], 100),
        ([SOME], [SOME], 0),
        (None, [EVERYBODY | {"rollout_percentage": 50}], 50),
    ],
)
def test_the_step_of_a_change_is_the_largest_move_of_a_rollout(before, after, step):
    was = None if before is None else {"filters": {"groups": before}}
    change = replace(CHANGE, before=was, after={"filters": {"groups": after}})
    assert Case.of(change).step == step
    assert Case.of(CHANGE).step == 10


def test_a_condition_that_is_scheduled_counts_as_one_that_comes_now():
    value = {"groups": [EVERYBODY | {"rollout_percentage": 60}]}
    payload = {"operation": "add_release_condition", "value": value}
    assert Case.of(replace(CHANGE, before=None, after={"payload": payload})).step == 60
    payload = {"operation": "update_status", "value": True}
    assert Case.of(replace(CHANGE, before=None, after={"payload": payload})).step == 0


def test_a_condition_that_asks_for_nothing_is_a_difference():
    before, after = {"groups": [SOME]}, {"groups": [SOME, EVERYBODY]}
    assert [path for path, _, _ in differing(before, after)] == ["groups[1]"]
    assert differing({"groups": None}, {"groups": []}) == []


def test_a_card_shows_all_that_is_sent():
    text = "a" * 100 + "hidden" + "b" * 300
    shown = card(replace(CHANGE, before={"name": text * 2}, after={"name": text})).exactly[0]
    assert shown.endswith(f'→ "{text}"')
    assert len(shown) < 2 * len(text)


# Ledger


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "journal.db")


def test_a_change_goes_through_its_steps_once(ledger):
    ledger.propose(CHANGE, "ann")
    ledger.advance(CHANGE.id, Outcome.PROPOSED, Outcome.APPROVED, "ann", {"hash": CHANGE.hash})
    with pytest.raises(ChangeRefused, match=f"{CHANGE.id} is approved already"):
        ledger.advance(CHANGE.id, Outcome.PROPOSED, Outcome.REJECTED, "bob", {})
    with pytest.raises(ChangeRefused, match="is not known"):
        ledger.advance("c_nothing", Outcome.PROPOSED, Outcome.APPROVED, "bob", {})
    assert [(e.step, e.who) for e in ledger.steps(CHANGE.id)] == [
        ("proposed", "ann"),
        ("approved", "ann"),
    ]
    assert ledger.change(CHANGE.id) == CHANGE


def test_of_many_who_take_the_same_step_one_wins(ledger, tally):
    ledger.propose(CHANGE, "ann")
    won, gate = [], threading.Barrier(12)

    def take(name):
        gate.wait()
        try:
            ledger.advance(CHANGE.id, Outcome.PROPOSED, Outcome.APPROVED, name, {})
            won.append(name)
        except ChangeRefused:
            pass

    threads = [threading.Thread(target=take, args=(f"p{n}",)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert ledger.last(CHANGE.id).who == won[0]
    ledger.verify()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger SET who = 'eve' WHERE n = 2",
        "UPDATE ledger SET body = replace(body, '40', '99') WHERE n = 1",
        "UPDATE ledger SET time = '2020-01-01' WHERE n = 3",
        "UPDATE ledger SET step = 'rejected' WHERE n = 2",
        "DELETE FROM ledger WHERE n = 2",
        "DELETE FROM ledger WHERE n = 1",
        "UPDATE ledger SET n = 9 WHERE n = 3",
    ],
)
def test_a_line_that_was_touched_breaks_the_chain(ledger, sql):
    ledger.propose(CHANGE, "ann")
    ledger.advance(CHANGE.id, Outcome.PROPOSED, Outcome.APPROVED, "ann", {})
    ledger.advance(CHANGE.id, Outcome.APPROVED, Outcome.SENDING, "ann", {})
    head = ledger.verify()
    assert ledger.verify(head) == head
    with closing(sqlite3.connect(ledger.path)) as database, database:
        database.execute(sql)
    with pytest.raises(JournalError, match="The ledger is broken at line"):
        ledger.verify()


def test_an_end_that_was_cut_off_shows_against_a_head_noted_before(ledger):
    ledger.propose(CHANGE, "ann")
    ledger.advance(CHANGE.id, Outcome.PROPOSED, Outcome.REJECTED, "ann", {})
    head = ledger.verify()
    with closing(sqlite3.connect(ledger.path)) as database, database:
        database.execute("DELETE FROM ledger WHERE n = 2")
    assert ledger.verify()
    with pytest.raises(JournalError, match="its end was cut off"):
        ledger.verify(head)


# Changes and cards


FIELDS = [
    ("headline", "roll new-page out to 41%"),
    ("made_at", 1_800_000_001.0),
    ("risk", Risk.SMALL),
    ("notes", ("x",)),
    ("after", {"filters": {"groups": [{"rollout_percentage": 41}]}}),
    ("before", None),
    ("place", Place(HOST, 8, "Shop", "k7")),
    ("target", Target("feature flag", "new-page", 4)),
    ("request", replace(CHANGE.request, body={"rollout_percentage": 41})),
    ("request", replace(CHANGE.request, path="feature_flags/4/x/")),
    ("older", CHANGE.request),
    ("undoes", "c_22222222"),
]


@pytest.mark.parametrize(("name", "value"), FIELDS)
def test_another_content_is_another_change(name, value):
    other = replace(CHANGE, **{name: value})
    assert other.hash != CHANGE.hash
    assert other.id != CHANGE.id


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_no_difference_is_missed_and_none_is_made_up(before, after):
    assert differing(before, before) == []
    if full(before) != full(after):
        assert differing(before, after)


def full(value):
    """A value in which what is missing and what is None are the same."""
    if isinstance(value, dict):
        kept = {k: full(v) for k, v in value.items()}
        return {k: v for k, v in kept.items() if v is not None} or None
    if isinstance(value, list):
        return [full(one) for one in value] or None
    return value if not isinstance(value, bool) else ("yes" if value else "no")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("new-page", "new-page"),
        ("new\u200b-page", "new\\u{200b}-page"),
        ("\x1b[31mred", "\\u{1b}[31mred"),
        ("a\nb", "a\\u{a}b"),
        ("p\u0430ge", "p\\u{430}ge"),
        ("страница", "страница"),
        ("naïve café", "naïve café"),
        ("\u202egnp.exe", "\\u{202e}gnp.exe"),
        ("a\u00a0b", "a\\u{a0}b"),
        ("\U000e0041x", "\\u{e0041}x"),
    ],
)
def test_a_card_shows_letters_for_what_they_are(text, shown):
    assert plain(text) == shown


@given(st.text(max_size=60))
def test_no_text_whatever_steers_the_terminal_from_a_card(text):
    hostile = replace(
        CHANGE,
        headline=text or "x",
        differences=(Difference(text, text, text),),
        notes=(text,),
        undo=text,
        reason=text,
        target=Target("feature flag", text, 3),
        before={"filters": {text: 1}},
        after={"filters": {text: 2}},
    )
    shown = card(hostile)
    lines = [
        shown.headline,
        shown.risk,
        shown.undo,
        *shown.exactly,
        *shown.notes,
        *sum(shown.rows, ()),
    ]
    assert all(letter == " " or letter.isprintable() for line in lines for letter in line)


def test_a_risky_change_wants_its_name_typed():
    assert card(CHANGE).typed == ""
    assert card(replace(CHANGE, risk=Risk.HIGH)).typed == "new-page"
    assert json.loads(json.dumps(CHANGE.as_json()))["risk"] == 2
