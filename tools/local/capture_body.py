"""What a sender of events put into its request: unpacked, decoded, read as JSON."""

import base64
import binascii
import json
import re
import zlib
from typing import Any
from urllib.parse import parse_qs

import pyarrow as pa
from werkzeug.wrappers import Request

from tools.local.bodies import ApiError, invalid, too_large

LARGEST = 20 * 1024 * 1024
_GZIP = b"\x1f\x8b\x08"
_FRAMED = {"zstd": "zstd", "br": "brotli"}
_ODD = re.compile(r"\\u0000|\\ud[89a-f]", re.IGNORECASE)
_BROKEN = re.compile("[\0\ud800-\udfff]")


class Undecodable(Exception):
    """A body that can't be unpacked, decoded or read."""


class UnknownEncoding(Exception):
    """A compression we can't undo."""


def unpacked(data: bytes, encoding: str) -> bytes:
    """The bytes that were compressed by `Content-Encoding`."""
    if encoding in ("", "identity"):
        return data
    if encoding in ("gzip", "deflate"):
        return _inflated(data)
    if encoding not in _FRAMED:
        raise UnknownEncoding(encoding)
    try:
        with pa.CompressedInputStream(pa.BufferReader(data), _FRAMED[encoding]) as stream:
            return _bounded(stream.read(LARGEST + 1))
    except OSError:
        raise Undecodable(f"invalid {encoding} data") from None


def legacy(request: Request) -> Any:
    """The JSON of a request to the older routes, in any of the dresses that SDKs send it in."""
    hint = request.args.get("compression", "")
    if hint in ("lz64", "lz-string"):
        raise invalid("The embedded project can't read lz64: send gzip, base64 or plain JSON.")
    try:
        data = unpacked(request.get_data(), request.headers.get("Content-Encoding", "").lower())
        return parsed(_plain(_payload(data, request)))
    except Undecodable as error:
        raise undecodable(str(error)) from None
    except UnknownEncoding as error:
        raise invalid(f"Content-Encoding {error} can't be read: send gzip or none.") from None


def parsed(data: bytes) -> Any:
    """JSON as Python has it; what ClickHouse could not hold as text is replaced."""
    try:
        text = data.decode()
        found = json.loads(text, parse_constant=_no_number, parse_float=_finite)
        return _mended(found) if _ODD.search(text) else found
    except (ValueError, RecursionError) as error:
        raise Undecodable(f"failed to parse request: {error}") from None


def undecodable(said: str) -> ApiError:
    """The refusal of a body that can't be read."""
    return invalid(said, code="invalid_payload")


def _payload(data: bytes, request: Request) -> bytes:
    """The body itself, or what stands behind `data=` in a form or the query string."""
    if not data:
        sent = request.args.get("data")
        if sent is None:
            raise Undecodable("request body is empty")
        return sent.encode()
    if data.startswith(b"data=") or request.mimetype == "application/x-www-form-urlencoded":
        form = parse_qs(data.decode("latin-1"), keep_blank_values=True)
        return form["data"][0].encode("latin-1") if "data" in form else data
    return data


def _plain(data: bytes) -> bytes:
    """JSON text: base64 and gzip are told by how the bytes begin."""
    if data.startswith(_GZIP):
        return _inflated(data)
    if data.lstrip()[:1] in (b"{", b"["):
        return data
    try:
        # A plus sign in a form that was not escaped has become a space.
        decoded = base64.b64decode(data.strip().replace(b" ", b"+") + b"==")
    except (binascii.Error, ValueError):
        raise Undecodable("failed to decode request: invalid base64 data") from None
    return _inflated(decoded) if decoded.startswith(_GZIP) else decoded


def _inflated(data: bytes) -> bytes:
    try:
        return _bounded(zlib.decompressobj(47).decompress(data, LARGEST + 1))
    except zlib.error:
        raise Undecodable("failed to decode request: invalid gzip data") from None


def _bounded(data: bytes) -> bytes:
    if len(data) > LARGEST:
        raise too_large()
    return data


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:20]} is too large a number")
    return number


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return _BROKEN.sub("�", value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return value
