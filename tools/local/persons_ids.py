"""Ids of persons: made of a distinct id, and distinct ids that stand for nobody."""

import uuid

_NAMESPACE = uuid.UUID("932979b4-65c3-4424-8467-0b66ec27bc22")
_IN_ANY_CASE = (
    "anonymous", "guest", "distinctid", "distinct_id", "id", "not_authenticated", "email",
    "undefined", "true", "false",
)  # fmt: skip
_EXACTLY = ("[object Object]", "NaN", "None", "none", "null", "0", "undefined")


def person_id(project: int, distinct_id: str) -> str:
    """The id of the person that is made when a distinct id is first seen."""
    return str(uuid.uuid5(_NAMESPACE, f"{project}:{distinct_id}"))


def illegal(distinct_id: str) -> bool:
    """Whether a distinct id comes of a mistake, so that nobody may be merged by it."""
    bare = distinct_id
    for quote in ("'", '"'):
        if len(bare) > 1 and bare[0] == bare[-1] == quote:
            bare = bare[1:-1]
            break
    return not distinct_id.strip() or bare.lower() in _IN_ANY_CASE or bare in _EXACTLY
