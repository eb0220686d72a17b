"""What is not a message: the Home tab, and the forms that open over a conversation."""

import json
from collections.abc import Sequence

from agent.slack.blocks import Block, actions, button, context, plain_text, words
from agent.slack.manifest import COMMAND
from agent.slack.payloads import Incoming
from agent.writing.card import Card

HOW = (
    "Mention me in a channel, write to me directly, or use "
    f"{COMMAND} for an answer that only you see. In a thread of mine just go on: “and last month?”,"
    " “by country”. “Ask about this” in a message’s menu asks about it."
)


def home(facts: Sequence[str], asked: Sequence[str], recent: Sequence[str], known: str) -> Block:
    """The Home tab: what is connected, who one is, how to ask, what was asked lately."""
    blocks: list[Block] = [
        words(("hogloop answers questions from PostHog", True)),
        context([*facts, known]),
        words((HOW, False)),
    ]
    if asked:
        blocks.append(words(("Try", True)))
        blocks.append(actions(*(button(one, f"ask:{i}", one) for i, one in enumerate(asked))))
    if recent:
        blocks.append(words(("You asked lately", True)))
        blocks += [words((question, False)) for question in recent]
    return {"type": "home", "blocks": blocks}


def approval(asked: Incoming, card: Card) -> Block:
    """The form in which the name of something risky is typed."""
    return _form(
        "approve",
        "Approve a change",
        "Approve",
        asked,
        card.id,
        words((f"{card.headline}\n", True), (card.risk, False)),
        f"Type {card.typed} to approve it",
    )


def question(asked: Incoming, text: str) -> Block:
    """The form in which a question about a message is asked."""
    about = words(("About this message:\n", True), (text, False))
    return _form("ask", "Ask hogloop", "Ask", asked, "", about, "Your question", text)


def refused(block: str, sentence: str) -> Block:
    """What a form answers when what was typed isn't right."""
    return {"response_action": "errors", "errors": {block: sentence[:150]}}


def _form(
    name: str, title: str, submit: str, asked: Incoming, value: str, about: Block, label: str,
    initial: str = "",
) -> Block:  # fmt: skip
    place = {"channel": asked.channel, "ts": asked.ts, "root": asked.root, "value": value}
    field: Block = {"type": "plain_text_input", "action_id": "typed", "max_length": 3_000}
    if initial:
        field["initial_value"] = initial[:3_000]
    return {
        "type": "modal",
        "callback_id": name,
        "private_metadata": json.dumps(place),
        "title": plain_text(title, 24),
        "submit": plain_text(submit, 24),
        "close": plain_text("Cancel", 24),
        "blocks": [
            about,
            {
                "type": "input",
                "block_id": "typed",
                "label": plain_text(label, 2_000),
                "element": field,
            },
        ],
    }
