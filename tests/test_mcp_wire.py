import json
import os
import signal
import subprocess
import sys
import time

import httpx
import httpx2
import pytest
from mcp import Client

from agent.writing.mode import WriteMode
from tests.fakes import FakePostHog, rows
from tests.flag_world import FlagWorld
from tests.loopback import serving
from tests.mcp_fixtures import (
    COMMAND,
    ERAS,
    ROOT,
    Person,
    environment,
    on_port,
    over_http,
    stdio,
    talk,
    text,
)

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
ACCEPT = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


@pytest.fixture
def world():
    made = FlagWorld()
    made.add("new-page")
    return made


@pytest.fixture
def host(tmp_path, world):
    """A PostHog of flags whose changes may be proposed."""
    with serving(world) as url:
        WriteMode(tmp_path / "write.json").open(url, 7)
        yield url


def share(world):
    return world.flags[1]["filters"]["groups"][0]["rollout_percentage"]


async def propose(client):
    arguments = {"key": "new-page", "percent": 40}
    return await client.call_tool(
        "propose_change", {"tool": "set_flag_rollout", "arguments": arguments}
    )


@pytest.mark.parametrize("era", ERAS)
def test_a_change_is_approved_over_stdio(tmp_path, world, host, era):
    person = Person()
    result = talk(stdio(tmp_path, host), propose, era=era, person=person)
    assert "Made, and read back as approved." in text(result)
    assert (share(world), len(person.forms)) == (40, 1)


def test_changes_are_approved_over_http_while_another_client_is_there(tmp_path, world, host):
    async def together(first):
        async with Client(over_http(url, token)) as second:
            tools = (await second.list_tools()).tools
            result = await propose(first)
        return [one.name for one in tools], text(result)

    with on_port(tmp_path, host) as (url, token, _):
        for era in ERAS:
            world.flags[1]["filters"]["groups"][0]["rollout_percentage"] = 30
            tools, said = talk(over_http(url, token), together, era=era, person=Person())
            assert "propose_change" in tools
            assert "Made, and read back as approved." in said
            assert share(world) == 40


def test_only_who_knows_the_token_and_comes_from_this_machine_is_answered(tmp_path, host):
    with on_port(tmp_path, host) as (url, token, process):
        bearer = {"Authorization": f"Bearer {token}"}
        port = url.split(":")[2].split("/")[0]
        told = {
            name: httpx2.post(url, json=HELLO, headers={**ACCEPT, **headers}).status_code
            for name, headers in {
                "all right": bearer,
                "no token": {},
                "another token": {"Authorization": f"Bearer {token[:-1]}x"},
                "no bearer": {"Authorization": token},
                "another host": {**bearer, "Host": f"evil.example:{port}"},
                "another origin": {**bearer, "Origin": "https://evil.example"},
                "this machine's origin": {**bearer, "Origin": f"http://localhost:{port}"},
            }.items()
        }
        assert url.startswith("http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert told == {
        "all right": 200,
        "no token": 401,
        "another token": 401,
        "no bearer": 401,
        "another host": 421,
        "another origin": 403,
        "this machine's origin": 200,
    }


def started(home, host):
    return subprocess.Popen(
        [sys.executable, *COMMAND],
        cwd=ROOT, env=environment(home, host), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_stdout_holds_the_protocol_and_nothing_else_and_the_process_ends_with_its_client(
    tmp_path, host
):
    process = started(tmp_path, host)
    calls = [
        HELLO,
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
        "this is no JSON",
        {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "nothing"}},
    ]
    for one in calls:
        process.stdin.write((one if isinstance(one, str) else json.dumps(one)) + "\n")
    process.stdin.flush()
    answered = []
    while not {2, 3} <= set(answered):
        answered.append(json.loads(process.stdout.readline()).get("id"))
    out, _ = process.communicate(timeout=20)
    assert [json.loads(line) for line in out.splitlines()] == []
    assert process.returncode == 0


def test_a_client_that_goes_away_during_a_query_leaves_no_process(tmp_path):
    posthog = FakePostHog(scopes=("query:read", "project:read"))
    asked = []

    def slow(request):
        if request.method == "DELETE":
            asked.append("ended")
        elif request.url.path.endswith("/query/"):
            asked.append("query")
            until = time.monotonic() + 15
            while "ended" not in asked and time.monotonic() < until:
                time.sleep(0.02)
        else:
            return None
        return httpx.Response(200, json=rows(["n"], [1]))

    posthog.instead = slow
    posthog.project = {**posthog.project, "id": 7}
    with serving(posthog) as host:
        process = started(tmp_path, host)
        query = {"name": "run_hogql", "arguments": {"query": "SELECT 1"}}
        for one in (HELLO, {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": query}):
            process.stdin.write(json.dumps(one) + "\n")
        process.stdin.flush()
        until = time.monotonic() + 20
        while not asked and time.monotonic() < until:
            time.sleep(0.02)
        began = time.monotonic()
        process.stdin.close()
        assert process.wait(12) == 0
        assert time.monotonic() - began < 10
        process.stdout.close()
        process.stderr.close()
    assert asked == ["query", "ended"]


@pytest.mark.parametrize(
    ("more", "said", "code"),
    [
        ({"POSTHOG_PERSONAL_API_KEY": "phc_" + "x" * 8}, "phc_", 5),
        (
            {"POSTHOG_PERSONAL_API_KEY": "", "POSTHOG_PROJECT_ID": "x"},
            "no embedded project x",
            5,
        ),
    ],
)
def test_what_can_not_be_served_ends_at_once_with_one_sentence(tmp_path, more, said, code):
    done = subprocess.run(
        [sys.executable, *COMMAND],
        cwd=ROOT, env=environment(tmp_path, "http://127.0.0.1:9") | more, text=True,
        capture_output=True, stdin=subprocess.DEVNULL, timeout=30,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_ctrl_c_ends_it_while_it_waits_for_its_client(tmp_path, host):
    process = started(tmp_path, host)
    process.stdin.write(json.dumps(HELLO) + "\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["id"] == 1
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == -signal.SIGINT
    process.communicate()


def test_the_inspector_of_the_protocol_reads_it(request, tmp_path, host):
    if not request.config.getoption("--whole"):
        pytest.skip("npx @modelcontextprotocol/inspector was not run: pytest --whole runs it")
    server = tmp_path / "server"
    server.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c '{COMMAND[1]}' mcp\n")
    server.chmod(0o700)
    command = ["npx", "-y", "@modelcontextprotocol/inspector", "--cli", str(server)]
    environ = environment(tmp_path, host) | {"npm_config_cache": str(tmp_path / "npm")}
    done = subprocess.run(
        [*command, "--method", "tools/list"], env=os.environ | environ, cwd=tmp_path,
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    if "npm error" in done.stderr:
        pytest.skip(f"npm can't be reached, so the inspector was not run: {done.stderr[:200]}")
    assert "propose_change" in [one["name"] for one in json.loads(done.stdout)["tools"]]
