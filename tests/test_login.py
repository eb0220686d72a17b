"""Logins: which key goes where, where it is kept, and that the environment wins."""

import json
import tomllib

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.errors import SettingsError
from agent.login import EU, US, chosen, examine_key, explained, key_page, lacking
from agent.logins import DEFAULT, POSTHOG, Keyring, Login, Logins, PrivateFile
from agent.settings import load_settings
from tests.fakes import KEY, FakeOpenAI, FakePostHog, Line, says
from tests.loopback import serving
from tools.errors import KeyRejected, Unreachable
from tools.project import Project
from tools.scopes import OBJECTS, READING, Grants

OTHER = "phx_" + "o" * 12
SHOP = {"id": 1, "name": "Shop", "timezone": "UTC"}


class Listing(FakePostHog):
    """PostHog with two projects."""

    def _in_project(self, request):
        if request.url.path == "/api/projects/":
            from tests.fakes import _page

            return _page(request, [SHOP, {"id": 2, "name": "Lab\x1b[1m", "timezone": "UTC"}])
        return super()._in_project(request)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command line with a home of its own, and no keyring."""
    monkeypatch.setattr("keyring.get_keyring", lambda: type("None", (), {"priority": 0}))

    def command(*arguments, input=None, **environ):
        env = {"HOGLOOP_HOME": str(tmp_path), "COLUMNS": "200"} | environ
        return CliRunner().invoke(app, arguments, input=input, env=env)

    return command


def test_a_login_connects_and_keeps_the_key_to_its_owner(run, tmp_path):
    with serving(Listing(scopes=READING)) as host:
        done = run("login", "--host", host, "--project", "2", input=f"{KEY}\n")
        assert done.exit_code == 0, done.output
        assert done.stderr.splitlines() == [
            f"The key is one of {host}.",
            f"It can't read everything saved: it lacks {', '.join(OBJECTS)}.",
            "Changes: none, it only reads.",
            f"Connected: Lab[1m at {host}. The key is kept in a file that only you can read, "
            "as the profile default.",
        ]
        assert KEY not in done.output
        assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
        assert KEY not in (tmp_path / "profiles.toml").read_text()
        settings = load_settings({"HOGLOOP_HOME": str(tmp_path)})
        assert (settings.host, settings.project_id, settings.posthog_key) == (host, 2, KEY)
        assert run("projects").stdout == "  1 (Shop)\n* 2 (Lab[1m)\n"


def test_a_login_is_looked_at_and_forgotten(run, tmp_path):
    with serving(Listing(scopes=READING)) as host:
        run("login", "--host", host, "--project", "1", "--profile", "work", input=f"{KEY}\n")
        shown = run("whoami").stdout
        assert f"project: Shop (id 1) at {host}\nkey: the login's file, profile work\n" in shown
        gone = run("logout")
    assert gone.stderr == (
        f"work is forgotten here; its key works until you delete it at {host}/settings/"
        "user-api-keys.\n"
    )
    assert KEY not in (tmp_path / "keys.json").read_text()
    assert load_settings({"HOGLOOP_HOME": str(tmp_path)}).embedded == "demo"
    again = run("logout", "--profile", "work")
    assert (again.exit_code, again.stderr) == (
        2,
        "There is no profile work, nor any other login.\n",
    )


def test_several_projects_want_one_to_be_named(run):
    with serving(Listing(scopes=READING)) as host:
        done = run("login", "--host", host, input=f"{KEY}\n")
        assert done.exit_code == 2
        assert done.stderr.splitlines()[-1] == (
            "The key opens several projects: give --project, 1 (Shop), 2 (Lab[1m)."
        )
        done = run("login", "--host", host, "--project", "9", input=f"{KEY}\n")
        assert done.stderr.splitlines()[-1].startswith("There is no project '9' for this key")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("phc_" + "p" * 12, "This is a project API key (phc_…), which can only send events"),
        ("phs_" + "p" * 12, "This is a project secret key (phs_…), which can't run queries"),
        ("pha_" + "p" * 12, "This is the token of an OAuth app, which ends within hours"),
        ("sk-" + "p" * 12, "This is a key of a language model"),
        ("xoxb-" + "p" * 12, "This is a key of Slack"),
        ("two words", "The API key contains spaces or odd characters"),
        ("", "No key was given, nothing was changed."),
    ],
)
def test_a_key_of_another_kind_is_sent_nowhere(run, tmp_path, key, said):
    posthog = FakePostHog()
    with serving(posthog) as host:
        done = run("login", "--host", host, input=f"{key}\n")
    assert done.exit_code != 0
    assert done.stderr.startswith(said)
    assert (posthog.requests, (tmp_path / "keys.json").exists()) == ([], False)


def regions(**found):
    """Clients of the two regions, each of which knows a key or fails."""

    def connect(host, key, project_id):
        what = found["us" if host == US else "eu"]
        if isinstance(what, Exception):
            raise what
        return Listing(scopes=READING).client(host=host, key=key if what else OTHER)

    return connect


def test_both_regions_are_tried():
    assert examine_key(KEY, [US, EU], regions(us=True, eu=False)).host == US
    assert examine_key(KEY, [US, EU], regions(us=False, eu=True)).host == EU
    assert examine_key(KEY, [US, EU], regions(us=Unreachable("off"), eu=True)).host == EU
    with pytest.raises(KeyRejected, match=r"Neither PostHog US nor EU knows this key: .*--host"):
        examine_key(KEY, [US, EU], regions(us=False, eu=False))
    with pytest.raises(Unreachable, match="off"):
        examine_key(KEY, [US, EU], regions(us=False, eu=Unreachable("off")))


def test_a_key_of_one_project_opens_that_one():
    def connect(host, key, project_id):
        fake = FakePostHog(scopes=READING, scoped_teams=(1,))
        return fake.client(host=host, key=key, project_id=project_id)

    (found,) = examine_key(KEY, [US], connect).projects
    assert (found.id, found.name) == (1, "Shop")
    assert chosen([found], None, pytest.fail) == found
    with pytest.raises(SettingsError, match="give --project ID"):
        chosen([], None, pytest.fail)
    assert chosen([found, Project(id=2)], None, lambda: " 2 ").id == 2


def test_the_explanation_names_page_scopes_and_the_way_back():
    told = "\n".join(explained([US, EU]))
    assert key_page(EU) == "https://eu.posthog.com/settings/user-api-keys?preset=analytics"
    for part in (
        key_page(US),
        key_page(EU),
        *READING,
        *OBJECTS,
        "can only send events",
        "takes it back",
    ):
        assert part in told


def test_what_a_key_lacks_is_said():
    said = [*lacking(Grants(frozenset(["query:read", "feature_flag:write"])))]
    assert said[0].startswith("It can't answer all questions: it lacks project:read, event_def")
    assert said[-1] == "Changes: feature_flag:write."
    wide = Grants(frozenset(["*"]))
    assert [*lacking(wide, wide.too_broad(1))] == [
        "Changes: none, it only reads here, because it has all scopes."
    ]


@pytest.fixture
def environ(tmp_path):
    logins = Logins(tmp_path)
    login = Login(host=EU, project="7", model="tiny", base_url="http://localhost:1/v1")
    logins.keep(DEFAULT, login, POSTHOG, KEY)
    logins.keep(DEFAULT, login, "model", "secret-of-the-model")
    return {"HOGLOOP_HOME": str(tmp_path)}


def test_the_environment_wins_over_a_login(environ):
    settings = load_settings(environ)
    assert (settings.posthog_key, settings.host, settings.project) == (KEY, EU, "7")
    assert (settings.model_name, settings.openai_key) == ("tiny", "secret-of-the-model")
    assert (settings.key_from, settings.overruled) == ("the login's file, profile default", False)
    settings = load_settings(environ | {"POSTHOG_PERSONAL_API_KEY": OTHER})
    assert (settings.posthog_key, settings.host, settings.project) == (OTHER, US, None)
    assert (settings.key_from, settings.overruled) == ("POSTHOG_PERSONAL_API_KEY", True)


def test_a_kept_key_goes_to_no_other_host(environ):
    settings = load_settings(environ | {"POSTHOG_HOST": "https://elsewhere.example"})
    assert settings.posthog_key is None
    assert load_settings(environ | {"POSTHOG_HOST": f"{EU}/"}).posthog_key == KEY
    moved = load_settings(
        environ | {"OPENAI_BASE_URL": "http://elsewhere.example", "HOGLOOP_MODEL": "x"}
    )
    assert moved.openai_key is None


def test_profiles_are_chosen_by_option_and_by_environment(environ, tmp_path, run):
    Logins(tmp_path).keep("lab", Login(host=US, project="8"), POSTHOG, OTHER)
    assert load_settings(environ).project == "8", "the last login is the usual one"
    assert load_settings(environ | {"HOGLOOP_PROFILE": "default"}).project == "7"
    with pytest.raises(SettingsError, match="There is no profile nowhere"):
        load_settings(environ | {"HOGLOOP_PROFILE": "nowhere"})
    done = run("--profile", "default", "logout")
    assert "default is forgotten here" in done.stderr
    assert Logins(tmp_path).names == ("lab",)


def test_profiles_hold_names_that_are_no_plain_words(tmp_path):
    name = 'my "own"\n[profiles.x]\n\u202eé'
    Logins(tmp_path).keep(name, Login(host=US, project="1"), POSTHOG, KEY)
    assert Logins(tmp_path).find(name) == Login(host=US, project="1")
    assert list(tomllib.loads((tmp_path / "profiles.toml").read_text())["profiles"]) == [name]
    assert Logins(tmp_path).key(name, POSTHOG) == KEY


def test_keys_that_others_can_read_are_not_used(environ, tmp_path):
    (tmp_path / "keys.json").chmod(0o644)
    with pytest.raises(SettingsError, match="can be read by others: chmod 600 it"):
        load_settings(environ)


def test_a_broken_file_of_keys_is_told(environ, tmp_path):
    (tmp_path / "keys.json").write_text("{")
    with pytest.raises(SettingsError, match="can't be read: hogloop login again"):
        load_settings(environ)
    (tmp_path / "profiles.toml").write_text("[")
    with pytest.raises(SettingsError, match=r"profiles\.toml can't be read: "):
        load_settings(environ)


def test_a_file_forgets_one_key_and_keeps_the_others(tmp_path):
    place = PrivateFile(tmp_path / "keys.json")
    place.put("a", "1")
    place.put("b", "2")
    place.remove("a")
    assert (place.get("a"), place.get("b")) == (None, "2")
    assert json.loads(place.path.read_text()) == {"b": "2"}


def test_the_keyring_is_used_where_there_is_one():
    keyring = pytest.importorskip("keyring", reason="NO KEYRING HERE: it was not tried")

    class Memory(keyring.backend.KeyringBackend):
        priority = 5

        def __init__(self):
            super().__init__()
            self.held = {}

        def get_password(self, service, name):
            return self.held.get((service, name))

        def set_password(self, service, name, key):
            self.held[service, name] = key

        def delete_password(self, service, name):
            del self.held[service, name]

    before = keyring.get_keyring()
    memory = Memory()
    keyring.set_keyring(memory)
    try:
        assert Keyring.works()
        Keyring().put("work posthog", KEY)
        assert memory.held == {("hogloop", "work posthog"): KEY}
        assert Keyring().get("work posthog") == KEY
        Keyring().remove("work posthog")
        Keyring().remove("work posthog")
        assert memory.held == {}
    finally:
        keyring.set_keyring(before)


def test_a_model_is_connected_once_it_answers(run, tmp_path):
    with FakeOpenAI(says("ok")).serving() as model:
        done = run("login", "--model", "tiny", "--base-url", model.base_url, input="secret\n")
        assert done.exit_code == 0, done.output
        assert f"Connected: tiny at {model.base_url}. The key is kept in a file" in done.stderr
    settings = load_settings({"HOGLOOP_HOME": str(tmp_path)})
    assert (settings.model_name, settings.openai_key) == ("tiny", "secret")
    line = Line(b'{"error": {"message": "no such key"}}', 401, "application/json")
    with FakeOpenAI(line).serving() as model:
        done = run("login", "--model", "big", "--base-url", model.base_url, input="wrong\n")
    assert (done.exit_code, load_settings({"HOGLOOP_HOME": str(tmp_path)}).model) == (3, "tiny")
