"""The project's own key, `phc_…`: public, sends events and evaluates flags, reads nothing."""

import json
import secrets
import string

from tools.local.meta import Meta

FACT = "api_token"
_LETTERS = string.ascii_letters + string.digits


def project_key(meta: Meta) -> str:
    """The key of the project; the first who asks makes it."""
    known: str | None = meta.fact(FACT)
    return known or _make(meta)


def is_project_key(meta: Meta, value: object) -> bool:
    """Whether this is the project's own key."""
    return isinstance(value, str) and secrets.compare_digest(
        value.encode("utf-8", "replace"), project_key(meta).encode()
    )


def _make(meta: Meta) -> str:
    """A new key, unless another process was quicker."""
    made = "phc_" + "".join(secrets.choice(_LETTERS) for _ in range(43))
    with meta.transaction() as db:
        db.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (FACT, json.dumps(made)))
    known: str = meta.fact(FACT)
    return known
