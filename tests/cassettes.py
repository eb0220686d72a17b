"""The recorder: what a cassette keeps, what it hides, and when a request is the recorded one."""

import json
import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import vcr
from vcr.cassette import Cassette
from vcr.record_mode import RecordMode
from vcr.request import Request

FOLDER = Path(__file__).parent / "cassettes"
KEPT = frozenset({"content-type"})
"""Headers worth keeping; a list of what to drop would miss the next one."""

PROJECT = re.compile(rb"/api/projects/\d+/")
SECRET = re.compile(r"(ph[xcs]_|sk-|xox[a-z]-)[A-Za-z0-9_-]+")


def recorder(name: str, *, recording: bool) -> AbstractContextManager[Cassette]:
    """A cassette by name; without `recording` it is only played."""
    tape = vcr.VCR(
        cassette_library_dir=str(FOLDER),
        before_record_request=_scrubbed_request,
        before_record_response=_scrubbed_response,
        decode_compressed_response=True,
        record_mode=RecordMode.ALL if recording else RecordMode.NONE,
        match_on=("method", "host", "path", "query", "meaning"),
    )
    tape.register_matcher("meaning", _same_meaning)
    context: AbstractContextManager[Cassette] = tape.use_cassette(
        name, drop_unused_requests=recording
    )
    return context


def _scrubbed_request(request: Request) -> Request:
    request.headers = {k: v for k, v in request.headers.items() if k.lower() in KEPT}
    request.uri = PROJECT.sub(b"/api/projects/1/", request.uri.encode()).decode()
    if request.body:
        request.body = _scrubbed(request.body)
    return request


def _scrubbed_response(response: dict[str, Any]) -> dict[str, Any]:
    headers = response["headers"].items()
    response["headers"] = {k: v for k, v in headers if k.lower() in KEPT}
    body = response["body"]
    body["string"] = _scrubbed(body["string"])
    return response


def _scrubbed(body: bytes | str) -> bytes:
    text = body.decode() if isinstance(body, bytes) else body
    return SECRET.sub(r"\1hidden", text).encode()


def _same_meaning(one: Request, other: Request) -> None:
    """Bodies are equal; of a question to a model the tools are left to golden/tools.json."""
    assert _meaning(one) == _meaning(other)


def _meaning(request: Request) -> Any:
    if not request.body:
        return None
    body = json.loads(request.body)
    if request.path.endswith("/chat/completions"):
        body.pop("tools", None)
    return body
