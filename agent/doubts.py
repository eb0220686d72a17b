"""What is wrong with an answer in a language model's words, told to it once."""

from collections.abc import Sequence

from agent.answer import Answer
from agent.messages import Assistant, Message, Note
from agent.turns import current_turn
from prompts import load


def doubt(answer: Answer, messages: Sequence[Message]) -> Note | None:
    """What the model is to mend in its answer; None once it was told, or where nothing is wrong."""
    turn = current_turn(messages)
    said = turn[-1]
    if any(isinstance(message, Note) for message in turn) or not isinstance(said, Assistant):
        return None
    if said.draft is not None:
        return None
    if answer.error == "EmptyReply":
        return Note(load("empty"))
    if answer.error == "OtherPeriod":
        return Note(load("other_period", said=answer.headline.removesuffix(": ask again.")))
    stated = dict.fromkeys(one.text for one in answer.unmatched)
    if not stated and answer.error != "UnfoundedNumbers":
        return None
    return Note(load("unfounded", numbers=", ".join(stated) or "The numbers of your first line"))
