"""Persons and groups that events tell of; expected values follow PostHog's ingestion."""

import json
import random
import uuid

import pytest

from tests.capture_fixtures import said, send
from tests.local_fixtures import client, rows
from tools.local.persons_ids import illegal

NAMESPACE = uuid.UUID("932979b4-65c3-4424-8467-0b66ec27bc22")


def owners(project, *who):
    """Whose the events of some distinct ids are, by query."""
    among = ", ".join(repr(one) for one in who)
    found = rows(
        project,
        "SELECT distinct_id, toString(person_id) FROM events "
        f"WHERE distinct_id IN ({among}) GROUP BY 1, 2",
    )
    assert len(found) == len({one for one, _ in found})
    return dict(found)


def person(project, who):
    """The person of a distinct id, as the table of persons has it."""
    found = rows(
        project,
        "SELECT properties, is_identified FROM persons WHERE id IN "
        f"(SELECT person_id FROM person_distinct_ids WHERE distinct_id = '{who}')",
    )
    (properties, identified) = found[0]
    kept = json.loads(properties)
    kept.pop("$creator_event_uuid")
    return kept, bool(identified)


def on_event(project, name):
    """The properties of the person as an event has them."""
    ((raw,),) = rows(project, f"SELECT person.properties FROM events WHERE event = '{name}'")
    return {key: it for key, it in json.loads(raw).items() if key != "$creator_event_uuid"}


def test_a_person_gets_an_id_that_follows_from_the_distinct_id(taken):
    send(taken, said("first", "id-1"))
    expected = uuid.uuid5(NAMESPACE, f"{taken.project_id}:id-1")
    assert owners(taken, "id-1") == {"id-1": str(expected)}


def test_properties_are_set_set_once_and_unset(taken):
    send(
        taken,
        said("p1", "props", **{"$set": {"a": 1, "b": 1}, "$set_once": {"c": 1, "a": 9}}),
        said("p2", "props", **{"$set": {"b": 2}, "$set_once": {"c": 2, "d": 2}}),
        said("p3", "props", **{"$unset": ["a", "nothing"]}),
    )
    assert person(taken, "props") == ({"b": 2, "c": 1, "d": 2}, False)
    assert [on_event(taken, name) for name in ("p1", "p2", "p3")] == [
        {"a": 1, "b": 1, "c": 1},
        {"a": 1, "b": 2, "c": 1, "d": 2},
        {"b": 2, "c": 1, "d": 2},
    ]
    assert on_event(taken, "p1") == {"a": 1, "b": 1, "c": 1}


def test_properties_beside_the_event_count_as_those_within(taken):
    event = said("$set", "outer", **{"$set": {"b": 2}})
    send(taken, {**event, "$set": {"a": 1, "b": 1}, "$set_once": {"c": 3}})
    assert person(taken, "outer") == ({"a": 1, "b": 2, "c": 3}, False)


def test_where_a_person_comes_from_is_kept_of_the_first_and_the_last_event(taken):
    send(taken, said("visit", "came", utm_source="mail", **{"$browser": "Firefox"}))
    send(taken, said("$set", "came", utm_source="search"))
    assert person(taken, "came")[0] == {
        "utm_source": "search",
        "$browser": "Firefox",
        "$initial_utm_source": "mail",
        "$initial_browser": "Firefox",
    }


def test_what_changes_with_every_page_makes_no_new_version_of_a_person(taken):
    send(taken, said("quiet 1", "quiet", **{"$current_url": "/a"}))
    send(taken, said("quiet 2", "quiet", **{"$current_url": "/b"}))
    assert person(taken, "quiet")[0]["$current_url"] == "/a"
    assert on_event(taken, "quiet 2")["$current_url"] == "/b"


def test_identifying_adds_the_id_to_the_anonymous_person(taken):
    send(taken, said("before", "anon-1", **{"$set": {"a": 1}}))
    send(taken, said("$identify", "user-1", **{"$anon_distinct_id": "anon-1", "$set": {"b": 2}}))
    send(taken, said("after", "user-1"))
    found = owners(taken, "anon-1", "user-1")
    assert found["anon-1"] == found["user-1"]
    assert person(taken, "user-1") == ({"a": 1, "b": 2}, True)
    assert rows(taken, "SELECT count() FROM persons WHERE properties.a = '1'") != [[0]]


def merged(taken, name, anon, user, **properties):
    """Two persons, each with an event; then one says that they are the same."""
    send(taken, said("by other", anon, **{"$set": {"x": "other", "o": 1}}))
    send(taken, said("by main", user, **{"$set": {"x": "main", "m": 1}}))
    send(taken, said(name, user, **properties))
    return owners(taken, anon, user)


MERGES = {
    "$identify": lambda anon: {"$anon_distinct_id": anon},
    "$create_alias": lambda anon: {"alias": anon},
    "$merge_dangerously": lambda anon: {"alias": anon},
}


@pytest.mark.parametrize("name", MERGES)
def test_two_persons_become_one_and_earlier_events_follow(taken, name):
    anon, user = f"anon {name}", f"user {name}"
    found = merged(taken, name, anon, user, **MERGES[name](anon))
    expected = str(uuid.uuid5(NAMESPACE, f"{taken.project_id}:{user}"))
    assert found == {anon: expected, user: expected}
    assert person(taken, anon) == ({"x": "main", "o": 1, "m": 1}, True)
    gone = uuid.uuid5(NAMESPACE, f"{taken.project_id}:{anon}")
    assert rows(taken, f"SELECT count() FROM persons WHERE id = '{gone}'") == [[0]]


def test_who_is_identified_is_merged_into_nobody_but_dangerously(taken):
    send(taken, said("$identify", "known", **{"$anon_distinct_id": "known-anon"}))
    found = merged(taken, "$identify", "known", "other", **{"$anon_distinct_id": "known"})
    assert found["known"] != found["other"]
    send(taken, said("$merge_dangerously", "other", alias="known"))
    send(taken, said("late", "known-anon"))
    assert len(set(owners(taken, "known", "other", "known-anon").values())) == 1


def test_a_merge_of_merged_persons_takes_all_of_their_ids(taken):
    send(taken, said("a", "chain-1"), said("a", "chain-2"), said("a", "chain-3"))
    send(taken, said("$merge_dangerously", "chain-2", alias="chain-1"))
    send(taken, said("$merge_dangerously", "chain-3", alias="chain-2"))
    assert len(set(owners(taken, "chain-1", "chain-2", "chain-3").values())) == 1


@pytest.mark.parametrize("name", ["anonymous", "'NULL'", "None", '"undefined"', " ", "0"])
def test_an_id_that_stands_for_nobody_merges_nobody(taken, name):
    case = name.encode().hex()
    identify = {"$anon_distinct_id": name, "case": case}
    send(taken, said("by nobody", name, case=case), said("$identify", "victim " + case, **identify))
    found = rows(taken, f"SELECT uniq(person_id) FROM events WHERE properties.case = '{case}'")
    assert found == [[2 if illegal(name) else 1]]
    assert illegal(name) == (name != "'NULL'")


def test_events_without_a_person_make_none_and_follow_once_there_is_one(taken):
    lonely = {"$process_person_profile": False, "$set": {"a": 1}}
    send(taken, said("alone", "less", **lonely), said("alone too", "less-2", **lonely))
    among = "SELECT count() FROM person_distinct_ids WHERE distinct_id LIKE 'less%'"
    assert rows(taken, among) == [[0]]
    assert on_event(taken, "alone") == {}
    before = owners(taken, "less", "less-2")
    assert before["less"] == str(uuid.uuid5(NAMESPACE, f"{taken.project_id}:less"))
    send(taken, said("$identify", "less-user", **{"$anon_distinct_id": "less"}))
    send(taken, said("$identify", "less-user", **{"$anon_distinct_id": "less-2"}))
    after = owners(taken, "less", "less-2", "less-user")
    assert set(after.values()) == {before["less"]}


def test_an_event_about_a_person_is_dropped_where_none_may_be_made(taken):
    send(taken, said("$identify", "drop", **{"$process_person_profile": False}))
    assert rows(taken, "SELECT count() FROM events WHERE distinct_id = 'drop'") == [[0]]


def test_a_person_that_was_deleted_begins_anew_with_the_next_event(taken):
    send(taken, said("old", "phoenix", **{"$set": {"a": 1}}))
    old = owners(taken, "phoenix")["phoenix"]
    with client(taken) as http:
        assert http.delete(f"/api/projects/@current/persons/{old}/").status_code == 202
    query = f"SELECT count() FROM persons WHERE id = '{old}'"
    assert rows(taken, query) == [[0]]
    send(taken, said("new", "phoenix", **{"$set": {"b": 2}}))
    assert rows(taken, query) == [[1]]
    assert person(taken, "phoenix") == ({"b": 2}, False)
    assert owners(taken, "phoenix") == {"phoenix": old}


def test_groups_get_the_next_free_place_of_five(taken):
    kinds = [f"kind {number}" for number in range(6)]
    send(taken, said("grouped", "member", **{"$groups": {kind: "key" for kind in kinds}}))
    send(taken, said("grouped by number", "member", **{"$groups": {"kind 1": 7}}))
    names = ", ".join(f"$group_{index}" for index in range(5))
    assert rows(taken, f"SELECT {names} FROM events WHERE event = 'grouped'") == [["key"] * 5]
    by_number = rows(taken, f"SELECT {names} FROM events WHERE event = 'grouped by number'")
    assert by_number == [["", "7", "", "", ""]]
    for kind, n in (("kind 0", 1), ("kind 5", 2)):
        told = {"$group_type": kind, "$group_key": "key", "$group_set": {"n": n, "only": n}}
        send(taken, said("$groupidentify", "member", **told))
    told = {"$group_type": "kind 0", "$group_key": "key", "$group_set": {"n": 3}}
    send(taken, said("$groupidentify", "member", **told))
    found = rows(taken, "SELECT index, key, properties FROM groups")
    assert found == [[0, "key", '{"n":3,"only":1}']]
    by_group = "SELECT count() FROM events WHERE group_0.properties.n = 3 AND event = 'grouped'"
    assert rows(taken, by_group) == [[1]]


def test_random_identities_end_as_a_plain_model_says(taken):
    draw = random.Random(7)
    names = [f"r{number}" for number in range(12)]
    owner, identified = {}, set()
    events = []
    for number in range(150):
        kind = draw.choice(["event", "$identify", "$merge_dangerously"])
        main, other = draw.sample(names, 2)
        key = {"$identify": "$anon_distinct_id"}.get(kind, "alias")
        properties = {key: other} if kind != "event" else {}
        events.append(said(kind if kind != "event" else f"random {number}", main, **properties))
        if kind == "event":
            owner.setdefault(main, main)
            continue
        _join(owner, identified, main, other, dangerously=kind == "$merge_dangerously")
    while events:
        size = draw.randint(1, 30)
        send(taken, *events[:size])
        del events[:size]
    found = owners(taken, *names)
    expected = {
        name: str(uuid.uuid5(NAMESPACE, f"{taken.project_id}:{owner[name]}")) for name in found
    }
    assert found == expected


def _join(owner, identified, main, other, *, dangerously):
    """PostHog's rules for two ids, over plain dictionaries: id → who owns it."""
    if main in owner and other in owner:
        source = owner[other]
        if source != owner[main] and (dangerously or source not in identified):
            for name in [name for name in owner if owner[name] == source]:
                owner[name] = owner[main]
    elif other in owner:
        owner[main] = owner[other]
    else:
        owner.setdefault(main, main)
        owner[other] = owner[main]
    identified.add(owner[main])
