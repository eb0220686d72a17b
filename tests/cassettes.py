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

MODEL = "https://model.example/v1/chat/completions"
"""Where every model is said to be, since any of them may have been recorded."""

PROJECT = re.compile(r"/api/projects/\d+/")
SECRET = re.compile(rb"(ph[xcs]_|sk-|xox[a-z]-)[A-Za-z0-9_-]+")


def recorder(name: str, *, recording: bool) -> AbstractContextManager[Cassette]:
    """A cassette by name; without `recording` it is only played."""
    tape = vcr.VCR(
        cassette_library_dir=str(FOLDER),
        before_record_request=_scrubbed_request,
        before_record_response=_scrubbed_response,
        decode_compressed_response=True,
        record_mode=RecordMode.ALL if recording else RecordMode.NONE,
        match_on=("method", "host", "path", "query", "same body"),
    )
    tape.register_matcher("same body", _same_body)
    context: AbstractContextManager[Cassette] = tape.use_cassette(
        name, drop_unused_requests=recording
    )
    return context


def _scrubbed_request(request: Request) -> Request:
    request.headers = {k: v for k, v in request.headers.items() if k.lower() in KEPT}
    request.uri = PROJECT.sub("/api/projects/1/", request.uri)
    if request.path.endswith("/chat/completions"):
        request.uri = MODEL
        request.body = _of_any_model(request.body)
    request.body = _scrubbed(request.body or b"")
    return request


def _of_any_model(body: bytes) -> bytes:
    """A question to a model without its name, and without the tools that golden/tools.json pins."""
    asked = json.loads(body)
    kept = {key: value for key, value in asked.items() if key not in ("model", "tools")}
    return json.dumps(kept, ensure_ascii=False).encode()


def _scrubbed_response(response: dict[str, Any]) -> dict[str, Any]:
    headers = response["headers"].items()
    response["headers"] = {k: v for k, v in headers if k.lower() in KEPT}
    response["body"]["string"] = _scrubbed(response["body"]["string"])
    return response


def _scrubbed(body: bytes) -> bytes:
    return SECRET.sub(rb"\1hidden", body)


def _same_body(one: Request, other: Request) -> None:
    bodies = [json.loads(request.body or b"null") for request in (one, other)]
    assert bodies[0] == bodies[1]
