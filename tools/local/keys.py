"""The personal API keys of an embedded project."""

import hashlib
import json
import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from tools.local.meta import Meta, utc_now


@dataclass(frozen=True)
class Key:
    """A key as the project keeps it: its value only as a hash."""

    id: str
    label: str
    mask: str
    scopes: tuple[str, ...]
    teams: tuple[int, ...]
    """Projects it is limited to; empty for no limit."""

    created_at: str
    last_used_at: str | None

    def covers(self, scope: str) -> bool:
        """Whether the key holds a scope: `*` covers all, write covers read."""
        writing = scope.replace(":read", ":write")
        return bool({"*", scope, writing} & set(self.scopes))


def create_key(
    meta: Meta, scopes: tuple[str, ...], label: str, *, teams: tuple[int, ...] = ()
) -> str:
    """Make a key and return its value, which is shown this once only."""
    value = "phx_" + secrets.token_urlsafe(32)
    mask = value[:4] + "..." + value[-4:]
    row = (str(uuid.uuid4()), label, _hash(value), mask, json.dumps(scopes), json.dumps(teams))
    with meta.transaction() as db:
        db.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", (*row, utc_now()))
    return value


def list_keys(meta: Meta) -> tuple[Key, ...]:
    """Every key, oldest first."""
    return tuple(_key(row) for row in meta.rows("SELECT * FROM keys ORDER BY created_at, id"))


def revoke_key(meta: Meta, key_id: str) -> bool:
    """Forget a key; False when there was none."""
    with meta.transaction() as db:
        return db.execute("DELETE FROM keys WHERE id = ?", (key_id,)).rowcount > 0


def find_key(meta: Meta, value: str) -> Key | None:
    """The key with this value; notes its use, once an hour so that asking stays cheap."""
    found = meta.rows("SELECT * FROM keys WHERE hash = ?", _hash(value))
    if not found:
        return None
    key = _key(found[0])
    now = utc_now()
    if key.last_used_at is None or key.last_used_at[:13] != now[:13]:
        with meta.transaction() as db:
            db.execute("UPDATE keys SET last_used_at = ? WHERE id = ?", (now, key.id))
    return key


def _hash(value: str) -> str:
    return "sha256$" + hashlib.sha256(value.encode()).hexdigest()


def _key(row: Any) -> Key:
    return Key(
        id=row["id"],
        label=row["label"],
        mask=row["mask"],
        scopes=tuple(json.loads(row["scopes"])),
        teams=tuple(json.loads(row["teams"])),
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
    )
