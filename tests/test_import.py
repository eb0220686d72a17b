import csv
import gzip
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.local_fixtures import EVENTS, client, imported, rows, write_lines
from tools.errors import LocalProjectError
from tools.local.connect import import_file, set_clock
from tools.local.files import slices

GOOD = {"event": "hit", "distinct_id": "a", "timestamp": "2026-01-01T00:00:00Z"}


def counts(progress):
    return progress.rows, progress.stored, progress.duplicates, progress.rejected


def test_every_row_is_stored_with_its_values(shop):
    stored = rows(
        shop,
        "SELECT toString(uuid), event, distinct_id, timestamp, properties.plan, properties.amount "
        "FROM events ORDER BY uuid LIMIT 1000",
    )
    assert stored == [
        [
            event["uuid"],
            event["event"],
            event["distinct_id"],
            event["timestamp"],
            event["properties"]["plan"],
            event["properties"].get("amount"),
        ]
        for event in EVENTS
    ]


def test_the_same_file_twice_stores_nothing_twice(new_project, tmp_path):
    project, file = new_project(), write_lines(tmp_path / "events.jsonl", EVENTS)
    assert counts(imported(project, file)) == (100, 100, 0, 0)
    assert counts(imported(project, file)) == (100, 0, 100, 0)
    assert rows(project, "SELECT count(), uniq(uuid), uniq(person_id) FROM events") == [
        [100, 100, 10]
    ]
    assert rows(project, "SELECT count() FROM persons") == [[10]]


def test_rows_without_a_uuid_are_told_apart_by_line_and_text(new_project, tmp_path):
    project, file = new_project(), write_lines(tmp_path / "events.jsonl", [GOOD, GOOD])
    assert counts(imported(project, file)) == (2, 2, 0, 0)
    assert counts(imported(project, file)) == (2, 0, 2, 0)
    write_lines(file, [GOOD, GOOD, GOOD])
    assert counts(imported(project, file)) == (3, 1, 2, 0)


def test_any_text_serves_as_an_id_and_a_repeated_one_is_stored_once(new_project, tmp_path):
    project = new_project()
    events = [GOOD | {"uuid": "0001"}, GOOD | {"uuid": "0002"}, GOOD | {"uuid": "0001"}]
    assert counts(imported(project, write_lines(tmp_path / "a.jsonl", events))) == (3, 2, 1, 0)


BAD = {
    "not JSON": ("{nonsense", "not a JSON object"),
    "a list": ('["hit", "a"]', "not a JSON object"),
    "two objects": (json.dumps(GOOD) * 2, "not a JSON object"),
    "no event": (json.dumps(GOOD | {"event": ""}), "no event"),
    "no person": (json.dumps(GOOD | {"distinct_id": None}), "no distinct_id"),
    "no time": (json.dumps({**GOOD, "timestamp": None}), "no timestamp"),
    "some time": (json.dumps(GOOD | {"timestamp": "yesterday"}), "unreadable timestamp"),
    "a year": (json.dumps(GOOD | {"timestamp": "2026"}), "unreadable timestamp"),
    "month or day": (json.dumps(GOOD | {"timestamp": "03/04/2026"}), "unreadable timestamp"),
    "no such day": (json.dumps(GOOD | {"timestamp": "2026-02-31"}), "unreadable timestamp"),
    "properties": (json.dumps(GOOD | {"properties": [1]}), "properties are not a JSON object"),
    "text": (json.dumps(GOOD | {"properties": "{x"}), "properties are not a JSON object"),
}


def test_a_bad_row_is_counted_and_listed_with_its_line_and_reason(new_project, tmp_path):
    project, file = new_project(), tmp_path / "events.jsonl"
    lines = [json.dumps(GOOD), *(text for text, _ in BAD.values()), "", json.dumps(GOOD)]
    file.write_text("\n".join(lines) + "\n")
    done = imported(project, file)
    assert counts(done) == (len(BAD) + 2, 2, 0, len(BAD))
    listed = [json.loads(line) for line in Path(done.rejects).read_text().splitlines()]
    assert listed == [
        {"line": number, "reason": reason, "text": text}
        for number, (text, reason) in enumerate(BAD.values(), start=2)
    ]


TIMES = {
    "2026-03-01T10:00:00Z": "2026-03-01T10:00:00+01:00",
    "2026-03-01T10:00:00.123456Z": "2026-03-01T11:00:00.123456+01:00",
    "2026-03-01T10:00:00-05:00": "2026-03-01T16:00:00+01:00",
    "2026-03-01T10:00:00+0530": "2026-03-01T05:30:00+01:00",
    "2026-03-01T10:00:00": "2026-03-01T10:00:00+01:00",
    "2026-07-01 10:00": "2026-07-01T10:00:00+02:00",
    "2026-03-01": "2026-03-01T00:00:00+01:00",
    "2026/3/1 8:26": "2026-03-01T08:26:00+01:00",
    1772359200: "2026-03-01T11:00:00+01:00",
    1772359200.5: "2026-03-01T11:00:00.500000+01:00",
    1772359200123: "2026-03-01T11:00:00.123000+01:00",
    "1772359200": "2026-03-01T11:00:00+01:00",
}
TIMES["2026-03-01T10:00:00Z"] = "2026-03-01T11:00:00+01:00"


def test_a_time_without_a_zone_is_in_the_projects_zone(new_project, tmp_path):
    project = new_project(timezone="Europe/Berlin")
    events = [GOOD | {"timestamp": at, "distinct_id": str(n)} for n, at in enumerate(TIMES)]
    assert counts(imported(project, write_lines(tmp_path / "t.jsonl", events)))[1] == len(TIMES)
    stored = rows(project, "SELECT timestamp FROM events ORDER BY toInt(distinct_id)")
    assert [at for (at,) in stored] == list(TIMES.values())


def test_columns_of_another_name_are_mapped_and_the_rest_are_properties(new_project, tmp_path):
    project, file = new_project(), tmp_path / "sales.csv"
    with file.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["date", "what", "who", "price", "code", "note", "gift"])
        table.writerow(["2026-01-01 10:00", "sale", "ann", "2.50", "0012", 'say "hi",\nok', "true"])
        table.writerow(["2026-01-02 10:00", "sale", "bob", "3", "A1", "", "false"])
    mapping = {"event": "what", "distinct_id": "who", "timestamp": "date"}
    assert counts(imported(project, file, mapping=mapping)) == (2, 2, 0, 0)
    stored = rows(
        project,
        "SELECT event, distinct_id, timestamp, properties.price, properties.code, properties.note,"
        " properties.gift, properties.who FROM events ORDER BY timestamp",
    )
    assert stored == [
        ["sale", "ann", "2026-01-01T10:00:00Z", 2.5, "0012", 'say \\"hi\\",\\nok', True, None],
        ["sale", "bob", "2026-01-02T10:00:00Z", 3, "A1", None, False, None],
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_csv_may_use_what_spreadsheets_write_for_a_comma(new_project, tmp_path, delimiter):
    project, file = new_project(), tmp_path / "sales.csv"
    head = ["event", "distinct_id", "timestamp", "note"]
    row = ["sale", "ann", "2026-01-01 10:00", '"a, b; c|d"']
    file.write_text("\ufeff" + "\n".join(map(delimiter.join, (head, row))))
    assert counts(imported(project, file)) == (1, 1, 0, 0)
    assert rows(project, "SELECT event, properties.note FROM events") == [["sale", "a, b; c|d"]]


def test_a_column_whose_name_is_there_twice_hides_no_other(new_project, tmp_path):
    project, file = new_project(), tmp_path / "sales.csv"
    head = "event,distinct_id,timestamp,price,price"
    file.write_text(f"{head}\nsale,ann,2026-01-01 10:00,1,2\n")
    imported(project, file)
    stored = rows(project, "SELECT properties.price, properties.`price (2)` FROM events")
    assert stored == [[1, 2]]


def test_what_a_line_says_besides_its_properties_is_a_property_too(new_project, tmp_path):
    project = new_project()
    events = [
        GOOD | {"url": "/a", "nested": {"x": [1]}, "properties": {"plan": "pro"}},
        GOOD | {"url": "/b"},
        GOOD | {"url": "/c", "properties": {"url": "inner"}},
    ]
    imported(project, write_lines(tmp_path / "extra.jsonl", events))
    stored = rows(
        project,
        "SELECT properties.url, properties.plan, properties.nested.x FROM events ORDER BY 1",
    )
    assert stored == [["/a", "pro", "[1]"], ["/b", None, None], ["inner", None, None]]


@pytest.mark.parametrize("form", ["jsonl.gz", "jsonl.zst", "parquet", "csv", "csv.gz"])
def test_every_kind_of_file_holds_the_same_events(shop, new_project, tmp_path, form):
    project, path = new_project(), tmp_path / f"events.{form}"
    write_as(path, form)
    assert counts(imported(project, path)) == (100, 100, 0, 0)
    query = (
        "SELECT uuid, event, distinct_id, timestamp, properties.plan, properties.amount, "
        "properties.vip FROM events ORDER BY uuid LIMIT 1000"
    )
    assert rows(project, query) == rows(shop, query)


def write_as(path, form):
    texts = [event | {"properties": json.dumps(event["properties"])} for event in EVENTS]
    lines = "".join(json.dumps(event) + "\n" for event in EVENTS).encode()
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist(texts), path)
    elif form.startswith("csv"):
        out = io.StringIO()
        table = csv.DictWriter(out, texts[0])
        table.writeheader()
        table.writerows(texts)
        text = out.getvalue().encode()
        path.write_bytes(gzip.compress(text) if form.endswith("gz") else text)
    else:
        with pa.CompressedOutputStream(str(path), "gzip" if form.endswith("gz") else "zstd") as out:
            out.write(lines)


def test_persons_are_known_by_what_their_events_say_of_them(new_project, tmp_path):
    project = new_project()
    day = "2026-01-{:02}T00:00:00Z".format
    told = [
        {"$set": {"plan": "free", "tags": {"a": 1}}, "$set_once": {"source": "ad"}},
        {"$set_once": {"source": "mail", "first": 1}},
        {"$set": {"plan": "pro", "tags": {"b": 2}}},
    ]
    events = [
        GOOD | {"timestamp": day(n + 2), "properties": each, "event": "$identify"}
        for n, each in enumerate(told)
    ]
    imported(project, write_lines(tmp_path / "a.jsonl", events[:2]))
    imported(project, write_lines(tmp_path / "b.jsonl", [events[2], GOOD]))
    stored = rows(
        project,
        "SELECT created_at, is_identified, properties.plan, properties.source, "
        "properties.first, properties.tags FROM persons",
    )
    assert stored == [["2026-01-01T00:00:00Z", 1, "pro", "ad", 1, '{"b":2}']]
    ids = rows(project, "SELECT distinct_id, person_id FROM person_distinct_ids")
    assert ids == rows(project, "SELECT DISTINCT distinct_id, person_id FROM events")


def test_session_window_and_groups_become_columns(new_project, tmp_path):
    project = new_project()
    said = {"$session_id": "s1", "$window_id": "w1", "$group_0": "acme", "$group_4": "x"}
    imported(project, write_lines(tmp_path / "a.jsonl", [GOOD | {"properties": said}]))
    query = "SELECT `$session_id`, `$window_id`, `$group_0`, `$group_1`, `$group_4` FROM events"
    assert rows(project, query) == [["s1", "w1", "acme", "", "x"]]


UNREADABLE = {
    "kind": ("events.xlsx", b"x", "events.xlsx is of no known kind: "),
    "gzip": ("events.jsonl.gz", b"not gzip", "events.jsonl.gz can't be read: "),
    "half": ("half.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 999)[:-20], "half.jsonl.gz can't be"),
    "letters": ("events.csv", b"a,b\n\xff,1\n", "events.csv can't be read: it is not UTF-8 text."),
    "parquet": ("events.parquet", b"PAR1", "events.parquet can't be read: "),
    "missing": (None, b"", "nowhere.jsonl can't be read: "),
}


@pytest.mark.parametrize(("name", "content", "sentence"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_is_named(shop, tmp_path, name, content, sentence):
    path = tmp_path / (name or "nowhere.jsonl")
    if name:
        path.write_bytes(content)
    with pytest.raises(LocalProjectError) as refused:
        imported(shop, path)
    assert str(refused.value).startswith(sentence)


def test_a_field_we_do_not_have_cannot_be_mapped(shop, tmp_path):
    path = write_lines(tmp_path / "a.jsonl", [GOOD])
    with pytest.raises(LocalProjectError, match=r"^colour can't be mapped: map one of uuid, "):
        imported(shop, path, mapping={"colour": "x"})


def test_a_file_is_cut_at_the_ends_of_lines(tmp_path):
    path = tmp_path / "long.jsonl"
    lines = [json.dumps({"n": n, "pad": "x" * 1000}) for n in range(40_000)]
    path.write_text("\n".join(lines))
    parts = list(slices(path))
    assert len(parts) > 2
    assert b"".join(part.lines for part in parts).decode().splitlines() == lines
    assert [part.first for part in parts][1] == parts[0].lines.count(b"\n") + 1
    assert parts[-1].bytes_read == parts[-1].bytes_total == path.stat().st_size


def test_an_import_given_up_half_way_keeps_what_is_stored_and_is_completed_later(
    new_project, tmp_path
):
    project = new_project()
    events = [GOOD | {"uuid": str(n), "properties": {"pad": "x" * 1000}} for n in range(60_000)]
    path = write_lines(tmp_path / "long.jsonl", events)
    steps = import_file(project, path)
    first = next(steps)
    steps.close()
    assert 0 < first.stored < 60_000
    rest = imported(project, path)
    assert counts(rest)[0] == 60_000
    assert rest.duplicates >= first.stored
    assert rows(project, "SELECT count(), uniqExact(uuid) FROM events") == [[60_000, 60_000]]


def test_the_projects_clock_can_be_stopped(new_project):
    project = new_project()
    set_clock(project, datetime(2011, 12, 9, 12, tzinfo=UTC))
    with client(project) as http:
        assert http.get("/api/projects/@current/").json()["now"] == "2011-12-09T12:00:00Z"
    assert rows(project, "SELECT toDate(now())") == [["2011-12-09"]]
    set_clock(project, None)
    with client(project) as http:
        assert http.get("/api/projects/@current/").json()["now"] is None
