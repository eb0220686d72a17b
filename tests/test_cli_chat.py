import io
import re
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from types import SimpleNamespace

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from agent.answer import AnswerTable, Draft
from agent.chat.commands import GROUPS
from agent.chat.completing import Words
from agent.chat.conversation import Chat
from agent.chat.keyboard import prompt, toolbar, typed_lines
from agent.chat.names import Names
from agent.chat.place import Place
from agent.errors import ModelError, SettingsError
from agent.loop import Agent
from agent.messages import Assistant, Delta, ToolResult
from agent.render import Terminal
from agent.session import Session
from agent.steps import Steps, describe
from tests.fakes import FakePostHog, ScriptedModel, call, rows
from tools.toolbox import Toolbox

DONE = re.compile(r"  done: run_hogql SELECT count\(\) FROM events \(\d\.\d s, 1 row\)\n")
COUNTRIES = AnswerTable(("country", "people"), (("Germany", 2), ("France", 1)))
ASKED = Draft("asked", "Which event do you mean?", choices=("signed_up", "signup_started"))


@pytest.fixture
def talk(tmp_path):
    """Say lines to a scripted model; gives stdout, stderr, the code and the model."""
    posthog = FakePostHog(answers={"count()": rows(["n"], [1])}).client()

    @contextmanager
    def elsewhere(project, model):
        if project == "nowhere":
            raise SettingsError("There is no embedded project nowhere, only demo.")
        agent = Agent(ScriptedModel(f"{project} with {model}."), Toolbox(posthog))
        yield Session(agent, tmp_path, started=datetime.now(UTC), warn=print), None

    def say(*replies, lines, terminal=False, plain=False):
        model = ScriptedModel(*replies)
        session = Session(
            Agent(model, Toolbox(posthog)), tmp_path, started=datetime.now(UTC), warn=print
        )
        out, err = io.StringIO(), io.StringIO()
        chat = Chat(
            Place(session, elsewhere),
            Terminal(out, width=80),
            Terminal(err, width=80, force_terminal=terminal, color_system=None),
            GROUPS,
            plain=plain,
        )
        chat.run(iter(lines))
        model.assert_finished()
        return out.getvalue(), err.getvalue(), chat.code, model

    yield say
    posthog.close()


def test_a_number_picks_a_choice(talk):
    draft = Assistant(draft=ASKED)
    out, _, _, model = talk(draft, "Some people.", lines=["how many signed up?", "2"])
    assert "Which event do you mean?\n  1. signed_up\n  2. signup_started\n" in out
    assert [m.text for m in model.asked[1] if hasattr(m, "text")][-1] == "signup_started"


def test_a_number_that_is_no_choice_is_a_question(talk):
    _, _, _, model = talk(Assistant(draft=ASKED), "What?", lines=["how many?", "3"])
    assert model.asked[1][-1].text == "3"


def test_bytes_that_are_no_letters_are_asked_as_question_marks(talk):
    _, _, code, model = talk("What?", lines=["how many \udcff?"])
    assert (model.asked[0][-1].text, code) == ("how many ??", 0)


def test_a_step_is_told_without_switches():
    made = call("property_values", property="plan", exact=True, event=None, search="pro")
    assert describe(made) == "property_values plan pro"


def test_the_last_answer_is_shown_the_other_way_without_asking_again(talk):
    draft = Assistant(draft=Draft("answered", "By country.", tables=(COUNTRIES,)))
    out, _, _, _ = talk(draft, lines=["by country?", "as a table", "show me that as a chart."])
    first, table, chart = out.split("By country.")[1:]
    assert ("█" in first, "█" in table, "█" in chart) == (True, False, True)


def test_the_last_table_is_written_as_csv(talk):
    draft = Assistant(draft=Draft("answered", "By country.", tables=(COUNTRIES,)))
    out, _, _, _ = talk(draft, lines=["by country?", "/csv"])
    assert out.endswith("country,people\nGermany,2\nFrance,1\n")


def test_ctrl_c_stops_the_turn_and_keeps_the_conversation(talk, capsys):
    out, _, code, model = talk(
        call("run_hogql", query="SELECT count() FROM events"),
        KeyboardInterrupt(),
        "One.",
        lines=["how many?", "and now?"],
    )
    assert capsys.readouterr().err == "Stopped. Go on asking, or leave with Ctrl-D.\n"
    assert out.startswith("One.\n")
    assert [type(m).__name__ for m in model.asked[2]] == ["User", "Assistant", "ToolResult", "User"]
    assert code == 0


def test_the_code_is_that_of_the_last_turn(talk, capsys):
    _, _, code, _ = talk("Yes.", ModelError("The model is gone."), lines=["a?", "b?"])
    assert (code, capsys.readouterr().err) == (3, "The model is gone.\n")


def test_a_yes_that_nothing_waits_for_is_no_question(talk, capsys):
    talk(lines=["y", "quit", "never"])
    said = "Nothing waits for a yes or a no: ask a question, or /help.\n"
    assert capsys.readouterr().err == said
    talk("Do you mean orders?", "Some of them.", lines=["a?", "yes"])


def test_an_unknown_command_is_not_sent_to_the_model(talk, capsys):
    talk(lines=["/frobnicate now", "quit", "never"])
    assert (
        capsys.readouterr().err == "There is no command /frobnicate: /help lists what there is.\n"
    )


def test_each_tool_call_leaves_a_line_on_a_terminal_alone(talk):
    script = (call("run_hogql", query="SELECT\n  count()\nFROM events"), "One.")
    _, err, _, _ = talk(*script, lines=["how many?"], terminal=True)
    assert DONE.search(err.replace("\r", ""))
    _, err, _, _ = talk(*script, lines=["how many?"])
    assert err == ""


COMMANDS = {one.name: one for group in GROUPS.values() for one in group}


class Keyboard:
    """Lines, and the keys that end or interrupt them."""

    def __init__(self, *pressed):
        self._pressed = iter(pressed)

    def __call__(self):
        pressed = next(self._pressed)
        if isinstance(pressed, str):
            return pressed
        raise pressed


@contextmanager
def chatting(home):
    with closing(FakePostHog().client()) as client:
        session = Session(
            Agent(ScriptedModel(), Toolbox(client)), home, started=datetime.now(UTC), warn=print
        )
        out = Terminal(io.StringIO())
        yield Chat(Place(session, lambda *_: None), out, out, GROUPS)


@pytest.fixture
def chat(tmp_path):
    with chatting(tmp_path) as chat:
        yield chat


def lines_of(pressed, home):
    """The lines that keys give in an editor of their own, "^C" for one that was interrupted."""
    lines = []
    with chatting(home) as chat, create_pipe_input() as keys:
        keys.send_text(pressed)
        with create_app_session(input=keys, output=DummyOutput()):
            read = prompt(home / "history", chat)
            for _ in range(
                pressed.count("\r") - pressed.count("\x1b\r") + pressed.endswith("\x03")
            ):
                try:
                    lines.append(read())
                except KeyboardInterrupt:
                    lines.append("^C")
    return lines


def typed(pressed, home):
    """The lines, from a process that has few files open: the editor waits for keys by select()."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(lines_of, pressed, home).result(timeout=60)


def test_alt_enter_begins_a_line_and_enter_sends(tmp_path):
    assert typed("how many\x1b\rby country\r", tmp_path) == ["how many\nby country"]


def test_the_line_below_says_where_one_is(chat):
    assert toolbar(chat) == "Shop · scripted · only reads"


def test_ctrl_c_empties_a_line_that_is_begun(tmp_path):
    assert typed("how many\x03how few\r\x03", tmp_path) == ["how few", "^C"]


def test_ctrl_d_leaves():
    assert list(typed_lines(Keyboard("a", EOFError()))) == ["a"]


def test_ctrl_c_leaves_only_when_pressed_twice_in_a_row():
    stop = KeyboardInterrupt()
    assert list(typed_lines(Keyboard("a", stop, "b", stop, stop))) == ["a", "b"]


def test_plain_has_words_alone(talk):
    by_country = Draft("answered", "By country.", tables=(COUNTRIES,))
    script = (call("run_hogql", query="SELECT count() FROM events"), Assistant(draft=by_country))
    out, err, _, _ = talk(*script, lines=["how many?", "/chart"], terminal=True, plain=True)
    assert DONE.fullmatch(err)
    assert "█" not in out
    assert out.endswith("Germany       2\nFrance        1\n\n")


def test_what_a_model_says_is_shown_while_it_comes():
    out = io.StringIO()
    console = Terminal(out, width=40, height=10, force_terminal=True, color_system=None)
    with Steps(console) as steps:
        for word in ("Sign-ups ", "rose ", "\x1b[31mred ", *["and so on "] * 30, "to the end."):
            steps.show(Delta(word))
        shown = steps.now()
    assert shown.plain.split()[-3:] == ["to", "the", "end."]
    assert len(shown.plain.splitlines()) == 6
    assert "\x1b" not in shown.plain


@pytest.mark.parametrize(
    ("line", "said"),
    [("/project shop", "shop with None."), ("/model big", "None with big."), ("/new", "None with")],
)
def test_another_project_or_model_begins_a_new_conversation(talk, line, said):
    out, _, _, _ = talk("Fine.", lines=["how is it?", line, "and now?"])
    assert said in out


def test_a_project_that_can_not_be_opened_leaves_everything_as_it_was(talk, capsys):
    out, _, _, _ = talk("Fine.", "Good.", lines=["how is it?", "/project nowhere", "and now?"])
    said = "There is no embedded project nowhere, only demo.\n"
    assert (said in capsys.readouterr().err, "Good." in out) == (True, True)


def test_the_cost_is_that_of_this_conversation(talk):
    script = (call("run_hogql", query="SELECT count() FROM events"), "One.")
    out, _, _, _ = talk(*script, lines=["/cost", "how many?", "/cost"])
    assert "This conversation: 0 answers, 0 queries, 0 tokens, 0.0 s\n" in out
    assert "This conversation: 1 answer, 1 query, 0 tokens, 0." in out


def test_what_a_command_needs_is_said(talk, capsys):
    talk(
        "Hello.",
        lines=[
            "/chart",
            "/share a.html",
            "hi?",
            "/save",
            "/save Mine",
            "/chart line",
            "/chart pie",
            "/write off",
        ],
    )
    assert capsys.readouterr().err.splitlines() == [
        *["There is no answer yet: ask a question first."] * 2,
        "Name it: /save Weekly signups.",
        "The last answer ran no query that could be saved: ask a question.",
        "This answer has no rows for a line chart: /chart table.",
        "Write /chart line, bar, stacked, funnel, heat, table, or a name such as c.png.",
        "/write takes nothing behind it, so it was not done.",
    ]


def test_saving_asks_for_write_mode_first(talk, capsys):
    script = (call("run_hogql", query="SELECT count() FROM events"), "One.")
    talk(*script, lines=["how many?", "/save Mine"])
    assert capsys.readouterr().err == "hogloop only reads here: changes are not possible.\n"


def test_the_chart_is_written_to_a_file(talk, tmp_path, capsys):
    draft = Assistant(draft=Draft("answered", "By country.", tables=(COUNTRIES,)))
    out, _, _, _ = talk(draft, lines=["by country?", f"/chart {tmp_path}/c.svg", "/chart bar"])
    assert (tmp_path / "c.svg").read_text().startswith("<svg")
    assert capsys.readouterr().err == f"{tmp_path}/c.svg is written.\n"
    assert out.count("█") > 40


def completions(words, text, *, tab=False):
    found = words.get_completions(Document(text), CompleteEvent(completion_requested=tab))
    return [one.text for one in found]


def test_commands_and_names_are_completed(talk):
    posthog = FakePostHog(events=[{"name": n} for n in ("signed_up", "$pageview", "\x1b[2Jbad")])
    with closing(posthog.client()) as client:
        names = Names(Toolbox(client))
        names.fetch().join()
        words = Words(SimpleNamespace(commands=COMMANDS), names)
        assert completions(words, "/ch") == ["chart"]
        assert completions(words, "/chart st") == ["stacked"]
        assert completions(words, "how many sig") == []
        assert completions(words, "how many sig", tab=True) == ["signed_up"]
        assert completions(words, "how many signed_") == ["signed_up"]
        assert completions(words, "how many page", tab=True) == ["$pageview"]
        assert completions(words, "[2J", tab=True) == ["[2Jbad"]


def test_names_that_can_not_be_had_are_no_failure():
    with closing(FakePostHog(scopes=("query:read",)).client()) as client:
        names = Names(Toolbox(client))
        names.fetch().join()
    assert names.kinds == {}


def test_a_journal_that_is_broken_costs_a_sentence_and_no_conversation(talk, tmp_path, capsys):
    (tmp_path / "journal.db").write_bytes(b"no database" * 100)
    out, _, _, _ = talk("Fine.", lines=["/cost", "how is it?"])
    said = "can't be read (file is not a database): check the folder and the disk.\n"
    assert said in capsys.readouterr().err
    assert "Fine." in out


def test_calls_that_were_stopped_are_not_told_as_failures_later():
    out = io.StringIO()
    with Steps(Terminal(out, width=80), keep=True, plain=True) as steps:
        steps.show(ToolResult("1", "run_hogql", "interrupted, not run", None, "Interrupted"))
        steps.show(ToolResult("2", "run_hogql", "QueryFailed: no", None, "QueryFailed"))
    assert out.getvalue().count("failed: run_hogql") == 1
