import threading
from contextlib import contextmanager

import httpx
import pytest

from agent.settings import Settings, SlackSettings, load_slack
from agent.slack.database import Database
from agent.slack.doctor import examine
from agent.slack.errors import SlackRefused
from agent.slack.gate import Principal
from agent.slack.link import Linker
from agent.slack.manifest import SCOPES
from agent.slack.payloads import read
from agent.slack.store import Store
from agent.slack.talks import OPEN, Talks
from agent.slack.web import SlackWeb
from tests.fakes import FakePostHog
from tests.slack_fixtures import ANN, BOT, TEAM, FakeSlack, command, press
from tests.slack_http import SlackServer
from tests.test_cli import terminal  # noqa: F401
from tools.changes.annotations import annotate
from tools.errors import ChangeRefused
from tools.toolbox import Toolbox

XOXB, XAPP = "xoxb-" + "1", "xapp-" + "1"


@pytest.fixture
def store(tmp_path):
    return Store(Database(tmp_path / "slack.db"))


class Tokened(FakeSlack):
    """A Slack whose token has some scopes."""

    def __init__(self, *scopes, fails=()):
        super().__init__()
        self.scopes, self.fails = scopes, fails

    def call(self, method, /, *, tries=4, **arguments):
        if method in self.fails:
            raise SlackRefused(method, "invalid_auth")
        if method == "apps.connections.open":
            return {"url": "wss://x"}
        return super().call(method, **arguments) | {"x-oauth-scopes": ",".join(self.scopes)}


def looked(tmp_path, web, socket, bot=XOXB, app=XAPP, secret=""):
    settings = Settings(home=tmp_path, policy=tmp_path / "policy.toml")
    return list(examine(settings, SlackSettings(bot, app, secret), web, socket))


def test_the_doctor_says_that_all_is_well(tmp_path):
    web = Tokened(*SCOPES)
    assert [c.fix for c in looked(tmp_path, web, web) if not c.ok] == []


def test_the_doctor_names_each_scope_that_is_missing(tmp_path):
    web = Tokened(*[scope for scope in SCOPES if scope != "files:write"])
    (wrong,) = [c for c in looked(tmp_path, web, web) if not c.ok]
    assert wrong.text == "files:write: to send tables and charts"
    assert "hogloop slack manifest" in wrong.fix


WRONG = {
    "no bot token": ({"bot": ""}, (), "SLACK_BOT_TOKEN"),
    "a user's token": ({"bot": "xoxp-1"}, (), "SLACK_BOT_TOKEN"),
    "a token that is revoked": ({}, ("auth.test",), "SLACK_BOT_TOKEN"),
    "an app token that is revoked": ({}, ("apps.connections.open",), "Socket Mode"),
    "no way in": ({"app": ""}, (), "HTTP, signed requests"),
}


@pytest.mark.parametrize(("tokens", "fails", "text"), WRONG.values(), ids=WRONG)
def test_the_doctor_says_what_to_fix(tmp_path, tokens, fails, text):
    web = Tokened(*SCOPES, fails=fails)
    wrong = [c for c in looked(tmp_path, web, web, **tokens) if not c.ok]
    assert [c.text for c in wrong] == [text]
    assert "api.slack.com/apps" in wrong[0].fix


def test_a_signing_secret_is_a_way_in(tmp_path):
    web = Tokened(*SCOPES)
    assert all(c.ok for c in looked(tmp_path, web, web, app="", secret="s"))


def test_rules_that_can_not_be_read_are_told(tmp_path):
    (tmp_path / "slack.toml").write_text("aprovers = []")
    web = Tokened(*SCOPES)
    (wrong,) = [c for c in looked(tmp_path, web, web) if not c.ok]
    assert "the rule aprovers can't be used" in wrong.fix


def test_tokens_come_from_the_environment_and_are_not_shown():
    found = load_slack({"SLACK_BOT_TOKEN": " xoxb-2 ", "SLACK_APP_TOKEN": "xapp-2"})
    assert (found.bot_token, found.app_token) == ("xoxb-2", "xapp-2")
    assert found.api_url == "https://slack.com/api/"
    assert "xoxb" not in repr(found)


def test_without_tokens_the_bot_does_not_start(terminal):  # noqa: F811
    done = terminal.run("slack")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("Set SLACK_BOT_TOKEN (xoxb-…) and SLACK_APP_TOKEN (xapp-…)")


def test_the_manifest_is_printed(terminal):  # noqa: F811
    done = terminal.run("slack", "manifest", "--url", "https://example.com/slack/events")
    assert done.exit_code == 0
    assert '"request_url": "https://example.com/slack/events"' in done.stdout


@contextmanager
def annotated(*annotations, scopes=("annotation:read", "project:read")):
    def answer(request):
        if not request.url.path.endswith("/annotations/"):
            return None
        return httpx.Response(200, json={"results": list(annotations), "next": None})

    class Agent:
        toolbox = Toolbox(FakePostHog(instead=answer, scopes=scopes).client())

    yield Agent


def annotation(text, mail="ann@work.example.com", **more):
    return {"content": text, "created_by": {"email": mail}} | more


def test_who_can_write_the_code_into_posthog_is_known_by_it(store):
    code = []
    linker = Linker(store, lambda: annotated(annotation(code[0])))
    asked = read(command("link"), BOT)
    offered = linker.offer(asked)
    code.append(store.offered(TEAM, ANN, 60))
    assert code[0] in offered
    assert linker.check(read(press("link", "check"), BOT)).startswith("You are ann@work.example")
    assert store.linked(TEAM, ANN) == "ann@work.example.com"


def test_no_change_of_hogloops_own_writes_a_code(store):
    Linker(store, lambda: annotated()).offer(read(command("link"), BOT))
    code = store.offered(TEAM, ANN, 60)
    with pytest.raises(ChangeRefused, match="yourself"):
        annotate.function(None, annotate.parse({"content": f"{code} ", "date": "2026-11-12"}))


@pytest.mark.parametrize(
    "found",
    [
        lambda code: annotation("hogloop-another"),
        lambda code: annotation(f"{code} and more"),
        lambda code: annotation(code, deleted=True),
        lambda code: annotation(code, mail=None),
        lambda code: {"content": code, "created_by": None},
    ],
)
def test_nothing_else_links_anybody(store, found):
    code = []
    linker = Linker(store, lambda: annotated(found(code[0])))
    linker.offer(read(command("link"), BOT))
    code.append(store.offered(TEAM, ANN, 60))
    assert "no annotation" in linker.check(read(press("link", "check"), BOT))
    assert store.linked(TEAM, ANN) == ""


def test_a_code_is_good_for_half_an_hour_and_for_one_person(tmp_path):
    clock = [1_000.0]
    store = Store(Database(tmp_path / "slack.db", lambda: clock[0]))
    store.offer_link(TEAM, ANN, "hogloop-1")
    assert (store.offered(TEAM, ANN, 1_800), store.offered(TEAM, "UBOB", 1_800)) == (
        "hogloop-1",
        "",
    )
    clock[0] += 1_801
    assert store.offered(TEAM, ANN, 1_800) == ""


def test_a_key_without_annotations_says_so(store):
    linker = Linker(store, lambda: annotated(scopes=("project:read",)))
    linker.offer(read(command("link"), BOT))
    assert "annotation:read" in linker.check(read(press("link", "check"), BOT))


class Kept:
    """A session that notes when it is closed."""

    def __init__(self, name):
        self.name = name


def test_conversations_that_were_quiet_longest_are_closed_and_come_back(store):
    opened, closed = [], []

    @contextmanager
    def open_session(before):
        session = Kept(f"t{len(opened)}")
        opened.append(before)
        yield session
        closed.append(session.name)

    talks = Talks(store, open_session)
    for i in range(OPEN + 2):
        with talks.talk(f"thread{i}"):
            pass
    assert closed == ["t0", "t1"]
    with talks.talk("thread0"):
        pass
    assert opened[-1] == "t0"
    talks.close()
    assert len(closed) == OPEN + 3


def test_two_threads_never_share_a_conversation(store):
    @contextmanager
    def open_session(before):
        yield Kept(threading.get_ident())

    talks, seen = Talks(store, open_session), []

    def use(thread):
        for _ in range(50):
            with talks.talk(thread) as session:
                seen.append((thread, id(session)))

    threads = [threading.Thread(target=use, args=(f"t{i}",)) for i in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len({thread for thread, _ in seen}) == len(set(seen)) == 4


def test_the_client_waits_when_slack_is_busy_and_repeats_what_may_be_repeated():
    with SlackServer(FakeSlack()).serving() as server:
        web = SlackWeb(XOXB, server.url)
        server.share = 0.2
        for _ in range(8):
            assert web.call("users.info", user=ANN)["user"]["id"] == ANN
        assert sum(server.faults.values()) > 0
        server.share = 0.0
        with pytest.raises(SlackRefused, match="user_not_found"):
            web.call("users.info", user="UNOBODY")


def test_who_asks_is_named_in_the_ledger_by_the_address():
    assert Principal(TEAM, ANN, "a@example.com", "full", True).who == "a@example.com"


def test_an_answer_of_another_conversation_has_no_transcript(store):
    assert store.transcript("T1/C1/1.0") is None
    store.own("T1/C1/1.0", "20260101")
    assert store.transcript("T1/C1/1.0") == "20260101"
