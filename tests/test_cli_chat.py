import io
from datetime import UTC, datetime

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from agent.answer import AnswerTable, Draft
from agent.chat.commands import GROUPS
from agent.chat.conversation import Chat
from agent.chat.keyboard import prompt, typed_lines
from agent.errors import ModelError
from agent.loop import Agent
from agent.messages import Assistant
from agent.render import Terminal
from agent.session import Session
from agent.steps import describe
from tests.fakes import FakePostHog, ScriptedModel, call, rows
from tools.toolbox import Toolbox

COUNTRIES = AnswerTable(("country", "people"), (("Germany", 2), ("France", 1)))
ASKED = Draft("asked", "Which event do you mean?", choices=("signed_up", "signup_started"))


@pytest.fixture
def talk(tmp_path):
    """Say lines to a scripted model; gives stdout, stderr, the code and the model."""
    posthog = FakePostHog(answers={"count()": rows(["n"], [1])}).client()

    def say(*replies, lines, terminal=False):
        model = ScriptedModel(*replies)
        session = Session(
            Agent(model, Toolbox(posthog)), tmp_path, started=datetime.now(UTC), warn=print
        )
        out, err = io.StringIO(), io.StringIO()
        chat = Chat(
            session,
            Terminal(out, width=80),
            Terminal(err, width=80, force_terminal=terminal, color_system=None),
            GROUPS,
        )
        chat.run(iter(lines))
        model.assert_finished()
        return out.getvalue(), err.getvalue(), chat.code, model

    yield say
    posthog.close()


def test_a_number_picks_a_choice(talk):
    draft = Assistant(draft=ASKED)
    out, _, _, model = talk(draft, "Two people.", lines=["how many signed up?", "2"])
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
    talk("Do you mean orders?", "12 of them.", lines=["a?", "yes"])


def test_an_unknown_command_is_not_sent_to_the_model(talk, capsys):
    talk(lines=["/frobnicate now", "quit", "never"])
    assert (
        capsys.readouterr().err == "There is no command /frobnicate: /help lists what there is.\n"
    )


def test_each_tool_call_leaves_a_line_on_a_terminal_alone(talk):
    script = (call("run_hogql", query="SELECT\n  count()\nFROM events"), "One.")
    _, err, _, _ = talk(*script, lines=["how many?"], terminal=True)
    assert "  done: run_hogql SELECT count() FROM events\n" in err.replace("\r", "")
    _, err, _, _ = talk(*script, lines=["how many?"])
    assert err == ""


class Keyboard:
    """Lines, and the keys that end or interrupt them."""

    def __init__(self, *pressed):
        self._pressed = iter(pressed)

    def __call__(self):
        pressed = next(self._pressed)
        if isinstance(pressed, str):
            return pressed
        raise pressed


def test_ctrl_c_empties_a_line_that_is_begun(tmp_path):
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("how many\x03how few\r\x03")
        read = prompt(tmp_path / "history")
        assert read() == "how few"
        with pytest.raises(KeyboardInterrupt):
            read()


def test_ctrl_d_leaves():
    assert list(typed_lines(Keyboard("a", EOFError()))) == ["a"]


def test_ctrl_c_leaves_only_when_pressed_twice_in_a_row():
    stop = KeyboardInterrupt()
    assert list(typed_lines(Keyboard("a", stop, "b", stop, stop))) == ["a", "b"]
