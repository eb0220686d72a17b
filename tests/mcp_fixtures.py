"""Clients of `hogloop mcp`: the SDK's own, in the process, over stdio and over HTTP."""

import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx2
import mcp.types as types
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from agent.mcp.calls import Calls
from agent.mcp.server import build
from agent.settings import BUILT_IN, Settings
from tests.fakes import KEY

ROOT = Path(__file__).parent.parent
COMMAND = ("-c", "from agent.cli import main; main()", "mcp")
ERAS = ("legacy", "auto")
"""Clients up to revision 2025-11-25, and those of 2026-07-28."""


def settings(home, host, **more):
    """Settings of a person with a key."""
    asked = {"posthog_key": KEY, "host": host, "project": "7", "model": BUILT_IN, "home": home}
    return Settings(
        **asked | {"policy": home / "policy.toml", "glossary": home / "glossary.toml"} | more
    )


def environment(home, host):
    """The same for a process of its own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    own = {"PYTHONPATH": str(ROOT), "HOGLOOP_HOME": str(home), "POSTHOG_HOST": host}
    return {**kept, **own, "POSTHOG_PROJECT_ID": "7", "POSTHOG_PERSONAL_API_KEY": KEY}


@dataclass
class Person:
    """Somebody at the client who answers forms as they were told to, and keeps them."""

    action: str = "accept"
    typed: str = ""

    def __post_init__(self):
        self.forms = []

    async def answer(self, context, form):
        self.forms.append(form)
        content = {"typed": self.typed} if self.typed else {}
        return types.ElicitResult(
            action=self.action, content=content if self.action == "accept" else None
        )


def talk(server, work, *, era="auto", person=None):
    """What `work` makes of a client that is connected."""

    async def session():
        callback = person.answer if person else None
        with anyio.fail_after(50):
            async with Client(server, mode=era, elicitation_callback=callback) as client:
                return await work(client)

    return anyio.run(session)


def call(server, name, /, *, era="auto", person=None, **arguments):
    """The result of one call."""
    return talk(server, lambda client: client.call_tool(name, arguments), era=era, person=person)


@contextmanager
def inside(settings):
    """A server in this process."""
    with closing(Calls(settings)) as calls:
        yield build(calls)


def stdio(home, host):
    """How to start a server as a process of its own."""
    return StdioServerParameters(
        command=sys.executable, args=list(COMMAND), env=environment(home, host), cwd=ROOT
    )


@contextmanager
def on_port(home, host, *options):
    """`hogloop mcp --http` until the block ends; gives the address, the token and the process."""
    process = subprocess.Popen(
        [sys.executable, *COMMAND, "--http", "0", *options],
        cwd=ROOT, env=environment(home, host), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    url, token = (process.stdout.readline().split() or [""] for _ in range(2))
    try:
        yield url[-1], token[-1], process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


@asynccontextmanager
async def over_http(url, token):
    """The way to a server on a port."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as http,
        streamable_http_client(url, http_client=http) as streams,
    ):
        yield streams


def text(result):
    """The words of a result."""
    return "\n".join(part.text for part in result.content)
