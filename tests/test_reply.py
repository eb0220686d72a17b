import json
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.messages import Assistant, ToolCall
from agent.reply import Chunk, Reply
from agent.text_calls import find_calls, read_object, showable, spoken

NAMES = {"run_hogql", "list_events"}
CALL = json.dumps({"name": "run_hogql", "arguments": {"query": "SELECT 1"}})
PARTS = (
    "```json\n",
    "```",
    "\n",
    "<tool_call>",
    "</tool_call>",
    "<think>",
    "</think>",
    CALL,
    "[",
    "{",
    "}",
    "]",
    " 12 people.",
    '"',
    "\x00",
)
TEXTS = st.lists(st.sampled_from(PARTS) | st.text(max_size=5), max_size=12).map("".join)


def cut(text, places):
    edges = sorted({0, len(text), *(p % (len(text) + 1) for p in places)})
    return [text[a:b] for a, b in pairwise(edges)]


def heard(pieces):
    """What is shown of text that arrives in these pieces, and the reply."""
    reply, shown = Reply(), ""
    for piece in pieces:
        shown += reply.add(Chunk.model_validate({"choices": [{"delta": {"content": piece}}]}))
    rest, assistant = reply.end(NAMES, ())
    return shown + rest, assistant


@given(TEXTS, st.lists(st.integers(0, 10_000), max_size=8))
@settings(max_examples=300)
def test_a_reply_is_the_same_however_it_is_cut_into_pieces(text, places):
    assert heard(cut(text, places))[1] == heard([text])[1]


@given(TEXTS.filter(lambda text: "</think>" not in text), st.lists(st.integers(0, 10_000)))
@settings(max_examples=300)
def test_what_is_shown_is_what_is_said_and_never_a_call(text, places):
    shown, reply = heard(cut(text, places))
    if reply.tool_calls:
        assert CALL not in shown
        assert spoken(text).startswith(shown)
    else:
        assert shown == spoken(text)


@given(TEXTS)
@settings(max_examples=300)
def test_no_text_is_too_strange_to_read(text):
    rest, calls = find_calls(text, NAMES)
    assert {name for name, _ in calls} <= NAMES
    assert calls or rest == text
    assert showable(text) == spoken(text)[: len(showable(text))]
    assert read_object(text) is None or isinstance(read_object(text), dict)


@given(
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9), max_size=4),
    st.lists(st.integers(0, 10_000), max_size=8),
)
@settings(max_examples=200)
def test_arguments_are_the_same_however_they_are_cut_into_pieces(arguments, places):
    reply = Reply()
    pieces = [{"index": 0, "id": "a", "function": {"name": "run_hogql", "arguments": ""}}]
    pieces += [
        {"index": 0, "function": {"arguments": piece}}
        for piece in cut(json.dumps(arguments), places)
    ]
    for piece in pieces:
        reply.add(Chunk.model_validate({"choices": [{"delta": {"tool_calls": [piece]}}]}))
    calls = (ToolCall("a", "run_hogql", arguments),)
    assert reply.end(NAMES, ())[1] == Assistant("", calls)
