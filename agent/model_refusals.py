"""A model server's refusals as `ModelError`s whose text says what to do."""

from typing import Any

from agent.errors import ModelError
from tools.fence import clean

LONG = ("context_length", "context length", "context size", "maximum context", "too long")
SHOWN = 300


def refusal(status: int | None, body: Any, *, host: str, model: str, key: str) -> ModelError:
    """The error for one answer of 400 or above, or for an error inside a stream (no status)."""
    said = _said(body, key)
    if status == 402 or exhausted(body):
        return ModelError(
            f"The account behind the model key has no quota left at {host}: add some."
        )
    if status == 413 or any(mark in said.lower() for mark in LONG):
        return ModelError(f"The conversation is too long for {model}: begin a new one.")
    return ModelError(_by_status(status, host, model, _colon(said)))


def _by_status(status: int | None, host: str, model: str, said: str) -> str:
    if status is None:
        return f"The model server {host} broke off its reply{said}: try again."
    if status >= 500:
        return f"The model server {host} failed ({status}){said}: try again."
    texts = {
        401: f"{host} rejects the model key: check OPENAI_API_KEY.",
        403: f"{host} does not let this model key use {model}{said}.",
        404: (
            f"{host} knows no model {model!r}, or its address is wrong: "
            "check HOGLOOP_MODEL and OPENAI_BASE_URL (it usually ends in /v1)."
        ),
        429: f"{host} limits how often it may be asked: try again in a minute.",
    }
    return texts.get(status, f"{host} refuses the request to {model} ({status}){said}.")


def exhausted(body: Any) -> bool:
    """Whether a 429 means that money is spent, which no waiting repairs."""
    return isinstance(body, dict) and "insufficient_quota" in (body.get("code"), body.get("type"))


def _said(body: Any, key: str) -> str:
    """The server's own words, on one line, without the key some servers repeat."""
    if isinstance(body, dict):
        body = next((body[k] for k in ("message", "detail", "error", "msg") if body.get(k)), "")
    text = " ".join(clean(str(body or "")).split())
    return (text.replace(key, "the key") if key else text)[:SHOWN].rstrip(" .:")


def _colon(said: str) -> str:
    return f": {said}" if said else ""
