import random
import string

import pytest

from tests.fakes import FakePostHog, OpenGate, rows
from tools.base import Args, tool
from tools.client import PostHog
from tools.errors import ChangeRefused, InvalidArguments, ScopeDenied, UnknownTool
from tools.query import QueryTable
from tools.toolbox import TOOLS, Toolbox


class Draw(Args):
    """Arguments of draw."""

    colour: str
    """Which colour."""

    sides: int = 3
    """How many sides."""


@tool("project:read", "insight:read")
def draw(posthog: PostHog, args: Draw) -> QueryTable:
    """Draw a shape
    in a colour."""
    return QueryTable((args.colour,), ((args.sides,),), (), True, "")


def test_a_tool_is_declared_by_its_function_alone():
    assert (draw.name, draw.description) == ("draw", "Draw a shape in a colour.")
    assert (draw.scopes, draw.arguments) == (("project:read", "insight:read"), Draw)
    assert draw.schema() == {
        "name": "draw",
        "description": "Draw a shape in a colour.",
        "parameters": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "colour": {"type": "string", "description": "Which colour."},
                "sides": {"type": "integer", "default": 3, "description": "How many sides."},
            },
            "required": ["colour"],
        },
    }


@tool("project:read", "insight:write")
def paint(posthog: PostHog, args: Draw) -> QueryTable:
    """Paint a shape without asking anybody."""
    return draw.function(posthog, args)


def test_a_tool_writes_when_one_of_its_scopes_does():
    assert paint.writes
    assert not draw.writes


def test_a_tool_that_writes_can_only_propose():
    gate = OpenGate()
    box = Toolbox(FakePostHog().client(), (paint,), gate=gate)
    with pytest.raises(TypeError, match="proposes no change"):
        box.run("paint", {"colour": "red"})
    assert gate.changes == []


def test_a_call_is_run_with_its_arguments():
    box = Toolbox(FakePostHog().client(), (draw,))
    assert box.run("draw", {"colour": "red"}).rows == ((3,),)


@pytest.mark.parametrize(
    ("name", "arguments", "kind", "said"),
    [
        ("rm", {}, UnknownTool, "There is no tool 'rm'; there are draw."),
        ("x" * 200, {}, UnknownTool, f"There is no tool '{'x' * 80}'; there are draw."),
        (
            "draw",
            "{",
            InvalidArguments,
            "The arguments of draw are not a JSON object: send one and nothing else.",
        ),
        ("draw", {}, InvalidArguments, "draw: colour: Field required"),
        (
            "draw",
            {"colour": 1, "size": 2},
            InvalidArguments,
            "draw: colour: Input should be a valid string; size: Extra inputs are not permitted",
        ),
        (
            "draw",
            [],
            InvalidArguments,
            "draw: arguments: Input should be a valid dictionary or instance of Draw",
        ),
    ],
    ids=["unknown", "unknown and long", "text", "missing", "wrong and too much", "a list"],
)
def test_a_wrong_call_is_refused_in_full_words(name, arguments, kind, said):
    with pytest.raises(kind) as caught:
        Toolbox(FakePostHog().client(), (draw,)).run(name, arguments)
    assert str(caught.value) == said


def test_arguments_are_checked_before_scopes_and_scopes_before_anything_is_sent():
    fake = FakePostHog(scopes=())
    box = Toolbox(fake.client(), (draw,))
    with pytest.raises(InvalidArguments):
        box.run("draw", {})
    with pytest.raises(ScopeDenied):
        box.run("draw", {"colour": "red"})
    assert len(fake.requests) == 1


def test_no_arguments_whatever_do_more_than_refuse():
    """A model may send anything: what comes of it is a result or a typed refusal."""
    rng = random.Random(2)
    kinds = ("Trends", "Funnels", "Retention", "Stickiness", "Paths")
    statuses = ("new", "returning", "resurrecting", "dormant")
    nothing: dict[str, list[object]] = {f"{kind}Query": [] for kind in kinds}
    nothing["LifecycleQuery"] = [{"status": s, "days": [], "data": []} for s in statuses]
    fake = FakePostHog(answers={"": rows(["a", "b", "c"], [1, 2, 3])}, insights=nothing)
    box = Toolbox(fake.client())
    refused = 0
    for _ in range(300):
        name = rng.choice([*(t.name for t in TOOLS), "", "run_hogql\0"])
        try:
            box.run(name, junk(rng))
        except (UnknownTool, InvalidArguments, ChangeRefused):
            refused += 1
    assert refused > 100


def junk(rng, depth=0):
    kind = rng.randrange(7 if depth < 3 else 5)
    if kind == 5:
        return [junk(rng, depth + 1) for _ in range(rng.randrange(3))]
    if kind == 6 or depth == 0:
        names = ["search", "limit", "kind", "event", "property", "x"]
        return {rng.choice(names): junk(rng, depth + 1) for _ in range(rng.randrange(3))}
    word = "".join(rng.choices(string.printable, k=rng.randrange(9)))
    return (None, True, rng.randrange(-9, 9), rng.random() * 1e300, word)[kind]
