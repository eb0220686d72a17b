"""Commands about where and with what the conversation goes on, and what it cost."""

from collections.abc import Iterable

from agent.assemble import person
from agent.chat.conversation import Chat
from agent.commands_changes import held_scopes
from agent.front import say
from agent.render import priced
from agent.settings import BUILT_IN
from agent.spending import spent_today
from tools.local.folder import list_projects


def project(chat: Chat, words: str) -> None:
    """Go on in another project, or name those on this machine."""
    if words:
        chat.begin(project=words)
        return
    here = chat.session.agent.toolbox.project
    say(f"This is {here.name or f'project {here.id}'}.")
    for name in embedded(chat):
        chat.out.print(name, soft_wrap=True)
    say(
        "/project NAME goes to an embedded one, /project ID to one of PostHog that the key reaches."
    )


def embedded(chat: Chat) -> Iterable[str]:
    """The embedded projects."""
    return sorted({"demo", *list_projects(chat.session.home)})


def model(chat: Chat, words: str) -> None:
    """Go on with another model."""
    if words:
        chat.begin(model=words)
        return
    say(
        f"{chat.session.agent.model.name} answers; /model NAME takes another, "
        f"/model {BUILT_IN} the planner."
    )


def models(chat: Chat) -> Iterable[str]:
    """The models known by name."""
    return (BUILT_IN,)


def new(chat: Chat, words: str) -> None:
    """Forget what was said, and begin again."""
    chat.begin()


def why(chat: Chat, words: str) -> None:
    """Look into the last answer."""
    chat.answered()
    chat.ask("why?")


def scopes(chat: Chat, words: str) -> None:
    """Which scopes the key has."""
    chat.out.print("\n".join(held_scopes(chat.session.agent.tools.grants)))


def cost(chat: Chat, words: str) -> None:
    """What the conversation and the day have cost."""
    answers = chat.spent
    tokens = sum(one.input_tokens + one.output_tokens for one in answers)
    about = "about " if any(one.tokens_estimated for one in answers) else ""
    seconds = sum(one.seconds for one in answers)
    ran = sum(len(one.queries) for one in answers)
    queries = f"{ran:,} quer{'y' if ran == 1 else 'ies'}"
    count = f"{len(answers):,} answer{'s' * (len(answers) != 1)}"
    chat.out.print(
        f"This conversation: {count}, {queries}, {about}{tokens:,} tokens, {seconds:.1f} s"
        f"{priced(sum(one.dollars or 0.0 for one in answers))}"
    )
    today = spent_today(chat.session.home / "journal.db", person())
    parts = [
        f"{round(amount, 4):,} {kind.replace('_', ' ')}" for kind, amount in today.items() if amount
    ]
    chat.out.print(f"Today (UTC), with language models: {', '.join(parts) or 'nothing'}")
