"""The flags of a project, read from its documents."""

from tools.local.flags.evaluation import Evaluation
from tools.local.flags.flag import Flag
from tools.local.flags.people import Asked, subject
from tools.local.home import Home
from tools.local.meta import Meta

KIND = "feature_flag"


def flags(meta: Meta) -> dict[str, Flag]:
    """Every flag that is not deleted, by key."""
    found = (Flag.of(body) for body in meta.documents(KIND) if not body.get("deleted"))
    return {flag.key: flag for flag in found}


def evaluation(home: Home, asked: Asked) -> Evaluation:
    """All flags of the project, asked about one person."""
    every = flags(home.meta)
    return Evaluation(every, subject(home, asked, every.values()))


def experimental(meta: Meta) -> frozenset[str]:
    """The keys of the flags that experiments use."""
    return frozenset(
        body["feature_flag_key"]
        for body in meta.documents("experiment")
        if body.get("feature_flag_key") and not body.get("deleted")
    )
