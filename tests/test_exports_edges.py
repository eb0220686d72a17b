"""Exports that are asked for oddly, written to odd places, or gone on with elsewhere."""

import csv
import errno
import json
import os
import signal
import time
from threading import Event, Thread
from zoneinfo import ZoneInfo

import httpx
import pyarrow.parquet
import pytest
from openpyxl import load_workbook

from agent.errors import SettingsError
from agent.export import formats
from agent.export import run as running
from agent.export.asking import counting, is_verifying, read_time
from agent.export.doing import begin
from agent.export.folder import Folder
from agent.export.formats import Shape, writer
from agent.export.run import order
from agent.messages import Assistant, ToolCall
from tests.flags_fixtures import opened
from tests.test_exports import END, START, Room, exported, finish
from tools.client import PostHog
from tools.errors import InvalidArguments
from tools.exports.choices import events, persons, rows


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("edges")) as project:
        room = Room(project)
        room.add(60)
        yield room


def queried(room, path, text, key=""):
    folder = Folder(path)
    folder.begin(order(room.posthog, rows(text, key), "csv"))
    with finish(room.posthog, folder).path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_columns_that_are_called_like_ours_keep_their_values(room, tmp_path):
    text = "SELECT 'a' AS column_1, 'b' AS column_0, 'c' AS key_0"
    wanted = [{"column_1": "a", "column_0": "b", "key_0": "c"}]
    assert queried(room, tmp_path / "a.csv", text) == wanted
    assert queried(room, tmp_path / "b.csv", text, "key_0") == wanted


def test_a_comment_at_the_end_of_a_query_hides_nothing(room, tmp_path):
    assert queried(room, tmp_path / "a.csv", "SELECT 1 AS n -- one") == [{"n": "1"}]


@pytest.mark.parametrize(
    "key", ["event", "if(event = 'order' AND rand() < 0, '', NULL) AS other, event"]
)
def test_a_key_that_is_not_unique_is_refused_before_anything_is_fetched(room, key):
    text = f"SELECT {key} FROM events"
    with pytest.raises(SettingsError, match="not unique, or is empty"):
        order(room.posthog, rows(text, "other" if "other" in key else "event"), "csv")


CUT = "SELECT toString(uuid) AS id, event FROM events"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{CUT} LIMIT 55", "Its LIMIT leaves open which rows it means"),
        (f"{CUT} ORDER BY timestamp LIMIT 55", "add ORDER BY id to it"),
        (f"{CUT} ORDER BY id, timestamp LIMIT 1 BY id", "A LIMIT within the query"),
        (f"SELECT id FROM ({CUT} LIMIT 55)", "A LIMIT within the query"),
        (f"{CUT} WHERE rand() >= 0", r"rand\(\) gives other values for each page"),
    ],
)
def test_pages_of_rows_that_are_not_settled_are_refused(room, monkeypatch, text, said):
    assert order(room.posthog, rows(text, "id"), "csv").rows >= 55, "one page is one query"
    monkeypatch.setattr(running, "PAGE", 50)
    with pytest.raises(SettingsError, match=said):
        order(room.posthog, rows(text, "id"), "csv")
    settled = order(room.posthog, rows(f"{CUT} ORDER BY id DESC LIMIT 55", "id"), "csv")
    assert settled.rows == 55


def test_a_period_that_ends_before_it_begins_is_refused(room):
    with pytest.raises(InvalidArguments, match="ends before it begins"):
        events(room.posthog, ["order"], END, START)


@pytest.mark.parametrize("day", ["2026-10-25", "20261025"])
def test_a_last_day_is_whole_however_it_is_written(day):
    """In Lord Howe the clocks move by half an hour, in Kolkata they stand half an hour apart."""
    for zone, at in (("Asia/Kolkata", "18:30"), ("Australia/Lord_Howe", "13:00")):
        end = read_time(day, ZoneInfo(zone), whole=True)
        assert f"{end:%Y-%m-%dT%H:%M}" == f"2026-10-25T{at}"


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01", "soon"])
def test_a_day_that_no_calendar_reaches_is_one_sentence(text):
    with pytest.raises(InvalidArguments, match="is no date"):
        read_time(text, ZoneInfo("Asia/Kolkata"), whole=text.startswith("9"))


def test_a_column_that_is_named_twice_comes_once(room):
    asked = room.what(columns=("timestamp", "uuid", "timestamp"))
    assert [one.name for one in asked.columns] == ["timestamp", "uuid"]


def test_persons_who_come_while_it_runs_are_left_out(room, tmp_path):
    room.project.add_person("early", {"plan": "pro"})
    folder = Folder(tmp_path / "p.csv")
    folder.begin(order(room.posthog, persons(room.posthog), "csv"))
    steps = exported(room.posthog, folder)
    next(steps)
    room.project.home.store.write(
        "INSERT INTO persons (id, created_at, properties, is_identified, version) VALUES "
        "(generateUUIDv4(), now() + INTERVAL 1 MINUTE, '{}', 1, 1)"
    )
    *_, done = steps
    assert (done.rows, done.late) == (1, 1)


def test_properties_that_may_tell_who_somebody_is_are_left_out_and_told(room, tmp_path, capsys):
    names = ("plan", "email", "first_name", "product_name", "$ip")
    listed = [{"name": name, "property_type": "String"} for name in names]

    def fault(request, served):
        if request.url.path.endswith("/property_definitions/"):
            return httpx.Response(200, json={"count": len(listed), "results": listed})
        return served()

    room.wire.fault = fault
    usual = events(room.posthog, ["order"], START, END)
    room.wire.fault = None
    assert [one.name for one in usual.columns[4:]] == ["properties.plan", "properties.product_name"]
    begin(room.posthog, Folder(tmp_path / "out.csv"), lambda: usual, None)
    assert "may tell who somebody is: email, first_name." in capsys.readouterr().err


# Where it is written


def test_a_folder_of_that_name_that_is_not_ours_is_left_alone(room, tmp_path):
    folder = Folder(tmp_path / "out.csv")
    folder.path.mkdir()
    (folder.path / "notes.txt").write_text("mine")
    with pytest.raises(SettingsError, match="holds other files than an export's"):
        room.begun(folder.output)
    assert (folder.path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_file_is_never_replaced(room, tmp_path, kind):
    path = tmp_path / "out"
    if kind == "link":
        path.symlink_to("nowhere")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    for overwrite, said in ((False, "is there already"), (True, "is no plain file")):
        with pytest.raises(SettingsError, match=said):
            begin(room.posthog, Folder(path), room.what, "csv", overwrite=overwrite)
    assert not Folder(path).path.exists()


def test_a_disk_without_links_gets_its_file_and_keeps_those_of_others(room, tmp_path, monkeypatch):
    def no_links(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert finish(room.posthog, room.begun(tmp_path / "a.csv")).rows == 60
    folder = room.begun(tmp_path / "b.csv")
    steps = exported(room.posthog, folder)
    next(steps)
    folder.output.write_text("mine")
    with pytest.raises(SettingsError, match="is there already"):
        list(steps)
    assert folder.output.read_text() == "mine"


def test_two_processes_never_write_one_export(room, tmp_path):
    folder = room.begun(tmp_path / "out.csv")
    first = exported(room.posthog, folder)
    next(first)
    with pytest.raises(SettingsError, match="Another hogloop is exporting"):
        list(exported(room.posthog, Folder(folder.output)))
    with pytest.raises(SettingsError, match="Another hogloop is exporting"):
        room.begun(folder.output)
    *_, done = first
    assert done.rows == 60


def test_an_export_that_is_stopped_waits_for_nobody(room, tmp_path):
    folder = room.begun(tmp_path / "out.csv")
    limited, away = (
        PostHog(host="http://embedded", key=room.project.key, transport=room.wire),
        Event(),
    )

    def fault(request, served):
        if request.url.path.endswith("/query/"):
            away.set()
            return httpx.Response(429, headers={"retry-after": "61"})
        return served()

    room.wire.fault = fault

    def stop():
        away.wait(30)
        os.kill(os.getpid(), signal.SIGINT)

    Thread(target=stop, daemon=True).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(exported(limited, folder))
    room.wire.fault = None
    assert time.monotonic() - began < 20
    limited.close()


def test_an_export_goes_on_only_in_its_own_project(room, tmp_path):
    folder = room.begun(tmp_path / "out.csv")
    other = PostHog(
        host="http://elsewhere", key=room.project.key, transport=room.wire, sleep=lambda _: None
    )
    with pytest.raises(SettingsError, match="on http://embedded: go on with that"):
        list(exported(other, folder))


def test_a_file_with_a_space_in_its_name_can_be_verified(tmp_path):
    path = tmp_path / "my orders.csv"
    assert not is_verifying(["verify", str(path)])
    path.touch()
    assert is_verifying(["verify", str(path)])


# What a file can hold


def written(tmp_path, form, value, name="a"):
    made, part, path = (
        writer(form, Shape((name,), ("String",))),
        tmp_path / "1",
        tmp_path / "2.xlsx",
    )
    made.part(iter([[[value]]]), part)
    made.whole([part], path, 1)
    if form == "xlsx":
        sheet = load_workbook(path)["export"]
        return sheet["A1"].value, sheet["A2"].value
    if form == "parquet":
        return pyarrow.parquet.read_table(path).to_pylist()[0][name]
    text = path.read_bytes().decode()
    return json.loads(text)[name] if form == "jsonl" else list(csv.reader([*text.splitlines()]))


HALF = "cut \ud83d"


@pytest.mark.parametrize(
    ("form", "found"),
    [("csv", [["a"], ["cut \\ud83d"]]), ("jsonl", HALF), ("parquet", "cut \\ud83d"),
     ("xlsx", ("a", "cut \\ud83d"))],
)  # fmt: skip
def test_half_a_letter_ends_no_export(tmp_path, form, found):
    assert written(tmp_path, form, HALF) == found


def test_a_sheet_loses_nothing_it_can_not_hold(tmp_path):
    assert written(tmp_path, "xlsx", "bell\x07") == ("a", "bell_x0007_")
    assert written(tmp_path, "xlsx", 2**60)[1] == str(2**60)
    assert written(tmp_path, "xlsx", 12)[1] == 12
    with pytest.raises(SettingsError, match="a cell of a sheet holds 32,767"):
        written(tmp_path, "xlsx", "x" * 32_768)


def test_too_many_rows_for_a_sheet_are_refused_before_they_are_fetched(room, tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "XLSX_ROWS", 60)
    folder = Folder(tmp_path / "out.xlsx")
    with pytest.raises(SettingsError, match="60 rows do not fit into a sheet"):
        begin(room.posthog, folder, room.what, None)
    assert not folder.path.exists()


def test_a_name_of_a_column_is_no_formula(tmp_path):
    assert written(tmp_path, "xlsx", "x", "=1+1")[0] == "'=1+1"
    assert written(tmp_path, "csv", "\uff1d1", "=1+1") == [["'=1+1"], ["'\uff1d1"]]


@pytest.mark.parametrize(
    ("math", "whole"), [("total", True), ("unique", True), ("first_time", False)]
)
def test_events_are_exported_only_where_all_of_them_were_counted(math, whole):
    counted = {"series": [{"events": ["order"], "math": math}]}
    said = [Assistant(tool_calls=(ToolCall("a", "run_trends", counted),))]
    assert (counting(said) is not None) is whole
