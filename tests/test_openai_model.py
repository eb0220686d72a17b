import json
from contextlib import contextmanager

import pytest

from agent.errors import ModelError
from agent.messages import Assistant, Delta, System, ToolCall, ToolResult, Usage, User
from agent.openai_model import OpenAIModel
from tests.fakes import (
    FakeOpenAI,
    Line,
    call_chunk,
    calls,
    end_chunk,
    says,
    sse,
    text_chunk,
    usage_chunk,
)

SECRET = "sk" + "-verysecret"
TOOLS = [
    {"name": "run_hogql", "description": "Run.", "parameters": {"type": "object"}},
    {"name": "list_events", "description": "List.", "parameters": {"type": "object"}},
]
QUESTION = (System("Be brief."), User("How many?"))
QUERY = {"query": "SELECT 1"}


@contextmanager
def model_of(*lines, **options):
    slept = []
    with FakeOpenAI(*lines).serving() as server:
        model = OpenAIModel(
            "small", key=SECRET, base_url=server.base_url, sleep=slept.append, **options
        )
        try:
            yield model, server, slept
        finally:
            model.close()


def run(model, messages=QUESTION, tools=TOOLS):
    """The deltas and the reply."""
    pieces, stream = [], model.complete(messages, tools)
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as end:
            return pieces, end.value


def reply_to(*lines, messages=QUESTION, tools=TOOLS):
    with model_of(*lines) as (model, _, _):
        return run(model, messages, tools)[1]


def refusal_of(*lines, messages=QUESTION):
    with model_of(*lines) as (model, _, _), pytest.raises(ModelError) as caught:
        run(model, messages)
    assert SECRET not in str(caught.value)
    return str(caught.value).replace("127.0.0.1", "HOST")


def body(message, finish="stop", **more):
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return Line(json.dumps({"choices": [choice], **more}).encode(), kind="application/json")


def refused(status, message="no", code=None, **headers):
    content = json.dumps({"error": {"message": message, "code": code}}).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Line(content, status, "application/json", headers)


def test_words_are_yielded_as_they_come_and_returned_whole():
    with model_of(says("There were 12 people.", usage=(30, 7))) as (model, server, _):
        pieces, reply = run(model)
    assert pieces == [Delta("There were"), Delta(" 12 people.")]
    assert reply == Assistant("There were 12 people.", usage=Usage(30, 7))
    assert server.requests == [
        {
            "model": "small",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "How many?"},
            ],
            "tools": [{"type": "function", "function": tool} for tool in TOOLS],
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": 0,
        }
    ]
    assert server.headers[0]["authorization"] == f"Bearer {SECRET}"


def test_a_tool_call_is_put_together_from_its_pieces():
    reply = reply_to(calls("run_hogql", **QUERY))
    assert reply == Assistant("", (ToolCall("call_1", "run_hogql", QUERY),), Usage(20, 5))


def test_parallel_calls_are_kept_apart_by_index():
    one = {"index": 0, "id": "a", "function": {"name": "list_events", "arguments": ""}}
    two = {"index": 1, "id": "b", "function": {"name": "run_hogql", "arguments": '{"query"'}}
    more = [
        {"index": 0, "function": {"arguments": "{}"}},
        {"index": 1, "function": {"arguments": ': "SELECT 1"}'}},
    ]
    reply = reply_to(sse(call_chunk(one, two), call_chunk(*more), end_chunk("tool_calls")))
    assert reply.tool_calls == (ToolCall("a", "list_events", {}), ToolCall("b", "run_hogql", QUERY))


@pytest.mark.parametrize("index", [{"index": 0}, {}], ids=["always zero", "missing"])
@pytest.mark.parametrize("ids", [("a", "b"), (None, None)], ids=["with ids", "without ids"])
def test_parallel_calls_are_kept_apart_when_the_index_does_not_count(index, ids):
    pieces = [
        index | {"id": ids[0], "function": {"name": "list_events", "arguments": "{}"}},
        index | {"id": ids[1], "function": {"name": "run_hogql", "arguments": '{"query":'}},
        index | {"id": ids[1], "function": {"arguments": '"SELECT 1"}'}},
    ]
    reply = reply_to(sse(*map(call_chunk, pieces), end_chunk()))
    assert [(c.name, c.arguments) for c in reply.tool_calls] == [
        ("list_events", {}),
        ("run_hogql", QUERY),
    ]
    assert len({c.id for c in reply.tool_calls}) == 2


def test_missing_and_repeated_ids_are_replaced_by_ids_every_server_takes():
    earlier = (*QUESTION, Assistant(tool_calls=(ToolCall("x", "list_events", {}),)))
    result = ToolResult("x", "list_events", "none")
    pieces = [
        {"index": i, "id": id_, "function": {"name": "run_hogql", "arguments": "{}"}}
        for i, id_ in enumerate(("x", "", "y", "y2", None))
    ]
    reply = reply_to(sse(call_chunk(*pieces), end_chunk()), messages=(*earlier, result))
    ids = [call.id for call in reply.tool_calls]
    assert ids[2:4] == ["y", "y2"]
    assert len({"x", *ids}) == 6
    assert all(len(i) == 9 and i.isalnum() for i in (ids[0], ids[1], ids[4]))


def test_arguments_may_come_as_an_object_or_not_at_all():
    pieces = [
        {"index": 0, "id": "a", "function": {"name": "run_hogql", "arguments": QUERY}},
        {"index": 1, "id": "b", "function": {"name": "list_events"}},
    ]
    reply = reply_to(sse(call_chunk(*pieces), end_chunk()))
    assert [c.arguments for c in reply.tool_calls] == [QUERY, {}]


@pytest.mark.parametrize(
    "text",
    ['{"query": ', "[1]", '"SELECT 1"', '{"a": 1, "a": 2}', "[" * 100_000],
    ids=["cut", "a list", "a string", "a key twice", "nested too deep"],
)
def test_arguments_that_are_no_json_object_stay_text(text):
    piece = {"index": 0, "id": "a", "function": {"name": "run_hogql", "arguments": text}}
    reply = reply_to(sse(call_chunk(piece), end_chunk()))
    assert reply.tool_calls == (ToolCall("a", "run_hogql", text),)


def malformed_history():
    bad = Assistant(tool_calls=(ToolCall("a", "run_hogql", "{oops"),))
    return (*QUESTION, bad, ToolResult("a", "run_hogql", "InvalidArguments: …", error="x"))


def test_malformed_arguments_go_back_inside_an_object_because_servers_parse_them():
    with model_of(says("ok")) as (model, server, _):
        run(model, malformed_history())
    sent = server.requests[0]["messages"][2]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(sent) == {"unreadable": "{oops"}


def test_malformed_arguments_twice_in_a_row_end_the_turn():
    piece = {"index": 0, "id": "b", "function": {"name": "run_hogql", "arguments": "{again"}}
    said = refusal_of(sse(call_chunk(piece), end_chunk()), messages=malformed_history())
    assert said == "small can't write tool calls as JSON: use another model."


def test_malformed_arguments_of_an_earlier_turn_are_forgotten():
    messages = (*malformed_history(), Assistant("Sorry."), User("And now?"))
    piece = {"index": 0, "id": "b", "function": {"name": "run_hogql", "arguments": "{again"}}
    reply = reply_to(sse(call_chunk(piece), end_chunk()), messages=messages)
    assert reply.tool_calls[0].arguments == "{again"


WRITTEN = json.dumps({"name": "run_hogql", "arguments": QUERY})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"```json\n{WRITTEN}\n```", ""),
        (f"Let me look.\n```json\n{WRITTEN}\n```\n", "Let me look."),
        (f"```\n{WRITTEN}\n```", ""),
        (WRITTEN, ""),
        (f"{WRITTEN}\n\nThis counts them.", ""),
        (f"[{WRITTEN}]", ""),
        (f"<tool_call>\n{WRITTEN}\n</tool_call>", ""),
        (f"<tool_call>{WRITTEN}", ""),
        (f"<think>I need a query.</think>\n{WRITTEN}", ""),
        (WRITTEN.replace("arguments", "parameters"), ""),
        (json.dumps({"name": "run_hogql", "arguments": json.dumps(QUERY)}), ""),
    ],
)
def test_a_call_written_as_text_is_taken_as_a_call_and_not_shown(text, words):
    with model_of(says(text)) as (model, _, _):
        pieces, reply = run(model)
    assert [(c.name, c.arguments) for c in reply.tool_calls] == [("run_hogql", QUERY)]
    assert reply.text == words
    assert "".join(p.text for p in pieces).strip() == words


def test_a_newline_inside_written_arguments_is_read_as_it_is_meant():
    reply = reply_to(says('{"name": "run_hogql", "arguments": {"query": "SELECT\n1"}}'))
    assert reply.tool_calls[0].arguments == {"query": "SELECT\n1"}


def test_two_calls_written_one_after_the_other_are_both_taken():
    reply = reply_to(says(WRITTEN + "\n" + WRITTEN))
    assert [c.arguments for c in reply.tool_calls] == [QUERY, QUERY]


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "rm", "arguments": {}}',
        '{"name": "run_hogql"}',
        '{"total": 12}',
        "```sql\nSELECT 1\n```",
        "```json\n{broken\n```",
        "{not json at all",
        'The tool call {"name": "run_hogql", "arguments": {}} was made.',
    ],
)
def test_text_that_is_no_call_of_an_offered_tool_stays_text(text):
    with model_of(says(text)) as (model, _, _):
        pieces, reply = run(model)
    assert reply == Assistant(text, usage=Usage(10, 2))
    assert "".join(p.text for p in pieces) == text


@pytest.mark.parametrize(
    "text", ["<think>12? No, 13.</think>\n13 people.", "12? No, 13.\n</think>\n13 people."]
)
def test_thoughts_are_not_part_of_the_answer(text):
    assert reply_to(says(text)).text == "13 people."


def test_thoughts_between_tags_are_never_shown():
    chunks = [text_chunk(t) for t in ("<thi", "nk>12? ", "No.</think>\n", "13 ", "people.")]
    with model_of(sse(*chunks, end_chunk())) as (model, _, _):
        pieces, _ = run(model)
    assert "".join(p.text for p in pieces).strip() == "13 people."


def test_a_server_that_ignores_stream_is_read_whole():
    call = {"id": "a", "type": "function", "function": {"name": "run_hogql", "arguments": "{}"}}
    usage = {"prompt_tokens": 4, "completion_tokens": 1}
    line = body({"role": "assistant", "content": None, "tool_calls": [call]}, usage=usage)
    assert reply_to(line) == Assistant("", (ToolCall("a", "run_hogql", {}),), Usage(4, 1))


def test_text_in_parts_is_joined():
    parts = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "12 people."}]
    assert reply_to(body({"content": parts})).text == "12 people."


def test_what_a_stream_without_usage_costs_is_estimated():
    text = "There were 12 people."
    with model_of(sse(text_chunk(text), end_chunk())) as (model, server, _):
        _, reply = run(model)
    sent = [server.requests[0]["messages"], server.requests[0].get("tools")]
    characters = len(json.dumps(sent, ensure_ascii=False))
    assert reply == Assistant(text, usage=Usage(characters // 4, len(text) // 4, estimated=True))


def test_a_tool_call_costs_tokens_too_where_nothing_is_counted():
    piece = {"index": 0, "id": "a", "function": {"name": "run_hogql", "arguments": "{}"}}
    usage = reply_to(sse(call_chunk(piece), end_chunk("tool_calls"))).usage
    assert (usage.output_tokens, usage.estimated) == (len("run_hogql {}") // 4, True)


def test_usage_that_is_repeated_counts_once():
    chunks = [text_chunk("1"), usage_chunk(9, 1), text_chunk("2"), end_chunk(), usage_chunk(9, 2)]
    assert reply_to(sse(*chunks)).usage == Usage(9, 2)


BOTH = {"stream_options", "temperature"}


@pytest.mark.parametrize(
    ("refusals", "asked"),
    [
        ([(422, "extra_forbidden: body.stream_options")], [BOTH, {"temperature"}]),
        ([(400, "'temperature' does not support 0")], [BOTH, {"stream_options"}]),
        ([(400, "no temperature"), (400, "no stream_options")], [BOTH, {"stream_options"}, set()]),
        ([(400, "Missing required Chat parameter: 'messages'")], [BOTH, set()]),
    ],
    ids=["usage", "temperature", "one after the other", "for no clear reason"],
)
def test_what_an_endpoint_refuses_of_our_wishes_is_left_out_for_good(refusals, asked):
    lines = [refused(*refusal) for refusal in refusals]
    with model_of(*lines, says("a"), says("b")) as (model, server, _):
        assert [run(model)[1].text, run(model)[1].text] == ["a", "b"]
    assert [BOTH & request.keys() for request in server.requests] == [*asked, asked[-1]]


def test_how_much_to_reason_is_asked_for_until_an_endpoint_refuses_it():
    refusal = refused(400, "Unsupported parameter: reasoning_effort")
    with model_of(refusal, says("12."), says("12."), reasoning="low") as (model, server, _):
        run(model)
        run(model)
    asked = [one.get("reasoning_effort") for one in server.requests]
    assert asked == ["low", None, None]


def test_a_refusal_after_our_wishes_were_granted_is_not_asked_twice():
    with model_of(says("a"), refused(400, "bad tools")) as (model, server, _):
        run(model)
        with pytest.raises(ModelError, match="bad tools"):
            run(model)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("line", "slept"),
    [
        (refused(429, retry_after="7"), [7.0]),
        (refused(429), [1.0]),
        (refused(503, "Loading model"), [1.0]),
        (refused(500, retry_after="soon"), [1.0]),
        (Line(b"", cut=True), [1.0]),
        (sse({"error": {"message": "overloaded", "code": 502}}), [1.0]),
        (sse(call_chunk({"index": 0, "id": "a", "function": {"name": "run_hogql"}})), [1.0]),
    ],
    ids=[
        "429 with a wait",
        "429",
        "503",
        "500",
        "connection lost",
        "error in the stream",
        "no end",
    ],
)
def test_a_failure_that_may_pass_is_tried_again_after_a_wait(line, slept):
    with model_of(line, says("12.")) as (model, _, waited):
        assert run(model)[1].text == "12."
    assert waited == slept


def test_waits_grow_and_end_after_four_attempts():
    lines = [refused(500, "out of memory")] * 4
    with model_of(*lines) as (model, _, waited), pytest.raises(ModelError) as caught:
        run(model)
    assert waited == [1.0, 2.0, 4.0]
    assert str(caught.value) == (
        "The model server 127.0.0.1 failed (500): out of memory: try again."
    )


def test_a_wait_beyond_half_a_minute_is_not_sat_out():
    told = pytest.raises(ModelError, match="limits how often it may be asked")
    with model_of(refused(429, retry_after="600")) as (model, _, waited), told:
        run(model)
    assert waited == []


def test_nothing_is_asked_again_once_text_was_shown():
    line = sse(text_chunk("There were "), {"error": {"message": "gone"}}, done=False)
    with model_of(line) as (model, _, waited):
        stream = model.complete(QUESTION, TOOLS)
        assert next(stream) == Delta("There were ")
        with pytest.raises(ModelError, match="broke off its reply: gone: try again"):
            next(stream)
    assert waited == []


def test_retries_end_at_the_deadline():
    now = iter([0.0, 0.0, 298.5])
    told = pytest.raises(ModelError, match="failed")
    lines = [refused(500)] * 2
    with model_of(*lines, clock=lambda: next(now)) as (model, _, waited), told:
        run(model)
    assert waited == [1.0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            refused(401, f"Incorrect API key provided: {SECRET}"),
            "HOST rejects the model key: check OPENAI_API_KEY.",
        ),
        (
            refused(402, "Insufficient credits"),
            "The account behind the model key has no quota left at HOST: add some.",
        ),
        (
            refused(429, "You exceeded your current quota", "insufficient_quota"),
            "The account behind the model key has no quota left at HOST: add some.",
        ),
        (
            refused(403, f"Key {SECRET} may not"),
            "HOST does not let this model key use small: Key the key may not.",
        ),
        (
            refused(404, "model 'small' not found"),
            "HOST knows no model 'small', or its address is wrong: "
            "check HOGLOOP_MODEL and OPENAI_BASE_URL (it usually ends in /v1).",
        ),
        (
            Line(b"<html>Hello</html>", kind="text/html"),
            "HOST does not answer like chat completions: "
            "check OPENAI_BASE_URL (it usually ends in /v1).",
        ),
        (
            Line(b'{"models": []}', kind="application/json"),
            "HOST does not answer like chat completions: "
            "check OPENAI_BASE_URL (it usually ends in /v1).",
        ),
        (
            Line(b"data: {broken\n\n"),
            "HOST does not answer like chat completions: "
            "check OPENAI_BASE_URL (it usually ends in /v1).",
        ),
        (
            sse(text_chunk("There were 12 and"), end_chunk("length")),
            "The reply of small was cut off at its limit: ask something smaller.",
        ),
        (
            sse(end_chunk("content_filter")),
            "The content filter of small withheld its reply: ask differently.",
        ),
    ],
    ids=[
        "wrong key",
        "no credit",
        "no quota",
        "forbidden",
        "unknown model",
        "a web page",
        "another API",
        "broken events",
        "cut off",
        "filtered",
    ],
)
def test_a_refusal_is_one_sentence_that_says_what_to_do(line, said):
    assert refusal_of(line) == said


@pytest.mark.parametrize(
    "text",
    [
        "This model's maximum context length is 8192 tokens.",
        "the request exceeds the available context size",
    ],
)
def test_a_conversation_too_long_for_the_model_is_told_as_such(text):
    lines = [refused(400, text)] * 2
    assert refusal_of(*lines) == "The conversation is too long for small: begin a new one."


def test_a_refusal_of_tools_is_passed_on_without_control_characters():
    lines = [refused(400, '"auto" tool choice requires \x1b[31m--enable-auto-tool-choice')] * 2
    assert refusal_of(*lines) == (
        "HOST refuses the request to small (400): "
        '"auto" tool choice requires [31m--enable-auto-tool-choice.'
    )


def test_a_dead_host_is_told_by_name_after_three_waits():
    slept = []
    model = OpenAIModel("small", base_url="http://127.0.0.1:9/v1", sleep=slept.append)
    with pytest.raises(ModelError) as caught:
        run(model)
    model.close()
    assert str(caught.value) == (
        "The model server 127.0.0.1 can't be reached: check OPENAI_BASE_URL."
    )
    assert slept == [1.0, 2.0, 4.0]


def asked_before(*outcomes):
    """A turn in which the same query was run, with these errors (None when it succeeded)."""
    messages = list(QUESTION)
    for i, error in enumerate(outcomes):
        messages += [
            Assistant(tool_calls=(ToolCall(f"c{i}", "run_hogql", QUERY),)),
            ToolResult(f"c{i}", "run_hogql", "rows", error=error),
        ]
    return tuple(messages)


@pytest.mark.parametrize(
    ("outcomes", "circle"),
    [
        ((), False),
        ((None,), True),
        (("RateLimited",), False),
        (("RateLimited", None), True),
        (("InvalidRequest", "InvalidRequest"), True),
    ],
    ids=str,
)
def test_a_model_that_goes_in_circles_is_asked_once_more_without_tools(outcomes, circle):
    again = calls("run_hogql", id="z", **QUERY)
    lines = [again, says("12 people.", usage=(30, 3))] if circle else [again]
    with model_of(*lines) as (model, server, _):
        _, reply = run(model, asked_before(*outcomes))
    if circle:
        assert reply == Assistant("12 people.", usage=Usage(50, 8))
        assert "tools" not in server.requests[1]
        *before, nudge = server.requests[1]["messages"]
        assert before == server.requests[0]["messages"]
        assert nudge["role"] == "user"
        assert "Answer the question now" in nudge["content"]
    else:
        assert reply.tool_calls == (ToolCall("z", "run_hogql", QUERY),)


def test_after_three_failed_queries_a_model_answers_in_words():
    failed = asked_before("InvalidRequest", "QueryRefused", "InvalidRequest")
    with model_of(says("I can't measure that.")) as (model, server, _):
        _, reply = run(model, failed)
    assert reply.text == "I can't measure that."
    (request,) = server.requests
    assert "tools" not in request
    assert "Three queries have failed" in request["messages"][-1]["content"]


def test_three_failures_that_are_not_the_last_are_forgiven():
    mended = asked_before("InvalidRequest", "QueryRefused", "InvalidRequest", None)
    assert reply_to(says("12 people."), messages=mended).text == "12 people."


def test_a_refusal_in_a_field_of_its_own_is_what_the_model_says():
    line = body({"role": "assistant", "content": None, "refusal": "I can't help with that."})
    assert reply_to(line).text == "I can't help with that."


def test_a_new_call_beside_a_repeated_one_is_progress():
    pieces = [
        {"index": 0, "id": "d", "function": {"name": "run_hogql", "arguments": json.dumps(QUERY)}},
        {"index": 1, "id": "e", "function": {"name": "list_events", "arguments": "{}"}},
    ]
    reply = reply_to(sse(call_chunk(*pieces), end_chunk()), messages=asked_before(None))
    assert [call.id for call in reply.tool_calls] == ["d", "e"]


def test_what_was_asked_in_an_earlier_turn_is_no_circle():
    messages = (*asked_before(None, None), Assistant("12."), User("Again?"))
    reply = reply_to(calls("run_hogql", id="z", **QUERY), messages=messages)
    assert reply.tool_calls == (ToolCall("z", "run_hogql", QUERY),)


def test_a_model_that_calls_without_tools_ends_the_turn():
    again = calls("run_hogql", id="z", **QUERY)
    said = refusal_of(again, says(f"```json\n{WRITTEN}\n```"), messages=asked_before(None))
    assert said == "small repeats itself: ask differently or use another model."


def test_three_hundred_calls_at_once_are_refused():
    piece = {"function": {"name": "run_hogql", "arguments": "{}"}}
    many = [piece | {"index": i, "id": f"c{i}"} for i in range(300)]
    said = refusal_of(sse(call_chunk(*many), end_chunk()))
    assert said == "small asked for 300 calls at once: ask again."


def test_a_reply_without_end_is_given_up():
    said = refusal_of(sse(*[text_chunk("a" * 50_000)] * 11))
    assert said == "small does not come to an end: ask again."


def test_a_reply_that_takes_too_long_is_given_up():
    now = iter([0.0, 10.0, 301.0])
    told = pytest.raises(ModelError, match="small takes too long: use a faster model")
    with model_of(says("12 people."), clock=lambda: next(now)) as (model, _, _), told:
        run(model)


def test_the_whole_conversation_goes_out_in_order():
    messages = (
        *QUESTION,
        Assistant("Looking.", (ToolCall("a", "run_hogql", QUERY),)),
        ToolResult("a", "run_hogql", "rows"),
        Assistant("12."),
        User("And before?"),
    )
    with model_of(says("9.")) as (model, server, _):
        run(model, messages)
    arguments = json.dumps(QUERY)
    function = {"name": "run_hogql", "arguments": arguments}
    assert server.requests[0]["messages"][2:] == [
        {
            "role": "assistant",
            "content": "Looking.",
            "tool_calls": [{"id": "a", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "a", "content": "rows"},
        {"role": "assistant", "content": "12."},
        {"role": "user", "content": "And before?"},
    ]


def test_a_question_that_got_no_reply_goes_out_with_the_next():
    with model_of(says("9.")) as (model, server, _):
        run(model, (*QUESTION, User("Hello?"), Assistant("Yes?"), User("Again.")))
    assert server.requests[0]["messages"][1:] == [
        {"role": "user", "content": "How many?\n\nHello?"},
        {"role": "assistant", "content": "Yes?"},
        {"role": "user", "content": "Again."},
    ]


def test_a_reply_left_half_way_closes_the_connection():
    with model_of(says("There were 12 people.")) as (model, _, _):
        stream = model.complete(QUESTION, TOOLS)
        next(stream)
        stream.close()
