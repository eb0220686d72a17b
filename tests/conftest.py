"""Fixtures and guards of every test: no settings from outside, no network beyond loopback."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import hypothesis
import pytest

from tests.cassettes import recorder
from tests.golden import Golden, compare

if find_spec("tests.local_fixtures"):
    pytest_plugins = [
        "tests.local_fixtures",
        "tests.capture_fixtures",
        "tests.studio",
        "tests.demo_fixtures",
        "tests.objects_asked",
    ]

# The same examples in every run: a red gate is a change of ours, never of luck.
hypothesis.settings.register_profile("gate", derandomize=True, deadline=None)
hypothesis.settings.load_profile("gate")

SETTINGS = ("POSTHOG_", "OPENAI_", "HOGLOOP_", "SLACK_")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files")
    parser.addoption("--record", action="store_true", help="record cassettes again")
    parser.addoption("--whole", action="store_true", help="all deaths and faults of an export")
    parser.addoption("--mutants", type=int, help="how many hostile queries to make")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if request.config.getoption("--record"):
        return
    for name in os.environ:
        if name.startswith(SETTINGS) or name.lower() in PROXIES:
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True, scope="session")
def _no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail at once where a test would reach beyond this machine, unless it records."""
    if request.config.getoption("--record"):
        yield
        return
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            _must_be_loopback(address[0])
        connect(self, address)

    def guarded_resolve(host: Any, *args: Any, **options: Any) -> Any:
        _must_be_loopback(host)
        return resolve(host, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket, "getaddrinfo", guarded_resolve)
        yield


def _must_be_loopback(host: Any) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return
    try:
        inside = ipaddress.ip_address(name).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise OSError(f"a test tried to reach {name}: tests stay on this machine")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare text with a golden file."""
    update = request.config.getoption("--update-golden")
    return lambda name, text: compare(name, text, update=update)


@pytest.fixture
def cassette(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Play the test's cassette; true while it is being recorded instead."""
    recording = bool(request.config.getoption("--record"))
    with recorder(f"{request.node.name}.yaml", recording=recording) as tape:
        yield recording
        failed = request.node.stash.get(FAILED, False)
        unplayed = len(tape) - tape.play_count
        assert recording or failed or not unplayed, f"{unplayed} interactions were never played"


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Note how many cases a test went through; the end of the run prints it."""
    return lambda text: record_property("tally", text)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.getreports(kind)]
    told = [text for one in reports for name, text in one.user_properties if name == "tally"]
    if told:
        terminalreporter.section("cases")
    for text in sorted(told):
        terminalreporter.line(str(text))
