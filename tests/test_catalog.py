import importlib
import json
import pkgutil
import re
from pathlib import Path

import pytest

import tools.changes
from tools.base import Tool
from tools.schemas import compacted
from tools.toolbox import TOOLS

README = Path(__file__).parent.parent / "README.md"


def every_tool_there_is():
    changing = pkgutil.iter_modules(tools.changes.__path__, "tools.changes.")
    for module in [*pkgutil.iter_modules(tools.__path__, "tools."), *changing]:
        if not module.ispkg:
            yield from vars(importlib.import_module(module.name)).values()


def test_every_tool_that_is_declared_is_in_the_catalog_once():
    declared = {value.name for value in every_tool_there_is() if isinstance(value, Tool)}
    names = [tool.name for tool in TOOLS]
    assert sorted(names) == sorted(declared)


def test_the_catalog_as_models_see_it_is_reviewed(golden):
    listed = [
        {"scopes": tool.scopes, **schema}
        for tool, schema in zip(TOOLS, compacted(TOOLS), strict=True)
    ]
    golden("tools.json", json.dumps(listed, indent=2, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_tool_says_what_it_does_and_what_it_needs(tool):
    assert re.fullmatch(r"[A-Z].{20,}\.", tool.description)
    assert re.fullmatch(r"[a-z_]+", tool.name)
    assert tool.scopes
    assert all(re.fullmatch(r"[a-z_]+:(read|write)", scope) for scope in tool.scopes)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_argument_is_described(tool):
    arguments = tool.schema()["parameters"]["properties"]
    undescribed = [name for name, field in arguments.items() if not field.get("description")]
    assert undescribed == []


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_tool_has_a_row_with_its_scopes_in_the_readme(tool):
    rows = [line for line in README.read_text().splitlines() if line.startswith("|")]
    row = next((row for row in rows if f"`{tool.name}`" in row), None)
    assert row, f"README.md has no table row that names `{tool.name}`"
    assert [s for s in tool.scopes if f"`{s}`" not in row] == []
