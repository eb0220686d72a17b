"""The answers to requests for flags, in the shape each version of the API has."""

import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tools.local.flags.evaluation import Result

CONFIG: Mapping[str, Any] = {
    "supportedCompression": ["gzip", "gzip-js"],
    "config": {"enable_collect_everything": True},
    "isAuthenticated": False,
    "toolbarParams": {},
    "sessionRecording": False,
    "surveys": False,
    "heatmaps": False,
    "siteApps": [],
}
"""What the older clients ask for along with flags: nothing but events and flags is served."""


def flags_answer(
    results: Sequence[Result], version: str, experimental: Collection[str]
) -> dict[str, Any]:
    """The answer of `/flags/`; without a version as `/decide/?v=3` answers."""
    if version in ("", "1"):
        return _said(results, **_values(results), **_payloads(results))
    record = _typed if version not in ("2", "3") else _detailed
    flags = {result.flag.key: record(result, experimental) for result in results}
    return _said(results, flags=flags) | {"evaluatedAt": time.time_ns() // 1_000_000}


def decide_answer(
    results: Sequence[Result], version: str, experimental: Collection[str]
) -> dict[str, Any]:
    """The answer of the older `/decide/`."""
    on = [result for result in results if result.matches]
    if version in ("", "1"):
        return {**CONFIG, "featureFlags": [result.flag.key for result in on]}
    if version == "2":
        return {**CONFIG, **_values(on)}
    if version == "3":
        return {**CONFIG, **flags_answer(results, "1", experimental)}
    return {**CONFIG, **flags_answer(results, "2", experimental)}


def _said(results: Sequence[Result], **flags: Any) -> dict[str, Any]:
    return {
        "errorsWhileComputingFlags": any(result.failed for result in results),
        **flags,
        "requestId": str(uuid.uuid4()),
    }


def _values(results: Sequence[Result]) -> dict[str, Any]:
    """Flags that failed have no value."""
    known = [result for result in results if not result.failed]
    return {"featureFlags": {result.flag.key: result.value for result in known}}


def _payloads(results: Sequence[Result]) -> dict[str, Any]:
    found = {result.flag.key: result.payload for result in results}
    return {"featureFlagPayloads": {key: one for key, one in found.items() if one is not None}}


def _detailed(result: Result, experimental: Collection[str]) -> dict[str, Any]:
    return {
        "key": result.flag.key,
        "enabled": result.matches,
        "variant": result.variant,
        **({"failed": True} if result.failed else {}),
        "reason": _reason(result),
        "metadata": _metadata(result, experimental),
    }


def _typed(result: Result, experimental: Collection[str]) -> dict[str, Any]:
    """One value of its own type instead of a switch and a variant."""
    return {
        "key": result.flag.key,
        "value": None if result.failed else result.value,
        **({"failed": True} if result.failed else {}),
        "reason": _reason(result),
        "metadata": {"config_version": 1, **_metadata(result, experimental)},
    }


def _reason(result: Result) -> dict[str, Any]:
    return {
        "code": result.reason,
        "condition_index": result.condition,
        "description": result.description,
    }


def _metadata(result: Result, experimental: Collection[str]) -> dict[str, Any]:
    return {
        "id": result.flag.id,
        "version": result.flag.version,
        "description": None,
        "payload": result.payload,
        "has_experiment": result.flag.key in experimental,
    }
