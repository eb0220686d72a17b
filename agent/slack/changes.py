"""Changes in Slack: a card with two buttons, and what becomes of it."""

from collections.abc import Iterator, Sequence

from agent.slack.blocks import SECTION, Block, actions, button, clean, inert, preformatted, words
from agent.slack.render import Rung
from agent.writing.approval import Choice, Decision
from agent.writing.card import Card
from agent.writing.mode import WriteMode

ALWAYS = 1_800.0
MOST_BLOCKS = 40
TOO_LONG = "This change is too long for Slack: it can be approved in a terminal, with `hogloop "


class Standing(WriteMode):
    """Write mode in Slack: on as long as the rules name somebody who approves."""

    def __init__(self, *, allowed: bool) -> None:
        self._allowed = allowed

    def seconds_left(self, host: str, project_id: int) -> float:
        """As long as it takes, or nothing."""
        return ALWAYS if self._allowed else 0.0


class Held:
    """The approver of a turn in Slack: it keeps the card, and whoever may decides later."""

    def __init__(self) -> None:
        self.cards: list[Card] = []

    def decide(self, card: Card) -> Decision:
        """Later, by a button."""
        self.cards.append(card)
        return Decision(Choice.LATER, surface="slack")


def pending(card: Card) -> tuple[Rung, ...]:
    """A card that waits for its approval."""
    blocks = list(_blocks(card))
    if len(blocks) > MOST_BLOCKS:
        said = f"{TOO_LONG}approve {card.id}`."
        return (Rung(inert(clean(said)), (words((card.headline, True)), words((said, False)))),)
    approve = button("Approve …" if card.typed else "Approve", "approve", card.id, "primary")
    if not card.typed:
        approve["confirm"] = _confirm(card)
    foot = actions(approve, button("Reject", "reject", card.id, "danger"))
    how = f"It waits until {card.good_until}: approve or reject it below."
    return (Rung(_text(card, how), (*blocks, words((how, False)), foot)),)


def settled(card: Card, sentence: str) -> tuple[Rung, ...]:
    """A card that nobody has to decide any more, and what became of it."""
    blocks = list(_blocks(card))[:MOST_BLOCKS]
    text = _text(card, sentence)
    return (Rung(text, (*blocks, words((sentence, True)))), Rung(text))


def _blocks(card: Card) -> Iterator[Block]:
    """The whole card; nothing of it is left out."""
    yield words((f"{card.headline}", True))
    yield from _pieces([f"{what}: {now} → {after}" for what, now, after in card.rows])
    yield from _pieces(["Exactly:", *card.exactly])
    yield from (words((note, False)) for note in card.notes)
    facts = (("Risk", card.risk), ("Undo", card.undo), ("Project", card.where))
    yield words(("\n".join(f"{name}: {text}" for name, text in facts), False))


def _pieces(lines: Sequence[str]) -> Iterator[Block]:
    """Lines in as many blocks as they need."""
    text = "\n".join(lines)
    for start in range(0, len(text), SECTION):
        yield preformatted(text[start : start + SECTION])


def _confirm(card: Card) -> Block:
    return {
        "title": {"type": "plain_text", "text": "Approve this change?"},
        "text": {"type": "plain_text", "text": clean(card.headline, 280)},
        "confirm": {"type": "plain_text", "text": "Approve"},
        "deny": {"type": "plain_text", "text": "Not yet"},
    }


def _text(card: Card, sentence: str) -> str:
    return inert(clean(f"{card.headline}. {sentence}"))
