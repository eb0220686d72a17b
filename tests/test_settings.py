import pytest

from agent.errors import SettingsError
from agent.settings import OPENAI_DEFAULT, Settings, load_settings


@pytest.fixture
def environ(tmp_path):
    return {"HOGLOOP_HOME": str(tmp_path)}


def test_nothing_set_means_the_demo_and_the_built_in_planner(environ, tmp_path):
    settings = load_settings(environ)
    files = {name: tmp_path / f"{name}.toml" for name in ("glossary", "policy", "prices")}
    assert settings == Settings(home=tmp_path, **files)
    assert (settings.embedded, settings.model_name) == ("demo", None)


def test_an_option_beats_the_environment_which_beats_the_file(environ, tmp_path):
    (tmp_path / "config.toml").write_text('host = "eu.posthog.com"\nmodel = "from-file"\n')
    assert load_settings(environ).model_name == "from-file"
    environ |= {"HOGLOOP_MODEL": "from-environment"}
    assert load_settings(environ).model_name == "from-environment"
    assert load_settings(environ, model="from-option").model_name == "from-option"
    assert load_settings(environ).host == "https://eu.posthog.com"


def test_a_number_is_a_project_of_posthog_and_a_name_an_embedded_one(environ):
    environ |= {"POSTHOG_API_KEY": "phx_" + "a" * 20, "POSTHOG_PROJECT_ID": "7"}
    settings = load_settings(environ)
    assert (settings.project_id, settings.embedded) == (7, None)
    assert load_settings(environ, project="shop").embedded == "shop"


def test_the_personal_key_wins_over_the_other_name(environ):
    environ |= {"POSTHOG_API_KEY": "phx_b", "POSTHOG_PERSONAL_API_KEY": "phx_a"}
    assert load_settings(environ).posthog_key == "phx_a"


def test_a_model_key_alone_means_openai_and_built_in_overrules_it(environ):
    environ |= {"OPENAI_API_KEY": "abc"}
    assert load_settings(environ).model_name == OPENAI_DEFAULT
    assert load_settings(environ, model="built-in").model_name is None


@pytest.mark.parametrize(
    ("model", "name", "base_url", "key"),
    [
        ("ollama:qwen3:8b", "qwen3:8b", "http://127.0.0.1:11434/v1", None),
        ("openrouter:a/b", "a/b", "https://openrouter.ai/api/v1", "or-key"),
        ("qwen3:8b", "qwen3:8b", None, "openai-key"),
    ],
)
def test_a_provider_has_its_address_and_no_other_gets_its_key(environ, model, name, base_url, key):
    environ |= {"OPENAI_API_KEY": "openai-key", "OPENROUTER_API_KEY": "or-key"}
    settings = load_settings(environ, model=model)
    assert (settings.model_name, settings.base_url, settings.openai_key) == (name, base_url, key)


def test_azure_keeps_the_address_of_ones_own(environ):
    environ |= {"AZURE_OPENAI_API_KEY": "key", "OPENAI_BASE_URL": "https://mine.example/openai/v1"}
    settings = load_settings(environ, model="azure:gpt-5")
    assert (settings.model_name, settings.base_url) == ("gpt-5", "https://mine.example/openai/v1")


@pytest.mark.parametrize(
    ("model", "more", "told"),
    [
        ("anthropic:claude", {}, "needs a key of anthropic: set ANTHROPIC_API_KEY"),
        ("azure:gpt-5", {"AZURE_OPENAI_API_KEY": "key"}, "set OPENAI_BASE_URL"),
        ("auto", {}, "auto needs a language model too: set HOGLOOP_MODEL"),
    ],
)
def test_a_model_that_lacks_something_says_what(environ, model, more, told):
    with pytest.raises(SettingsError, match=told):
        load_settings(environ | more, model=model)


def test_auto_takes_the_model_that_is_set_for_the_rest(environ):
    environ |= {"HOGLOOP_MODEL": "ollama:qwen3"}
    settings = load_settings(environ, model="auto")
    assert (settings.mixed, settings.model_name) == (True, "qwen3")
    assert not load_settings(environ).mixed
    environ |= {"HOGLOOP_MODEL": "auto", "OPENAI_API_KEY": "key"}
    assert (load_settings(environ).mixed, load_settings(environ).model_name) == (
        True,
        OPENAI_DEFAULT,
    )


def test_no_key_is_shown_in_the_representation(environ):
    environ |= {"OPENAI_API_KEY": "abc-secret", "POSTHOG_API_KEY": "phx_secret"}
    assert "secret" not in repr(load_settings(environ))


REFUSED = {
    "number without key": (
        {"POSTHOG_PROJECT_ID": "7"},
        "",
        "Project 7 is a project of PostHog: set POSTHOG_PERSONAL_API_KEY to ask it, "
        "or name an embedded project.",
    ),
    "endpoint without model": (
        {"OPENAI_BASE_URL": "http://localhost:1/v1"},
        "",
        "OPENAI_BASE_URL is set to http://localhost:1/v1 but no model is named: "
        "set HOGLOOP_MODEL, or 'built-in' for the built-in planner.",
    ),
    "host of events": (
        {"POSTHOG_HOST": "https://eu.i.posthog.com"},
        "",
        "eu.i.posthog.com does not answer questions: set POSTHOG_HOST=https://eu.posthog.com.",
    ),
    "host of another kind": (
        {"POSTHOG_HOST": "ftp://x"},
        "",
        "POSTHOG_HOST is not a web address: 'ftp://x'; use https://us.posthog.com, say.",
    ),
    "host of no form": (
        {"POSTHOG_HOST": "http://[::1"},
        "",
        "POSTHOG_HOST is not a web address: 'http://[::1'; use https://us.posthog.com, say.",
    ),
    "host with a password": (
        {"POSTHOG_HOST": "https://me:hush@posthog.example"},
        "",
        "POSTHOG_HOST holds a user or a password: write the address alone.",
    ),
    "secret by name": (
        {},
        'openai_api_key = "abc"',
        "{path} holds a secret under 'openai_api_key': take it out, "
        "and set it in the environment instead.",
    ),
    "secret by value": (
        {},
        'model = "phx_0123456789"',
        "{path} holds a secret under 'model': take it out, and set it in the environment instead.",
    ),
    "unknown setting": (
        {},
        'colour = "red"',
        "{path} has the unknown setting 'colour'; "
        "known are host, project, model, base_url, reasoning.",
    ),
}


@pytest.mark.parametrize(("variables", "config", "sentence"), REFUSED.values(), ids=REFUSED)
def test_settings_that_make_no_sense_are_refused(environ, tmp_path, variables, config, sentence):
    path = tmp_path / "config.toml"
    path.write_text(config)
    with pytest.raises(SettingsError) as error:
        load_settings(environ | variables)
    assert str(error.value) == sentence.format(path=path)


def test_a_file_that_is_not_toml_is_named(environ, tmp_path):
    (tmp_path / "config.toml").write_text("host = ")
    with pytest.raises(SettingsError, match=r"config\.toml can't be read: "):
        load_settings(environ)
