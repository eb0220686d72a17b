"""Who edited an object meanwhile, by PostHog's activity log, where the key may read it.

A field that somebody changed and set back looks as if nothing had happened, and what they set right
before a request arrived is overwritten by it unseen. The log tells both. Flags have a version.
"""

from collections.abc import Mapping

from tools.changes.kinds import ANNOTATION, COHORT, DASHBOARD, EXPERIMENT, INSIGHT, Kind
from tools.client import PostHog
from tools.errors import PostHogError

NOUNS: Mapping[str, str] = {
    COHORT.name: "Cohort",
    INSIGHT.name: "Insight",
    DASHBOARD.name: "Dashboard",
    ANNOTATION.name: "Annotation",
    EXPERIMENT.name: "Experiment",
}
"""PostHog's names of the kinds in its log."""

SCOPE = "activity_log:read"
MOST = 20


def edits(posthog: PostHog, kind: Kind, number: int | str) -> list[str] | None:
    """Ids of the latest edits of an object, the latest first; None where they can't be read.

    Where members count, edits of the cohort do not: others may add people at the same time.
    """
    noun = NOUNS.get(kind.name)
    if noun is None or not kind.at_once or not posthog.grants.covers(SCOPE):
        return None
    try:
        found = posthog.read("activity_log/", scope=noun, item_id=number, limit=MOST)
    except PostHogError:
        return None
    return [str(one["id"]) for one in found.get("results") or () if one.get("id")]


def since(every: list[str] | None, last: str | None) -> int:
    """How many edits came after the one that was the latest; 0 where that can't be known."""
    if last is None or every is None:
        return 0
    return every.index(last) if last in every else len(every)
