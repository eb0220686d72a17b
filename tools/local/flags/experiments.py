"""The experiments that use a flag; they name it by its key."""

from collections.abc import Mapping, Sequence
from typing import Any

from tools.local.meta import Meta

Document = Mapping[str, Any]
KIND = "experiment"


def of_flag(key: str, experiments: Sequence[Document]) -> list[Document]:
    """The experiments on a flag, deleted ones included."""
    return [body for body in experiments if body.get("feature_flag_key") == key]


def living(experiments: Sequence[Document]) -> list[Document]:
    """Those that are not deleted."""
    return [body for body in experiments if not body.get("deleted")]


def is_running(experiment: Document) -> bool:
    """Whether an experiment has begun and not ended."""
    return (
        bool(experiment.get("start_date"))
        and not experiment.get("end_date")
        and not experiment.get("archived")
        and not experiment.get("deleted")
    )


def named(experiments: Sequence[Document]) -> str:
    """Experiments as a sentence names them."""
    return ", ".join(f'"{body["name"]}" (ID: {body["id"]})' for body in experiments)


def rename_flag(meta: Meta, before: str, after: str) -> None:
    """Let experiments follow a flag whose key has changed."""
    found = of_flag(before, meta.documents(KIND))
    meta.put_documents({KIND: [{**body, "feature_flag_key": after} for body in found]})


def experimental(meta: Meta) -> frozenset[str]:
    """The keys of the flags that experiments use."""
    return frozenset(
        body["feature_flag_key"]
        for body in living(meta.documents(KIND))
        if body.get("feature_flag_key")
    )
