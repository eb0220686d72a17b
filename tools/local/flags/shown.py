"""Flags as the API shows them, with what is known around them."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tools.local.clock import clock, written
from tools.local.flags import experiments
from tools.local.flags.definitions import filters
from tools.local.flags.flag import REDACTED
from tools.local.flags.status import status, variants
from tools.local.flags.usage import last_called
from tools.local.home import Home

Document = Mapping[str, Any]
_STORED: Document = {
    "name": "",
    "deleted": False,
    "active": True,
    "archived": False,
    "created_by": None,
    "last_modified_by": None,
    "updated_at": None,
    "version": 1,
    "ensure_experience_continuity": False,
    "tags": [],
    "evaluation_contexts": [],
    "analytics_dashboards": [],
    "is_remote_configuration": False,
    "has_encrypted_payloads": False,
    "evaluation_runtime": "all",
    "bucketing_identifier": "distinct_id",
}
"""What a flag keeps, and what holds where it says nothing."""

_NEVER: Document = {
    "surveys": [],
    "features": [],
    "rollback_conditions": None,
    "performed_rollback": None,
    "usage_dashboard": None,
    "has_enriched_analytics": False,
    "is_used_in_replay_settings": False,
}
"""What flags of an embedded project are never part of."""


@dataclass(frozen=True)
class Surroundings:
    """What is known of all flags at one moment."""

    now: datetime
    called: Mapping[str, datetime]
    """When each key was last asked for."""

    experiments: Sequence[Document]
    cohorts: Mapping[str, str]
    """Id → name."""

    @classmethod
    def of(cls, home: Home) -> "Surroundings":
        """The project as it is now."""
        return cls(
            now=clock(home.meta.project),
            called=last_called(home),
            experiments=home.meta.documents(experiments.KIND),
            cohorts={str(body["id"]): body["name"] for body in home.meta.documents("cohort")},
        )

    def status(self, flag: Document) -> str:
        """One word on whether a flag is still of use."""
        return status(flag, self.called.get(flag["key"]), self.now).status.upper()

    def show(self, flag: Document) -> dict[str, Any]:
        """A flag as the API shows it."""
        tested = experiments.living(experiments.of_flag(flag["key"], self.experiments))
        called = self.called.get(flag["key"])
        return {
            "id": flag["id"],
            "key": flag["key"],
            **{name: flag.get(name, default) for name, default in _STORED.items()},
            **_NEVER,
            "filters": self._filters(flag),
            "created_at": flag["created_at"],
            "last_called_at": written(called) if called else None,
            "experiment_set": [one["id"] for one in tested],
            "experiment_set_metadata": [
                {"id": one["id"], "name": one["name"], "is_running": experiments.is_running(one)}
                for one in tested
            ],
            "is_eligible_for_experiment": 2 <= len(variants(flag)) <= 20,
            "can_edit": True,
            "user_access_level": "manager",
            "status": self.status(flag),
        }

    def _filters(self, flag: Document) -> dict[str, Any]:
        found: dict[str, Any] = copy.deepcopy(redacted(flag).get("filters") or {})
        for one in filters({"filters": found}, "cohort"):
            one["cohort_name"] = self.cohorts.get(str(one.get("value")))
        return found


def redacted(flag: Document) -> Document:
    """A flag without what its encrypted payloads say."""
    if not flag.get("has_encrypted_payloads"):
        return flag
    known = flag.get("filters") or {}
    payloads = dict.fromkeys(known.get("payloads") or {}, REDACTED)
    return {**flag, "filters": {**known, "payloads": payloads}}
