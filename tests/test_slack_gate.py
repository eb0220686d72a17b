import json
import re

import pytest

from agent.errors import SettingsError
from agent.slack.database import Database
from agent.slack.errors import SlackLost, SlackRefused
from agent.slack.gate import Gate, Principal, Refusal
from agent.slack.manifest import COMMAND, EVENTS, METHODS, SCOPES, as_text, manifest
from agent.slack.members import Everybody, Listed, OfPostHog, members
from agent.slack.payloads import plain, read
from agent.slack.rules import Rules, load_rules
from agent.slack.store import Store
from tests.fakes import FakePostHog
from tests.slack_fixtures import (
    ANN,
    BOB,
    BOT,
    CHANNEL,
    DIRECT,
    ME,
    FakeSlack,
    command,
    form,
    home,
    member,
    message,
    press,
    shortcut,
)
from tests.test_layers import ROOT

ENTRIES = {
    "mention": lambda **more: message("<@UBOT> hi", **more),
    "thread message": lambda **more: message("hi", kind="message", thread_ts="90.0", **more),
    "button": lambda **more: press("csv", "r_1", **more),
    "form": lambda **more: form("ask", "", "hi", **more),
    "command": lambda **more: command("hi", **more),
    "shortcut": lambda **more: shortcut("hi", **more),
}


def gate(tmp_path, slack, rules=Rules(), belonging=Everybody()):  # noqa: B008
    store = Store(Database(tmp_path / "slack.db"))
    return Gate(slack, ME, rules, belonging, store)


def who(tmp_path, slack, body, **options):
    return gate(tmp_path, slack, **options).check(read(body, BOT))


def away(when, method, arguments):
    raise SlackLost(method, "no network")


def busy(when, method, arguments):
    raise SlackRefused(method, "ratelimited")


PEOPLE = {
    "multi-channel guest": member(ANN, "ann@example.com", is_restricted=True),
    "single-channel guest": member(ANN, "ann@example.com", is_ultra_restricted=True),
    "stranger": member(ANN, "ann@example.com", is_stranger=True),
    "deleted": member(ANN, "ann@example.com", deleted=True),
    "bot": member(ANN, "ann@example.com", is_bot=True),
    "unconfirmed": member(ANN, "ann@example.com", is_email_confirmed=False),
    "another team": member(ANN, "ann@example.com", team_id="T2"),
    "enterprise id": member(ANN, "ann@example.com", team_id="E1"),
    "no team": member(ANN, "ann@example.com", team_id=None),
    "no e-mail": {"id": ANN, "team_id": "T1", "profile": {}},
    "no profile": {"id": ANN, "team_id": "T1"},
    "not somebody": "what is this",
    "nothing": None,
}


@pytest.mark.parametrize("person", PEOPLE)
def test_nobody_but_a_full_member_of_the_workspace_gets_in(tmp_path, person, tally):
    for entry in ENTRIES.values():
        slack = FakeSlack(users={ANN: PEOPLE[person]})
        assert isinstance(who(tmp_path, slack, entry()), Refusal)
        assert set(slack.used()) <= {"users.info", "conversations.info"}
    tally(f"Slack, {person}: refused by each of {len(ENTRIES)} ways in")


CHANNELS = {
    "externally shared": {"id": CHANNEL, "is_ext_shared": True},
    "about to be shared": {"id": CHANNEL, "is_pending_ext_shared": True},
    "shares that wait": {"id": CHANNEL, "pending_shared": ["T2"]},
    "teams that wait": {"id": CHANNEL, "pending_connected_team_ids": ["T2"]},
    "not a channel": "what is this",
}


@pytest.mark.parametrize("entry", [name for name in ENTRIES if name != "command"])
@pytest.mark.parametrize("channel", CHANNELS)
def test_nothing_is_answered_where_others_read(tmp_path, entry, channel):
    slack = FakeSlack(channels={CHANNEL: CHANNELS[channel]})
    assert isinstance(who(tmp_path, slack, ENTRIES[entry]()), Refusal)


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("fault", [away, busy])
def test_what_slack_does_not_tell_is_a_refusal(tmp_path, entry, fault):
    assert isinstance(who(tmp_path, FakeSlack(fault=fault), ENTRIES[entry]()), Refusal)


@pytest.mark.parametrize("entry", ENTRIES)
def test_somebody_slack_does_not_know_is_refused(tmp_path, entry):
    assert isinstance(who(tmp_path, FakeSlack(users={}), ENTRIES[entry]()), Refusal)


FOREIGN = {
    "an event of another team": {**message("<@UBOT> hi"), "team_id": "T2"},
    "an event of a shared channel": {**message("<@UBOT> hi"), "is_ext_shared_channel": True},
    "an author of another team": message("<@UBOT> hi", user_team="T2"),
    "an author of an enterprise": message("<@UBOT> hi", user_team="E1"),
    "a source of another team": message("<@UBOT> hi", source_team="T2"),
    "a button of another team": press("csv", "r_1", team={"id": "T2"}),
    "a button of another's user": press("csv", "r_1") | {"user": {"id": ANN, "team_id": "T2"}},
    "a form of another's user": form("ask", "", "x") | {"user": {"id": ANN, "team_id": "T2"}},
    "a menu of another's user": shortcut("x") | {"user": {"id": ANN, "team_id": "T2"}},
    "a command of another team": command("hi", team_id="T2"),
    "a team that is missing": press("csv", "r_1") | {"team": None},
}


@pytest.mark.parametrize("body", FOREIGN.values(), ids=FOREIGN)
def test_another_workspace_is_refused(tmp_path, body):
    assert isinstance(who(tmp_path, FakeSlack(), body), Refusal)


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_full_member_gets_in(tmp_path, entry):
    found = who(tmp_path, FakeSlack(), ENTRIES[entry]())
    openness = "full" if entry == "command" else "aggregates"
    assert found == Principal("T1", ANN, "ann@example.com", openness, False)


IGNORED = {
    "a bot": message("hi", kind="message", bot_id="B1"),
    "itself": message("hi", kind="message", user=BOT),
    "an edit": message("hi", kind="message", subtype="message_changed"),
    "a deletion": message("hi", kind="message", subtype="message_deleted"),
    "a join": message("hi", kind="message", subtype="channel_join"),
    "a bot's message": message("hi", kind="message", subtype="bot_message"),
    "another event": message("hi", kind="reaction_added"),
    "no event": {"type": "event_callback", "team_id": "T1"},
    "another type": {"type": "block_suggestion"},
    "no actions": press("csv", "x") | {"actions": []},
    "no user": press("csv", "x") | {"user": None},
    "a form without its place": form("ask", "", "x") | {"view": {"id": "V", "callback_id": "ask"}},
    "nothing": {},
}


@pytest.mark.parametrize("body", IGNORED.values(), ids=IGNORED)
def test_what_no_person_says_is_nothing(body):
    assert read(body, BOT) is None


def test_slack_is_asked_again_after_ten_minutes_and_for_a_change_at_once(tmp_path):
    slack, clock = FakeSlack(), [0.0]
    store = Store(Database(tmp_path / "slack.db"))
    checked = Gate(slack, ME, Rules(), Everybody(), store, lambda: clock[0])
    asked = read(message("<@UBOT> hi"), BOT)
    for _ in range(3):
        checked.check(asked)
    assert slack.used() == {"users.info": 1, "conversations.info": 1}
    slack.users[ANN]["deleted"] = True
    assert isinstance(checked.check(asked), Principal)
    assert isinstance(checked.check(asked, fresh=True), Refusal)
    slack.users[ANN]["deleted"] = False
    clock[0] = 601.0
    assert isinstance(checked.check(asked), Principal)


def test_a_channel_that_is_switched_off_is_not_answered_and_a_direct_message_is(tmp_path):
    rules = Rules(channels={CHANNEL: "off"})
    assert isinstance(who(tmp_path, FakeSlack(), message("hi"), rules=rules), Refusal)
    direct = message("hi", kind="message", channel=DIRECT, channel_type="im")
    assert who(tmp_path, FakeSlack(), direct, rules=rules).openness == "full"


def test_members_are_those_that_the_rule_or_posthog_names(tmp_path):
    listed = Listed(("*@example.com", "bob@other.test"))
    assert [listed.has(m) for m in ("ANN@example.com", "bob@other.test", "eve@other.test")] == [
        True,
        True,
        False,
    ]
    refused = who(tmp_path, FakeSlack(), message("hi"), belonging=Listed(("bob@example.com",)))
    assert isinstance(refused, Refusal)


def test_posthog_lists_the_members_and_nobody_gets_in_when_it_does_not(tmp_path):
    def answer(request):
        if request.url.path != "/api/organizations/@current/members/":
            return None
        import httpx

        body = {"results": [{"user": {"email": "Ann@Example.com"}}], "next": None}
        return httpx.Response(200, json=body)

    belonging = OfPostHog(lambda: FakePostHog(instead=answer).client())
    slack = FakeSlack()
    assert isinstance(who(tmp_path, slack, message("hi"), belonging=belonging), Principal)
    other = message("hi", user=BOB)
    assert isinstance(who(tmp_path, slack, other, belonging=belonging), Refusal)
    silent = OfPostHog(lambda: FakePostHog().client())
    refused = who(tmp_path, slack, message("hi"), belonging=silent)
    assert isinstance(refused, Refusal)
    assert refused.reason.startswith("members: ")


def test_without_a_rule_an_embedded_project_is_the_workspaces_and_posthogs_is_its_members():
    assert isinstance(members(Rules(), FakePostHog().client, embedded=True), Everybody)
    assert isinstance(members(Rules(), FakePostHog().client, embedded=False), OfPostHog)
    named = Rules(members=("a@example.com",))
    assert isinstance(members(named, FakePostHog().client, embedded=True), Listed)


def test_somebody_who_is_linked_is_who_posthog_says(tmp_path):
    store = Store(Database(tmp_path / "slack.db"))
    store.link("T1", ANN, "ann@work.example.com")
    rules = Rules(approvers=("*@work.example.com",))
    found = Gate(FakeSlack(), ME, rules, Listed(("ann@work.example.com",)), store).check(
        read(message("hi"), BOT)
    )
    assert (found.mail, found.approves) == ("ann@work.example.com", True)


def test_rules_are_read_from_a_file_and_an_unknown_one_stops_the_start(tmp_path):
    path = tmp_path / "slack.toml"
    assert load_rules(path) == Rules()
    path.write_text('members = ["*@example.com"]\ndefault = "off"\n[channels]\nC1 = "full"\n')
    rules = load_rules(path)
    assert (rules.openness("C1"), rules.openness("C2")) == ("full", "off")
    path.write_text("approver = []\n")
    with pytest.raises(SettingsError, match="the rule approver can't be used"):
        load_rules(path)
    path.write_text('default = "open"\n')
    with pytest.raises(SettingsError, match="the rule default can't be used"):
        load_rules(path)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("<@UBOT> how many?", "how many?"),
        ("what did <mailto:a@example.com|a@example.com> do", "what did a@example.com do"),
        ("views of <https://example.com/x|example.com/x>", "views of example.com/x"),
        ("in <#C9|general>, <!channel>", "in general, channel"),
        ("a &lt; b &amp; c", "a < b & c"),
        ("<@UBOT>", ""),
    ],
)
def test_a_message_is_read_as_it_was_typed(text, read):
    assert plain(text, BOT) == read


def source():
    return [p.read_text("utf-8") for p in sorted((ROOT / "agent" / "slack").glob("*.py"))]


def test_the_manifest_asks_for_exactly_the_scopes_of_the_methods_and_events_used():
    called = set(re.findall(r'\.call\(\s*"([\w.]+)"', "".join(source())))
    asked = set(re.findall(r'_ask\(\s*"([\w.]+)"', "".join(source())))
    files = {"files.completeUploadExternal", "files.getUploadURLExternal"}
    named = set(METHODS) - {"auth.test"} - files
    assert (called | asked) - {"auth.test", "apps.connections.open"} == named
    heard = {"app_mentions:read", "channels:history", "groups:history", "im:history", "commands"}
    needed = {scope for scopes in METHODS.values() for scope in scopes} | heard
    assert set(SCOPES) == needed
    assert manifest()["oauth_config"]["scopes"] == {"bot": sorted(SCOPES)}


def test_the_manifest_is_for_the_socket_or_for_an_address():
    body = json.loads(as_text())
    assert body["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in as_text()
    url = "https://example.com/slack/events"
    settings = manifest(url)["settings"]
    assert settings["socket_mode_enabled"] is False
    assert settings["event_subscriptions"] == {"bot_events": list(EVENTS), "request_url": url}
    assert settings["interactivity"]["request_url"] == url
    (only,) = manifest(url)["features"]["slash_commands"]
    assert (only["command"], only["url"]) == (COMMAND, url)


def test_the_home_tab_is_read_with_which_tab_it_is():
    assert (read(home("messages"), BOT).entry, read(home("messages"), BOT).action) == (
        "home",
        "messages",
    )
