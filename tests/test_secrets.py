import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SECRETS = re.compile(
    r"\b(ph[xcsar]_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_-]{16,}|xox[abeoprs]-[A-Za-z0-9-]{10,}"
    r"|xapp-[A-Za-z0-9-]{10,}|gh[pousr]_[A-Za-z0-9]{20,}|AKIA[A-Z0-9]{16})"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
ADDRESS = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
EXAMPLES = re.compile(r"(.+\.)?(example|test|invalid|localhost)|(.+\.)?example\.(com|net|org)")


def tracked(*under):
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *under], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def found(pattern, text):
    return [match[0] for match in pattern.finditer(text)]


def test_no_tracked_file_holds_anything_shaped_like_a_secret():
    hits = {
        str(path.relative_to(ROOT)): secrets
        for path in tracked()
        if path.is_file() and (secrets := found(SECRETS, path.read_text(errors="replace")))
    }
    assert hits == {}


def test_cassettes_name_nobody_outside_example_domains():
    strangers = [
        match[0]
        for path in tracked("tests/cassettes", "tests/golden")
        for match in ADDRESS.finditer(path.read_text(errors="replace"))
        if not EXAMPLES.fullmatch(match[1])
    ]
    assert strangers == []


@pytest.mark.parametrize("prefix", ["phx_", "phc_", "phs_", "sk-", "sk-proj-", "xoxb-", "xapp-"])
def test_the_search_finds_secrets(prefix):
    assert found(SECRETS, f"key = '{prefix}{'a1' * 12}'")


def test_the_search_finds_addresses():
    hosts = [match[1] for match in ADDRESS.finditer("maya@example.com, someone@shop.io")]
    assert [bool(EXAMPLES.fullmatch(host)) for host in hosts] == [True, False]
