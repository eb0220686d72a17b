"""Commands about what was kept: receipts, their queries run again, earlier conversations."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from agent.chat.conversation import Chat
from agent.errors import SettingsError
from agent.front import say
from agent.journal import find_receipt
from agent.kept import in_lines, list_conversations, read_conversation
from agent.receipts import facts
from agent.render import listed
from agent.report import write_report
from agent.rerun import rerun, told

LISTED = 10


def receipt(chat: Chat, words: str) -> None:
    """Show an answer with all that it rests on."""
    answer, evidence = find_receipt(chat.session.journal.path, words or _latest(chat))
    chat.show(answer)
    chat.out.print(listed(facts(answer, evidence)))


def again(chat: Chat, words: str) -> None:
    """Run the queries behind an answer again, and say what differs and why."""
    answer, evidence = find_receipt(chat.session.journal.path, words or _latest(chat))
    found = rerun(answer, evidence, chat.session.agent.tools)
    chat.out.print("\n".join(told(answer, found)))


def resume(chat: Chat, words: str) -> None:
    """Go on with an earlier conversation, or list those there are."""
    if words:
        say(chat.session.resume(words))
        chat.last = chat.session.last
        return
    found = [*islice(list_conversations(chat.session.folder), LISTED)]
    for line in in_lines(found):
        chat.out.print(line, soft_wrap=True)
    say("/resume ID goes on with one of them." if found else "No conversation is kept here yet.")


def share(chat: Chat, words: str) -> None:
    """Write the conversation as a page or as Markdown."""
    if not words:
        raise SettingsError("Name the file: /share report.html or /share report.md.")
    chat.answered()
    turns = read_conversation(chat.session.path).answered
    answers = [turn.answer for turn in turns if turn.answer]
    say(write_report(answers, Path(words).expanduser()))


def earlier(chat: Chat) -> Iterable[str]:
    """The conversations there are."""
    return ["last", *(one.id for one in list_conversations(chat.session.folder))]


def _latest(chat: Chat) -> str:
    if not (found := chat.answered().receipt):
        raise SettingsError("The last answer could not be kept, so it has no receipt.")
    return found
