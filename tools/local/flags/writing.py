"""The fields of a flag that a request may set, and the rules between them."""

import re
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tools.local.bodies import invalid

Document = dict[str, Any]
_KEY = re.compile(r"[a-zA-Z0-9_-]+")
_REFUSED = {
    "rollback_conditions": "it does not watch metrics",
    "auto_rollback": "it does not watch metrics",
    "_should_create_usage_dashboard": "it makes no usage dashboards, send false",
}


class SentFlag(BaseModel):
    """The body of a new flag or of a change; fields that are read-only are passed over."""

    model_config = ConfigDict(extra="allow")

    key: str = Field(default="", min_length=1, max_length=400)
    name: str = ""
    filters: dict[str, Any] = {}
    active: bool = True
    archived: bool = False
    deleted: bool = False
    tags: list[str] = []
    evaluation_contexts: list[str] = []
    analytics_dashboards: list[int] = []
    ensure_experience_continuity: bool | None = None
    is_remote_configuration: bool | None = None
    has_encrypted_payloads: bool | None = None
    evaluation_runtime: Literal["server", "client", "all"] | None = None
    bucketing_identifier: Literal["distinct_id", "device_id"] | None = None

    def fields(self) -> Document:
        """What was sent of it."""
        for name, why in _REFUSED.items():
            if (self.model_extra or {}).get(name):
                said = f"The embedded project does not take {name}: {why}."
                raise invalid(said, attr=name)
        return self.model_dump(include=set(SentFlag.model_fields), exclude_unset=True)

    def extra(self, name: str) -> Any:
        """A field that is about the request and not kept."""
        return (self.model_extra or {}).get(name)


def check_key(key: str | None, others: Sequence[Document]) -> str:
    """Raise PostHog's refusal of a key that is missing, taken or badly written."""
    if not key:
        raise invalid("This field is required.", code="required", attr="key")
    if any(body["key"] == key for body in others):
        said = "There is already a feature flag with this key."
        raise invalid(said, code="unique", attr="key")
    if not _KEY.fullmatch(key):
        said = "Only letters, numbers, hyphens (-) & underscores (_) are allowed."
        raise invalid(said, code="invalid_key", attr="key")
    return key


def check_together(after: Document, before: Document, sent: Document) -> None:
    """Raise PostHog's refusal of fields that can't go together."""
    if _by_device(after) and not _by_device(before):
        raise invalid(
            "Cannot enable 'persist across authentication steps' when using device ID bucketing. "
            "These features are incompatible."
        )
    if after.get("has_encrypted_payloads") and not after.get("is_remote_configuration"):
        raise invalid("Encrypted payloads require the flag to be a remote configuration.")
    if after.get("archived") and after.get("active"):
        raise invalid(
            "Cannot archive an enabled feature flag. Disable it first, or send active: false in "
            "the same request."
            if sent.get("archived")
            else "Cannot enable an archived feature flag. Unarchive it first."
        )


def _by_device(flag: Document) -> bool:
    return flag.get("bucketing_identifier") == "device_id" and bool(
        flag.get("ensure_experience_continuity")
    )
