"""The flags of a project, read from its documents."""

from tools.local.flags.evaluation import Evaluation
from tools.local.flags.flag import KIND, Flag
from tools.local.flags.people import Asked, subject
from tools.local.flags.schedule import apply_due
from tools.local.home import Home
from tools.local.meta import Meta


def flags(meta: Meta) -> dict[str, Flag]:
    """Every flag that is not deleted, by key."""
    found = (Flag.of(body) for body in meta.documents(KIND) if not body.get("deleted"))
    return {flag.key: flag for flag in found}


def evaluation(home: Home, asked: Asked) -> Evaluation:
    """All flags of the project, asked about one person."""
    apply_due(home.meta)
    every = flags(home.meta)
    return Evaluation(every, subject(home, asked, every.values()))
