"""JSON text made column by column: a fragment is `"key":value`, or null where it is absent."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tools.local.demo.draw import Array

_HEX = np.frombuffer(b"".join(b"%02x" % value for value in range(256)), dtype=np.uint8).reshape(
    256, 2
)
_UUID_DIGITS = [place for place in range(36) if place not in (8, 13, 18, 23)]


def pick(key: str, values: Sequence[Any], codes: Array) -> pa.Array:
    """Return the fragment of `values[code]` for each code; none for None or a negative code."""
    table = [None if value is None else f"{json.dumps(key)}:{encoded(value)}" for value in values]
    return take(pa.array(table, pa.string()), codes)


def take(table: pa.Array, codes: Array) -> pa.Array:
    """Return `table[code]` for each code, null for a negative one."""
    return table.take(pa.array(codes, pa.int32(), mask=codes < 0))


def encoded(value: Any) -> str:
    """Return a value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def number(key: str, values: Array) -> pa.Array:
    """Return a fragment of each number."""
    return _prefixed(f"{json.dumps(key)}:", pa.array(values).cast(pa.string()), "")


def number_if(mask: Array, key: str, values: Array) -> pa.Array:
    """Return a fragment of each number where the mask holds."""
    rows = np.flatnonzero(mask)
    codes = np.full(len(mask), -1)
    codes[rows] = np.arange(len(rows))
    return take(number(key, values[rows]), codes)


def quoted(key: str, texts: pa.Array | Array) -> pa.Array:
    """Return a fragment of each text, which must need no escaping: ids, paths, dates."""
    return _prefixed(f'{json.dumps(key)}:"', pa.array(texts, pa.string()), '"')


def when(mask: Array, fragment: pa.Array) -> pa.Array:
    """Return the fragment where the mask holds."""
    return pc.if_else(pa.array(mask), fragment, pa.scalar(None, pa.string()))


def joined(*fragments: pa.Array) -> pa.Array:
    """Return fragments side by side."""
    return pc.binary_join_element_wise(*fragments, ",", null_handling="skip")


def braced(fragment: pa.Array) -> pa.Array:
    """Return each fragment as a JSON object."""
    return _prefixed("{", fragment, "}")


def uuids(rng: np.random.Generator, count: int) -> pa.Array:
    """Return random UUIDs."""
    return _uuids(rng.integers(0, 256, (count, 16), dtype=np.uint8), version=4)


def timed_uuids(rng: np.random.Generator, times: Array) -> pa.Array:
    """Return UUIDs of version 7 that carry these moments."""
    raw = rng.integers(0, 256, (len(times), 16), dtype=np.uint8)
    milliseconds = (times // 1000).astype(">u8").view(np.uint8).reshape(-1, 8)
    raw[:, :6] = milliseconds[:, 2:]
    return _uuids(raw, version=7)


def _uuids(raw: Array, version: int) -> pa.Array:
    raw[:, 6] = raw[:, 6] & 0x0F | version << 4
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    letters = np.full((len(raw), 36), ord("-"), dtype=np.uint8)
    letters[:, _UUID_DIGITS] = _HEX[raw].reshape(len(raw), 32)
    offsets = np.arange(len(raw) + 1, dtype=np.int32) * 36
    return pa.StringArray.from_buffers(len(raw), pa.py_buffer(offsets), pa.py_buffer(letters))


def _prefixed(before: str, texts: pa.Array, after: str) -> pa.Array:
    return pc.binary_join_element_wise(before, texts, after, "")
