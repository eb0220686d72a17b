"""Whatever comes from outside is read, or refused in one sentence; nothing else comes of it."""

import json
import string
from contextlib import suppress

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.errors import SettingsError
from agent.planner.glossary import expand, load_glossary
from agent.reply import Chunk, Reply
from agent.start import read_time
from agent.text_calls import find_calls, read_object
from agent.writing.policy import Case, judge, load_policy, local_now
from tests.fakes import HOST, KEY, FakePostHog
from tools.changes.alike import unlike
from tools.changes.change import differing
from tools.changes.kinds import KINDS
from tools.changes.times import instant
from tools.client import PostHog
from tools.errors import InvalidArguments, KeyRejected, ToolError, TurnError
from tools.objects import person_name
from tools.refusals import wrong_kind

OFTEN = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
LEAF = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
JSON = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4)
)
RULES = (
    "read_only", "projects", "protected", "max_step", "allow_irreversible", "trusted_keys", "deny",
    "freeze", "second_person", "approvers", "people", "daily", "allow", "tool", "target", "by",
    "from", "to", "days", "reason",
)  # fmt: skip
TOML = st.lists(
    st.one_of(
        st.sampled_from([f"[[{name}]]" for name in RULES] + [f"[{name}]" for name in RULES]),
        st.tuples(
            st.sampled_from(RULES) | st.text(string.ascii_letters, min_size=1, max_size=5),
            st.sampled_from(
                ['""', '"*"', "1", "-1", "1e400", "nan", "true", "[]", '["fri"]', "22:00:00",
                 '"25:00"', "2026-11-12", "{}", '{ a = ["b"] }', "[[1]]", '"\\u0000"']
            ),
        ).map(" = ".join),
        st.text(max_size=12),
    ),
    max_size=6,
).map("\n".join)  # fmt: skip


@OFTEN
@given(TOML)
def test_a_policy_is_read_or_refused(tmp_path, text):
    path = tmp_path / "policy.toml"
    path.write_text(text, "utf-8", errors="replace")
    with suppress(SettingsError):
        judge(load_policy(path), Case("set_flag_rollout", "x", 1, 5.0), local_now("UTC"))


@OFTEN
@given(st.binary(max_size=60))
def test_a_policy_of_any_bytes_is_read_or_refused(tmp_path, content):
    path = tmp_path / "policy.toml"
    path.write_bytes(content)
    for load in (load_policy, load_glossary):
        with suppress(SettingsError):
            load(path)


@OFTEN
@given(
    st.dictionaries(st.sampled_from(["terms", "definitions", "other"]), JSON, max_size=3),
    st.dictionaries(TEXT, TEXT, max_size=4),
    TEXT,
)
def test_a_glossary_is_read_or_refused(tmp_path, parts, terms, question):
    path = tmp_path / "glossary.toml"
    lines = [f"{name} = {json.dumps(part)}" for name, part in parts.items()]
    lines += ["[terms]", *(f"{json.dumps(k)} = {json.dumps(v)}" for k, v in terms.items())]
    path.write_text("\n".join(lines), "utf-8", errors="replace")
    with suppress(SettingsError):
        expand(question, load_glossary(path))


def client(answer):
    return PostHog(
        host=HOST, key=KEY, transport=httpx.MockTransport(answer), sleep=lambda seconds: None
    )


@OFTEN
@given(
    st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 409, 429, 500, 512]),
    st.one_of(st.binary(max_size=40), JSON.map(lambda one: json.dumps(one).encode())),
    st.dictionaries(
        st.sampled_from(["retry-after", "content-type", "location"]),
        st.sampled_from(["", "-1", "nan", "inf", "1e9", "text/html", "https://evil.example"]),
    ),
)
def test_an_answer_of_posthog_is_read_or_refused(status, content, headers):
    posthog = client(lambda request: httpx.Response(status, content=content, headers=headers))
    asks = (
        lambda: posthog.grants,
        lambda: posthog.project,
        lambda: posthog.query({"kind": "HogQLQuery", "query": "SELECT 1"}),
        lambda: list(posthog.pages("cohorts/")),
        lambda: posthog.listed("feature_flags/1/dependent_flags/"),
        lambda: posthog.change("PATCH", "cohorts/1/", {}, ()),
    )
    for ask in asks:
        with suppress(ToolError, TurnError):
            ask()


@OFTEN
@given(JSON, JSON)
def test_objects_of_any_shape_are_compared(one, other):
    differing(one, other)
    for kind in KINDS.values():
        body = {name: one for name in kind.fields if name not in kind.unordered} | {"id": 1}
        unlike(kind.guarded(body), kind.guarded({**body, "name": other}))
    person_name(one)


@OFTEN
@given(st.dictionaries(st.sampled_from(["choices", "usage", "id", "model"]), JSON, max_size=4))
def test_a_chunk_of_any_shape_is_read_or_refused(body):
    with suppress(ValidationError):
        Reply().add(Chunk.model_validate(body))


PIECE = st.dictionaries(st.sampled_from(["content", "tool_calls", "role"]), JSON, max_size=3)
CALL = st.fixed_dictionaries(
    {},
    optional={
        "index": st.none() | st.integers(-1, 2),
        "id": st.none() | TEXT,
        "function": st.fixed_dictionaries(
            {}, optional={"name": st.none() | TEXT, "arguments": st.none() | TEXT | st.just({})}
        ),
    },
)


@OFTEN
@given(
    st.lists(st.one_of(PIECE, st.fixed_dictionaries({"tool_calls": st.lists(CALL)})), max_size=5)
)
def test_a_stream_of_any_chunks_ends_in_a_reply_or_is_refused(pieces):
    reply = Reply()
    with suppress(ValidationError):
        for piece in pieces:
            reply.add(Chunk.model_validate({"choices": [{"index": 0, "delta": piece}]}))
    _, made = reply.end({"run_hogql"}, {"call00000"})
    ids = [call.id for call in made.tool_calls]
    assert len(ids) == len(set(ids))


@OFTEN
@given(TEXT)
def test_calls_in_a_text_are_found_or_not(text):
    find_calls(f"<tool_call>{text}</tool_call>{text}", {"run_hogql"})
    read_object(text)


@OFTEN
@given(TEXT | st.sampled_from(["phx_", "phc_x", "phs_x", "phx_a b", "phx_\n", "phx_é"]))
def test_a_key_is_taken_or_refused_before_anything_is_sent(key):
    refused = wrong_kind(key)
    if refused:
        assert key.strip() not in refused or len(key.strip()) < 8
        with pytest.raises(KeyRejected):
            PostHog(host=HOST, key=key)


@OFTEN
@given(
    TEXT
    | st.datetimes().map(str)
    | st.from_regex(r"[0-9]{1,6}-[0-9]{1,3}-[0-9]{1,3}(T[0-9]{2}(:[0-9]{2})?)?([Z+-][0-9:]*)?")
)
def test_a_date_is_read_or_refused(text):
    posthog = FakePostHog().client()
    with suppress(InvalidArguments):
        instant(posthog, text)
    with suppress(SettingsError):
        read_time(text)
