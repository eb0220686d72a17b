import ast
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("agent", "tools", "prompts")
MAY_IMPORT = {
    "agent": {"agent", "tools", "prompts"},
    "tools": {"tools"},
    "prompts": {"prompts"},
}
DOORS = {
    "openai": {"agent/openai_model.py"},
    "httpx": {"tools/client.py"},
    "chdb": {"tools/local/chdb_store.py"},
    "clickhouse_connect": {"tools/local/server_store.py"},
    "mcp": {"agent/mcp/server.py"},
    "starlette": {"agent/mcp/server.py", "agent/mcp/http.py"},
    "uvicorn": {"agent/mcp/http.py"},
    "vl_convert": {"agent/chart/picture.py"},
    "cronsim": {"agent/workflows/times.py"},
    "openpyxl": {"agent/export/formats.py"},
    "keyring": {"agent/logins.py"},
    "slack_bolt": {"agent/slack/app.py"},
    "slack_sdk": {"agent/slack/web.py"},
    "hogql_parser": {"tools/parser.py"},
    "hogql_parser_rs": {"tools/parser.py"},
}
"""Each outside library and the one module that may import it."""

LOCAL_ONLY = {"werkzeug", "waitress", "pyarrow", "numpy", "chdb"}
"""What only the embedded project may import."""


def modules():
    return [path for package in OURS for path in sorted((ROOT / package).rglob("*.py"))]


def imported(path):
    """The modules a file imports, those inside functions included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module


def name(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", modules(), ids=name)
def test_packages_import_only_in_their_direction(path):
    package = name(path).split("/")[0]
    wrong = {
        module
        for module in imported(path)
        if module.split(".")[0] in OURS and module.split(".")[0] not in MAY_IMPORT[package]
    }
    assert wrong == set()


@pytest.mark.parametrize("library", DOORS)
def test_an_outside_library_has_one_door(library):
    users = {name(p) for p in modules() if library in {m.split(".")[0] for m in imported(p)}}
    assert users <= DOORS[library]


def test_the_embedded_projects_libraries_stay_in_it():
    users = {
        name(path)
        for path in modules()
        if LOCAL_ONLY & {module.split(".")[0] for module in imported(path)}
    }
    assert {user for user in users if not user.startswith("tools/local/")} == {
        "agent/export/arrow.py"
    }, "only Parquet files of exports need one of them besides"


def test_only_the_settings_read_the_environment():
    readers = {
        name(path)
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute | ast.alias)
        and (getattr(node, "attr", None) or getattr(node, "name", "")) in ("environ", "getenv")
    }
    assert {reader for reader in readers if not reader.startswith("tools/local/")} <= {
        "agent/settings.py"
    }


def test_nothing_but_the_command_line_prints():
    printers = {
        name(path)
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    }
    assert printers == set()


def run_python(code):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )


def test_importing_the_packages_prints_nothing_and_takes_no_time():
    began = time.perf_counter()
    run_python("pass")
    empty = time.perf_counter() - began
    began = time.perf_counter()
    done = run_python("import agent, tools, prompts")
    assert (done.stdout, done.stderr) == ("", "")
    assert time.perf_counter() - began - empty < 0.5


@pytest.mark.parametrize("module", ["agent.loop", "agent.openai_model", "tools.toolbox"])
def test_heavy_libraries_are_loaded_only_when_they_are_used(module):
    heavy = ["openai", "chdb", "pyarrow", "numpy", "werkzeug", "waitress", "pandas"]
    heavy += ["slack_sdk", "vl_convert"]
    code = f"import sys, {module}; print([m for m in {heavy} if m in sys.modules])"
    assert run_python(code).stdout == "[]\n"


def test_a_wrong_import_would_be_found(tmp_path):
    planted = tmp_path / "planted.py"
    planted.write_text("def late():\n    import agent.loop\n    from openai import OpenAI\n")
    assert list(imported(planted)) == ["agent.loop", "openai"]


@pytest.mark.parametrize("path", modules(), ids=name)
def test_no_module_grows_beyond_300_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
