"""Commands around changes; what is proposed, a person approves."""

from agent.chat.conversation import Chat
from agent.errors import SettingsError
from agent.front import say
from agent.messages import Assistant, ToolResult
from agent.turns import current_turn
from tools.changes.change import Done


def write(chat: Chat, words: str) -> None:
    """Let changes be proposed for a while."""
    say(chat.session.agent.toolbox.gate.open())


def undo(chat: Chat, words: str) -> None:
    """Propose the inverse of a change."""
    say(chat.session.agent.toolbox.gate.undo(words).sentence)


def save(chat: Chat, words: str) -> None:
    """Propose to save the query behind the last answer as an insight."""
    if not words:
        raise SettingsError("Name it: /save Weekly signups.")
    turn = current_turn(chat.session.agent.messages)
    ran = {m.call_id for m in turn if isinstance(m, ToolResult) and not m.error}
    calls = [
        call
        for message in turn
        if isinstance(message, Assistant)
        for call in message.tool_calls
        if call.id in ran and call.name.startswith("run_")
    ]
    if not calls:
        raise SettingsError("The last answer ran no query that could be saved: ask a question.")
    arguments = {"name": words, "of": calls[-1].name, "arguments": calls[-1].arguments}
    done = chat.session.agent.tools.run("save_insight", arguments)
    if isinstance(done, Done):
        say(done.sentence)
