"""Scenes of changes, one for every kind of object and of change: what is there before, the call
that changes it, what somebody else may do meanwhile, and whether the server did what was asked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.flags_fixtures import FLAGS
from tests.writing_fixtures import Desk, desk

BASE = "/api/projects/@current/"
GROUP = {"properties": [], "rollout_percentage": 30}
PRO = {"type": "person", "key": "plan", "operator": "exact", "value": ["pro"]}
RULES = [{"where": [{"property": "plan", "of": "person", "values": ["free"]}]}]
VIEWS = {"series": [{}], "interval": "day", "date_from": "2026-11-01", "date_to": "2026-11-14"}
SPLIT = {"variants": [{"key": k, "rollout_percentage": 50} for k in ("control", "test")]}
STARTED, OVER = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
LATER = "2036-11-14T09:30"


@dataclass
class World:
    """A desk, a few people, and two dashboards that insights are put on."""

    at: Desk
    people: Sequence[str]
    boards: Sequence[int] = ()

    def clear(self) -> None:
        """Forget what earlier scenes left, but for the dashboards."""
        meta = self.at.project.home.meta
        for kind in {scene.kind for scene in SCENES.values()} - {"dashboard"}:
            gone = [{**one, "deleted": True} for one in meta.documents(kind)]
            meta.put_documents({kind: gone})
        self.at.gate.ledger.path.unlink(missing_ok=True)
        self.at.wire.fault, self.at.person.first = None, lambda: None

    def members(self, cohort: Any) -> set[str]:
        """Ids of the people in a static cohort."""
        found = self.at.project.get(f"{BASE}cohorts/{cohort}/persons/")[1]
        return {one["uuid"] for one in found.get("results", ())}


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """A new one, open until the block ends."""
    with desk(folder) as at:
        people = [at.project.add_person(f"p{n}", {"plan": "free"}) for n in range(4)]
        one = World(at, people)
        one.boards = [made(one, "dashboards/", {"name": name}) for name in ("Here", "There")]
        yield one


@dataclass
class Stage:
    """One run: the object that was set up, if any, and the arguments of the call."""

    world: World
    name: str
    number: Any
    arguments: dict[str, Any]


Edit = Callable[[World], Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Scene:
    """One kind of change."""

    route: str
    """Of the object, below the project."""

    kind: str
    """As the embedded project keeps it."""

    set_up: Callable[[World, str], tuple[Any, dict[str, Any]]]
    """Makes what the change is about, and says how to ask for it."""

    done: Callable[[World, Mapping[str, Any]], bool]
    """Whether an object as it is kept is as the change wants it."""

    edits: Mapping[str, Edit] = field(default_factory=dict)
    """What somebody else may send to the same object, one body after the other."""

    def stage(self, world: World, name: str) -> Stage:
        """The scene, ready to begin."""
        return Stage(world, name, *self.set_up(world, name))

    def object(self, stage: Stage) -> Any:
        """What is kept of the object; None when it was not made."""
        meta = stage.world.at.project.home.meta
        if stage.number is not None:
            return meta.document(self.kind, str(stage.number))
        called = stage.arguments.get("key") if self.kind == "scheduled_change" else None
        flags = [one for one in meta.documents("feature_flag") if one["key"] == called]
        name = f"'record_id': '{flags[0]['id']}'" if flags else stage.name
        found = [one for one in meta.documents(self.kind) if name in str(one)]
        assert len(found) <= 1, f"{len(found)} were made"
        return found[0] if found else None

    def is_done(self, stage: Stage) -> bool:
        """Whether the server did what was asked."""
        found = self.object(stage)
        return found is not None and self.done(stage.world, found)

    def edit(self, stage: Stage, which: str) -> None:
        """Let somebody else do one of the edits."""
        for body in self.edits[which](stage.world):
            path = f"{BASE}{self.route}{stage.number}/"
            status, said = stage.world.at.project.patch(path, body)
            assert status == 200, said


def made(world: World, route: str, body: Mapping[str, Any]) -> Any:
    """The id of a new object."""
    status, said = world.at.project.post(BASE + route, body)
    assert status in (200, 201), said
    return said["id"]


def flag(world: World, name: str, **more: Any) -> Any:
    return made(world, "feature_flags/", {"key": name, "filters": {"groups": [GROUP]}, **more})


def dynamic(world: World, name: str) -> Any:
    filters = {"properties": {"type": "AND", "values": [PRO]}}
    return made(world, "cohorts/", {"name": name, "filters": filters})


def static(world: World, name: str, *numbers: int) -> Any:
    ids = [world.people[one] for one in numbers]
    body = {"name": name, "is_static": True, "_create_static_person_ids": ids}
    return made(world, "cohorts/", body)


def insight(world: World, name: str) -> Any:
    query = {"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "series": []}}
    query["source"]["series"] = [{"kind": "EventsNode", "event": None}]
    return made(world, "insights/", {"name": name, "query": query, "saved": True})


def board(world: World, name: str) -> Any:
    return made(world, "dashboards/", {"name": name})


def annotation(world: World, name: str) -> Any:
    body = {"content": name, "date_marker": "2026-11-01T00:00:00Z", "scope": "project"}
    return made(world, "annotations/", body)


def experiment(world: World, name: str, **fields: Any) -> Any:
    key = name.replace(" ", "-")
    flag(world, key, filters={"groups": [GROUP], "multivariate": SPLIT})
    body = {"name": name, "feature_flag_key": key, "deleted": False, **fields}
    return world.at.project.home.meta.add_document("experiment", body)["id"]


def shipped(world: World, name: str) -> tuple[Any, dict[str, Any]]:
    number = experiment(world, name, start_date=STARTED, end_date=OVER)
    found = world.at.project.get(f"{FLAGS}?search={name}")[1]["results"]
    return found[0]["id"], {"experiment": str(number), "variant": "test"}


def rollout(one: Mapping[str, Any]) -> Any:
    return one["filters"]["groups"][0]["rollout_percentage"]


def shares(one: Mapping[str, Any]) -> list[Any]:
    return [v["rollout_percentage"] for v in one["filters"]["multivariate"]["variants"]]


def sends(*bodies: Mapping[str, Any]) -> Edit:
    """An edit of these bodies, one after the other."""
    return lambda world: bodies


BACK = "changed and set back"
OTHER = {"groups": [{**GROUP, "rollout_percentage": 77}], "payloads": {}}
TRIAL = {"properties": {"type": "AND", "values": [{**PRO, "value": ["trial"]}]}}
RENAMED = {"renamed": sends({"name": "theirs"})}
DESCRIBED = {"described": sends({"description": "theirs"})}
DESCRIBED_AND_BACK = {**DESCRIBED, BACK: sends({"description": "theirs"}, {"description": ""})}
THEIR_FLAG = {
    **RENAMED,
    "other": sends({"filters": OTHER}),
    BACK: sends({"active": False}, {"active": True}),
}
THEIR_COHORT = {**DESCRIBED_AND_BACK, "rules": sends({"filters": TRIAL})}
THEIR_DATES = {**DESCRIBED_AND_BACK, "dated": sends({"start_date": STARTED, "end_date": OVER})}
THEIR_PLACE: dict[str, Edit] = {
    **DESCRIBED,
    "put elsewhere": lambda world: [{"dashboards": [world.boards[1]]}],
    BACK: sends({"favorited": True}, {"favorited": False}),
}
FLAG = ("feature_flags/", "feature_flag")
COHORT = ("cohorts/", "cohort")
INSIGHT = ("insights/", "insight")
BOARD = ("dashboards/", "dashboard")
NOTE = ("annotations/", "annotation")
TRIED = ("experiments/", "experiment")


def deleted(world: World, one: Mapping[str, Any]) -> bool:
    return bool(one["deleted"])


def there(world: World, one: Mapping[str, Any]) -> bool:
    return not one.get("deleted")


SCENES: dict[str, Scene] = {
    "create_flag": Scene(
        *FLAG,
        lambda w, name: (None, {"key": name, "percent": 40}),
        lambda w, one: rollout(one) == 40,
    ),
    "set_flag_rollout": Scene(
        *FLAG,
        lambda w, name: (flag(w, name), {"key": name, "percent": 40}),
        lambda w, one: rollout(one) == 40,
        THEIR_FLAG,
    ),
    "archive_flag": Scene(
        *FLAG,
        lambda w, name: (flag(w, name, active=False), {"key": name}),
        lambda w, one: bool(one.get("archived")),
        RENAMED,
    ),
    "delete_flag": Scene(*FLAG, lambda w, name: (flag(w, name), {"key": name}), deleted, RENAMED),
    "ship_variant": Scene(
        *FLAG, shipped, lambda w, one: shares(one) == [0, 100], {**RENAMED, BACK: THEIR_FLAG[BACK]}
    ),
    "schedule_flag_change": Scene(
        "scheduled_changes/",
        "scheduled_change",
        lambda w, name: (None, {"key": flag(w, name) and name, "on": False, "at": LATER}),
        lambda w, one: one["payload"]["value"] is False,
    ),
    "create_cohort": Scene(
        *COHORT,
        lambda w, name: (None, {"name": name, "any_of": RULES}),
        lambda w, one: not one["is_static"],
    ),
    "create_static_cohort": Scene(
        *COHORT,
        lambda w, name: (None, {"name": name, "people": ["p1", "p2"]}),
        lambda w, one: w.members(one["id"]) == {w.people[1], w.people[2]},
    ),
    "update_cohort": Scene(
        *COHORT,
        lambda w, name: (dynamic(w, name), {"name": name, "any_of": RULES}),
        lambda w, one: "free" in str(one["filters"]),
        THEIR_COHORT,
    ),
    "delete_cohort": Scene(
        *COHORT, lambda w, name: (dynamic(w, name), {"name": name}), deleted, THEIR_COHORT
    ),
    "add_to_cohort": Scene(
        *COHORT,
        lambda w, name: (static(w, name, 1), {"name": name, "people": ["p2", "p3"]}),
        lambda w, one: w.members(one["id"]) == set(w.people[1:]),
        DESCRIBED,
    ),
    "remove_from_cohort": Scene(
        *COHORT,
        lambda w, name: (static(w, name, 1, 2), {"name": name, "person": "p2"}),
        lambda w, one: w.members(one["id"]) == {w.people[1]},
        DESCRIBED,
    ),
    "save_insight": Scene(
        *INSIGHT,
        lambda w, name: (None, {"name": name, "of": "run_trends", "arguments": VIEWS}),
        there,
    ),
    "add_to_dashboard": Scene(
        *INSIGHT,
        lambda w, name: (insight(w, name), {"insight": name, "dashboard": str(w.boards[0])}),
        lambda w, one: (
            w.boards[0] in w.at.project.get(f"{BASE}insights/{one['id']}/")[1]["dashboards"]
        ),
        THEIR_PLACE,
    ),
    "update_insight": Scene(
        *INSIGHT,
        lambda w, name: (insight(w, name), {"insight": name, "new_name": f"{name} renamed"}),
        lambda w, one: one["name"].endswith("renamed"),
        DESCRIBED_AND_BACK,
    ),
    "update_dashboard": Scene(
        *BOARD,
        lambda w, name: (board(w, name), {"dashboard": name, "new_name": f"{name} renamed"}),
        lambda w, one: one["name"].endswith("renamed"),
        DESCRIBED_AND_BACK,
    ),
    "delete_insight": Scene(
        *INSIGHT, lambda w, name: (insight(w, name), {"insight": name}), deleted, DESCRIBED_AND_BACK
    ),
    "create_dashboard": Scene(*BOARD, lambda w, name: (None, {"name": name}), there),
    "delete_dashboard": Scene(
        *BOARD, lambda w, name: (board(w, name), {"dashboard": name}), deleted, DESCRIBED_AND_BACK
    ),
    "annotate": Scene(
        *NOTE, lambda w, name: (None, {"content": name, "date": "2026-11-02"}), there
    ),
    "delete_annotation": Scene(
        *NOTE,
        lambda w, name: (annotation(w, name), {"annotation": name}),
        deleted,
        {"reworded": sends({"content": "theirs"})},
    ),
    "launch_experiment": Scene(
        *TRIED,
        lambda w, name: (experiment(w, name), {"experiment": name}),
        lambda w, one: bool(one.get("start_date")),
        THEIR_DATES,
    ),
    "end_experiment": Scene(
        *TRIED,
        lambda w, name: (experiment(w, name, start_date=STARTED), {"experiment": name}),
        lambda w, one: bool(one.get("end_date")),
        THEIR_DATES,
    ),
}
"""By the tool that proposes the change."""
