import json
import warnings
from datetime import UTC, datetime

import pytest

from agent.briefing import brief
from agent.completions import wire_tools
from agent.desk import Desk
from agent.mcp.offer import offers
from agent.mcp.server import INSTRUCTIONS
from prompts import load
from tests.fakes import FakePostHog, OpenGate
from tools.base import Args, tool
from tools.client import PostHog
from tools.query import QueryTable
from tools.schemas import compacted
from tools.scopes import READING, Grants
from tools.toolbox import TOOLS, Toolbox

NOW = datetime(2026, 3, 11, 8, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def tokens():
    """How many tokens of o200k a text has."""
    with warnings.catch_warnings():
        # It loads its vocabulary in a way that Python 3.11 calls old.
        warnings.simplefilter("ignore", DeprecationWarning)
        import bpe_openai

        encoding = bpe_openai.get_encoding("o200k_base")
    assert encoding.encode("hello world") == [24912, 2375]
    return lambda text: len(encoding.encode(text))


def desk_of(scopes, **options):
    return Desk(Toolbox(FakePostHog(scopes=scopes).client(), **options), lambda question: None)


def sent(desk):
    """What goes to a model with every question: the rules, and the tools as JSON."""
    tools = wire_tools(desk.schemas())
    said = json.dumps(tools, ensure_ascii=False, separators=(",", ":"))
    return brief(desk.toolbox, NOW) + said


def test_what_a_model_reads_before_a_question_is_small(tokens):
    reading = (*READING, "feature_flag:read", "cohort:read", "experiment:read", "person:read")
    assert tokens(sent(desk_of(reading))) <= 3_500
    assert tokens(sent(desk_of(("*",), gate=OpenGate()))) <= 5_000


def test_what_an_mcp_client_reads_is_small(tokens):
    offered = offers(Grants(frozenset("*")), may_change=True)
    told = [[one.name, one.description, one.parameters] for one in offered]
    assert tokens(json.dumps([*told, INSTRUCTIONS], separators=(",", ":"))) <= 2_700


def test_the_note_on_hogql_is_small(tokens):
    assert tokens(load("hogql")) <= 1_200


def test_at_most_fourteen_tools_are_laid_out_at_first():
    assert len(desk_of(("*",)).schemas()) <= 14


def test_the_beginning_of_what_is_sent_stays_the_same_when_tools_are_fetched():
    desk = desk_of(("*",))
    before = desk.schemas()
    desk.run("find_tool", {"wanted": "run_paths"})
    assert desk.schemas()[: len(before)] == before
    assert [one["name"] for one in desk.schemas()[len(before) :]] == ["run_paths"]


class Box(Args):
    """A box."""

    width: int = 3
    """How wide it is."""

    within: "Box | None" = None
    """The box around it."""


class Pack(Args):
    """Arguments of pack."""

    boxes: tuple[Box, ...]
    """What is packed."""

    note: str | None = None
    """A note."""


class Unpack(Args):
    """Arguments of unpack."""

    box: Box
    """What is unpacked."""

    note: str | None = None
    """A note."""

    loud: bool = False
    """Whether it may be heard."""


@tool("query:read")
def pack(posthog: PostHog, args: Pack) -> QueryTable:
    """Pack boxes into one another."""


@tool("query:read")
def unpack(posthog: PostHog, args: Unpack) -> QueryTable:
    """Unpack one box."""


def test_a_part_is_spelled_out_once_over_all_tools():
    first, second = (one["parameters"]["properties"] for one in compacted((pack, unpack)))
    assert first["boxes"]["items"]["properties"]["width"] == {
        "type": "integer",
        "default": 3,
        "description": "How wide it is.",
    }
    assert first["boxes"]["items"]["properties"]["within"]["description"] == "The box around it."
    assert first["note"] == {"type": "string", "description": "A note."}
    assert second == {
        "box": {"type": "object", "description": "What is unpacked."},
        "note": {"type": "string"},
        "loud": {"type": "boolean", "description": "Whether it may be heard."},
    }


def test_what_a_tool_must_have_is_kept():
    assert [one["parameters"].get("required") for one in compacted((pack, unpack))] == [
        ["boxes"],
        ["box"],
    ]


@pytest.mark.parametrize("schema", compacted(TOOLS), ids=lambda schema: schema["name"])
def test_every_list_of_a_compact_schema_says_what_is_in_it(schema):
    waiting = [schema["parameters"]]
    while waiting:
        one = waiting.pop()
        if one.get("type") == "array":
            assert one["items"]
            waiting.append(one["items"])
        assert "$ref" not in one
        waiting += [part for part in one.get("properties", {}).values()]
