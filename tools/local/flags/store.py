"""Where changes of flags are written, with what follows from them."""

from tools.local.activity_log import log
from tools.local.flags import experiments
from tools.local.flags.changes import check_free_key, free_key
from tools.local.flags.flag import KIND
from tools.local.flags.shown import redacted
from tools.local.flags.writing import Document
from tools.local.meta import Meta

NOUN = "FeatureFlag"


def add(meta: Meta, draft: Document) -> Document:
    """Store a new flag; it takes its key from flags that are deleted."""
    check_free_key(meta, draft["key"])
    made = meta.add_document(KIND, draft)
    free_key(meta, made["key"], made["id"])
    log(meta, NOUN, made["id"], "created", None, redacted(made))
    return made


def keep(meta: Meta, before: Document, after: Document) -> None:
    """Store a change; experiments follow a key that changed."""
    renamed = after["key"] != before["key"]
    if renamed and not after.get("deleted"):
        check_free_key(meta, after["key"], after["id"])
        free_key(meta, after["key"], after["id"])
    meta.put_documents({KIND: [after]})
    if renamed:
        experiments.rename_flag(meta, before["key"], after["key"])
    log(meta, NOUN, after["id"], _activity(before, after), redacted(before), redacted(after))


def _activity(before: Document, after: Document) -> str:
    was, now = bool(before.get("deleted")), bool(after.get("deleted"))
    if was == now:
        return "updated"
    return "deleted" if now else "restored"
