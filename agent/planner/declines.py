"""What the planner says when it can't or won't answer."""

from collections.abc import Sequence

from agent.planner.lexicon import Inability, lexicon
from agent.planner.linking import link
from agent.planner.plan import Reply
from agent.planner.sheet import Sheet
from agent.planner.words import stem, tokenize
from agent.planner.world import World

EXAMPLES = 3


def beyond(sheet: Sheet, world: World) -> Inability | None:
    """The first thing asked that is beyond us; a word of a tracked event is none."""
    words = [token.word for token in sheet.tokens if token.kind != "quoted"]
    tracked = {unit.stems for name in world.events if name.name[0] != "$" for unit in name.units}
    for inability in lexicon().cant:
        for phrase in inability.words:
            said = [token.word for token in tokenize(phrase)]
            if _within(said, words) and not (len(said) == 1 and stem(said[0]) in tracked):
                return inability
    return None


def decline(inability: Inability) -> Reply:
    """Say what is beyond the planner, and the nearest thing it can do."""
    return Reply(
        "declined",
        f"The built-in planner can't do {inability.name} yet; {inability.nearest}.",
        "With a language model configured (HOGLOOP_MODEL), hogloop can try this question.",
    )


def unknown(words: Sequence[str], world: World) -> Reply:
    """Say which words mean nothing in this project, and which names come nearest."""
    said = list(dict.fromkeys(f"“{word}”" for word in words))
    near = nearest(" ".join(words), world)
    hint = f" The nearest here: {', '.join(near)}." if near else ""
    verb = "means" if len(said) == 1 else "mean"
    text = f"I don't know what {' and '.join(said)} {verb} in this project.{hint}"
    return Reply("declined", text, examples(world))


def one_at_a_time() -> Reply:
    """Say that one kind of figure is all one question may ask for."""
    return Reply(
        "declined",
        "That asks for several kinds of figures at once; I can give one at a time.",
        "Ask for each on its own.",
    )


def ranked_what() -> Reply:
    """Ask which property a superlative is about."""
    return Reply("asked", "The most or the highest of what? Name the property to rank by.")


def top_of_what(limit: int) -> Reply:
    """Ask what is to be ranked."""
    return Reply("asked", f"The top {limit} of what? Name the property to rank.")


def stored_as_text(name: str) -> Reply:
    """Say that a property can't be calculated with."""
    return Reply("declined", f"{name} is stored as text here, so it can't be calculated with.")


def no_list() -> Reply:
    """Say that a bare number chooses from nothing."""
    return Reply("declined", "There is no list to choose from; ask a question.")


def which_share() -> Reply:
    """Ask for the two sides of a share or ratio."""
    return Reply("asked", "The share of what in what? Name both, as in “share of A that are B”.")


def which_contains(value: str) -> Reply:
    """Ask which property a piece of text is looked for in."""
    return Reply("asked", f"Which property should contain “{value}”? Name it.")


def half_understood(word: str) -> Reply:
    """Say that one word of the question would have to be ignored."""
    return Reply(
        "declined",
        f"I don't understand what “{word}” does in this question, and won't answer without it.",
        "Say it in another way, or in two questions.",
    )


def not_exactly(text: str, prop: str, value: str, question: str) -> Reply:
    """Ask whether values that only contain the text are meant."""
    return Reply(
        "asked",
        f"No value is exactly “{text}”, but {prop} has some that contain it, such as “{value}”. "
        "Do you mean those?",
        choices=(f"{prop} containing {text}",),
        rephrased=(question,),
    )


def nothing_asked(world: World) -> Reply:
    """Say that the question names nothing this project tracks."""
    return Reply("declined", "I can't tell what to measure in this project.", examples(world))


def examples(world: World) -> str:
    """Questions that work here, made from the project's own events and period."""
    names = [name.name for name in world.events if not name.name.startswith("$")]
    names = (names or [name.name for name in world.events])[:2]
    month = f" in {world.clock.latest:%B %Y}"
    asked = [f"“How many {name} events were there{month}?”" for name in names[:1]]
    asked += [f"“{name} per month”" for name in names[1:2]]
    return f"Try {', '.join([*asked, '“What do you track?”'])}."


def nearest(text: str, world: World) -> list[str]:
    """Up to three events whose names come near the text."""
    tokens = tokenize(text)
    return [one.name for one in link(tokens, range(len(tokens)), world.events)][:EXAMPLES]


def _within(said: Sequence[str], words: Sequence[str]) -> bool:
    size = len(said)
    return any(list(words[i : i + size]) == list(said) for i in range(len(words) - size + 1))
