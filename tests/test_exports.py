"""Exports through every kind of trouble: no row lost, none twice, no file that is not whole."""

import csv
import hashlib
import json
import random
import uuid
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import pyarrow.parquet
import pytest
from openpyxl import load_workbook

from agent.errors import SettingsError
from agent.export import run as running
from agent.export.arrow import ArrowParts
from agent.export.folder import Folder, manifest_of
from agent.export.formats import format_of
from agent.export.run import Finished, export, order, verify
from agent.journal import Journal
from tests.flags_fixtures import opened
from tests.writing_fixtures import Wire
from tools.client import PostHog
from tools.errors import InvalidArguments, ToolError
from tools.exports import pages as paging
from tools.exports.choices import events, personal, persons, rows
from tools.exports.pages import counted
from tools.local.hogql.literals import string
from tools.local.server import Server

ROWS = 600
START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 8, tzinfo=UTC)
NASTY = ("plain", "=1+1", "a,b", 'say "hi"', "two\nlines", "tab\there", "\u202eback", "", "ünï")


class Room:
    """A project with events, the way to it, and a client."""

    def __init__(self, project):
        self.project = project
        self.wire = Wire(httpx.WSGITransport(app=Server(project.home)))
        self.posthog = PostHog(
            host="http://embedded",
            key=project.key,
            transport=self.wire,
            sleep=lambda seconds: None,
        )

    def add(self, count, at=None, name="order", seed=0):
        """Events; many of them at the very same instant."""
        rng, lines = random.Random(seed), []
        for number in range(count):
            moment = at or START + timedelta(minutes=rng.randrange(7 * 24 * 6) * 10)
            properties = {"n": number, "word": NASTY[number % len(NASTY)], "email": "a@b.example"}
            stamp = f"{moment:%Y-%m-%d %H:%M:%S}"
            key = uuid.UUID(int=rng.getrandbits(128))
            lines.append(
                f"('{key}', {string(name)}, {string(json.dumps(properties))}, '{stamp}', 'd', "
                f"'{key}', now64(6))"
            )
        self.project.home.store.write(
            "INSERT INTO events (uuid, event, properties, timestamp, distinct_id, person_id, "
            f"created_at) VALUES {', '.join(lines)}"
        )

    def what(self, name="order", **options):
        options.setdefault("columns", ("uuid", "timestamp", "properties.n", "properties.word"))
        return events(self.posthog, [name], START, END, **options)

    def begun(self, path, form="csv", **options):
        self.wire.before, self.wire.fault = lambda request: None, None
        folder = Folder(path)
        folder.begin(order(self.posthog, self.what(**options), form))
        return folder


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("exports")) as project:
        room = Room(project)
        room.add(ROWS)
        room.add(10, name="other", seed=1)
        yield room


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    """Pages of 97 rows, so that a thousand events are many slices and ties cross their ends."""
    monkeypatch.setattr(paging, "PAGE", 97)
    monkeypatch.setattr(running, "PAGE", 97)


def exported(posthog, folder, **options):
    return export(posthog, folder, Journal(folder.output.with_name("journal.db")), **options)


def finish(posthog, folder, **options):
    *_, last = exported(posthog, folder, **options)
    assert isinstance(last, Finished)
    return last


def read(path, form):
    """The rows of a file: uuid, n, word."""
    if form == "csv":
        with path.open(newline="", encoding="utf-8") as file:
            found = [
                (r["uuid"], r["properties.n"], r["properties.word"]) for r in csv.DictReader(file)
            ]
    elif form == "jsonl":
        bodies = map(json.loads, path.read_text("utf-8").splitlines())
        found = [(b["uuid"], b["properties.n"], b["properties.word"]) for b in bodies]
    elif form == "parquet":
        table = pyarrow.parquet.read_table(path).to_pydict()
        names = ("uuid", "properties.n", "properties.word")
        found = list(zip(*(table[name] for name in names), strict=True))
    else:
        with closing(load_workbook(path, read_only=True)) as book:
            lines = book["export"].iter_rows(min_row=2, values_only=True)
            found = [(row[0], row[2], row[3]) for row in lines]
    return found


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "xlsx"])
def test_a_file_has_every_row_once_whatever_is_in_it(room, tmp_path, form):
    done = finish(room.posthog, room.begun(tmp_path / f"out.{form}", form))
    found = read(done.path, form)
    assert (done.rows, len(found), len({one[0] for one in found})) == (ROWS, ROWS, ROWS)
    guarded = form in ("csv", "xlsx")
    words = Counter(str(one[2] or "").replace("\r\n", "\n") for one in found)
    for word in NASTY:
        shown = f"'{word}" if guarded and word.startswith("=") else word
        assert words[shown] >= ROWS // len(NASTY), (word, words)
    assert verify(done.path) == ROWS
    assert not Folder(done.path).path.exists()


def test_the_manifest_says_what_was_exported(room, tmp_path):
    done = finish(room.posthog, room.begun(tmp_path / "out.csv"))
    body = json.loads(manifest_of(done.path).read_text())
    assert body["sha256"] == hashlib.sha256(done.path.read_bytes()).hexdigest()
    assert (body["rows"], sum(part["rows"] for part in body["parts"])) == (ROWS, ROWS)
    assert body["period"] == ["2026-03-01 00:00:00.000000", "2026-03-08 00:00:00.000000"]
    assert (body["project_id"], body["host"], body["late_rows"]) == (1, "http://embedded", 0)
    assert body["columns"]["timestamp"].startswith("DateTime64")


def test_a_file_that_was_touched_is_found_out(room, tmp_path):
    done = finish(room.posthog, room.begun(tmp_path / "out.csv"))
    done.path.write_bytes(done.path.read_bytes() + b"x")
    with pytest.raises(SettingsError, match="its content has changed"):
        verify(done.path)
    manifest_of(done.path).unlink()
    with pytest.raises(SettingsError, match="no manifest"):
        verify(done.path)


def test_what_comes_while_it_runs_is_left_out_and_told(room, tmp_path):
    room.add(300, name="late", seed=8)
    folder = room.begun(tmp_path / "out.csv", name="late")
    late = iter([True])

    def meanwhile(request):
        if next(late, False):
            room.add(7, at=START + timedelta(hours=1), name="late", seed=9)

    room.wire.before = meanwhile
    done = finish(room.posthog, folder)
    assert (done.rows, done.late) == (300, 7)
    assert len(read(done.path, "csv")) == 300


def test_rows_that_were_deleted_meanwhile_leave_no_file_that_says_it_is_whole(room, tmp_path):
    room.add(600, name="gone", seed=7)
    folder = room.begun(tmp_path / "out.csv", name="gone")
    steps = exported(room.posthog, folder)
    for _ in range(3):
        next(steps)
    room.project.home.store.write(
        "ALTER TABLE events DELETE WHERE event = 'gone' SETTINGS mutations_sync = 1"
    )
    with pytest.raises(ToolError):
        list(steps)
    assert not folder.output.exists()
    assert folder.is_there


def test_a_naive_client_gets_rows_twice_where_ours_does_not(room, tmp_path):
    """LIMIT and OFFSET, while events keep coming in before the page that is read."""
    room.add(400, name="busy", seed=6)
    text = "SELECT toString(uuid) FROM events WHERE event = 'busy' ORDER BY timestamp, uuid"
    before = set(column(room, f"{text} LIMIT 10000"))
    folder = room.begun(tmp_path / "out.csv", name="busy")

    def coming(request):
        room.add(3, at=START + timedelta(seconds=1), name="busy", seed=random.random())

    room.wire.before = coming
    ours = finish(room.posthog, folder)
    naive: list[str] = []
    while len(naive) < 400:
        naive += column(room, f"{text} LIMIT 97 OFFSET {len(naive)}")
    assert len(naive) > len(set(naive)), "the naive client lost its place"
    found = [one[0] for one in read(ours.path, "csv")]
    assert len(found) == len(set(found))
    assert set(found) == before


def column(room, query):
    return [row[0] for row in room.posthog.query({"kind": "HogQLQuery", "query": query})["results"]]


def test_a_log_that_was_cut_in_the_middle_of_a_line_loses_only_that_part(room, tmp_path):
    folder = room.begun(tmp_path / "out.csv")
    steps = exported(room.posthog, folder)
    for _ in range(6):
        next(steps)
    steps.close()
    log = folder.path / "parts.jsonl"
    kept = len(folder.done())
    log.write_bytes(log.read_bytes().rstrip(b"\n")[:-20])
    assert len(folder.done()) == kept - 1
    number = min(folder.done())
    folder.file(number).write_bytes(b"other")
    assert number not in folder.done()
    done = finish(room.posthog, folder)
    assert len({one[0] for one in read(done.path, "csv")}) == ROWS


def test_a_file_that_is_there_is_never_replaced_unasked(room, tmp_path):
    path = tmp_path / "out.csv"
    folder = room.begun(path)
    path.write_text("mine")
    with pytest.raises(SettingsError, match="is there already"):
        finish(room.posthog, folder)
    path.unlink()
    steps = exported(room.posthog, folder)
    next(steps)
    path.write_text("mine, in the meantime")
    with pytest.raises(SettingsError, match="is there already"):
        list(steps)
    assert path.read_text() == "mine, in the meantime"
    assert finish(room.posthog, folder, overwrite=True).rows == ROWS


# What can be exported


def test_persons_and_the_rows_of_a_query(room, tmp_path):
    for number in range(150):
        room.project.add_person(f"p{number}", {"plan": "pro"})
    folder = Folder(tmp_path / "persons.csv")
    folder.begin(
        order(room.posthog, persons(room.posthog, columns=("id", "properties.plan")), "csv")
    )
    assert finish(room.posthog, folder).rows == 150
    text = "SELECT toString(uuid) AS key, event FROM events"
    with pytest.raises(SettingsError, match="name a column of it that is unique with --key"):
        order(room.posthog, rows(text), "csv")
    folder = Folder(tmp_path / "query.csv")
    folder.begin(order(room.posthog, rows(text, "key"), "csv"))
    every = counted(room.posthog, f"SELECT count() FROM ({text})")
    assert finish(room.posthog, folder).rows == every


def test_personal_columns_come_only_when_they_are_asked_for(room):
    usual = events(room.posthog, [], START, END)
    assert [column.name for column in usual.columns] == ["uuid", "timestamp", "event", "person_id"]
    assert personal(usual) == ()
    asked = room.what(columns=("uuid", "distinct_id", "properties", "properties.email"))
    assert personal(asked) == ("distinct_id", "properties", "properties.email")


@pytest.mark.parametrize("name", ["nonsense", "properties.", "person.email", "1; drop"])
def test_a_column_that_is_not_there_is_refused(room, name):
    with pytest.raises(InvalidArguments, match="There is no column"):
        room.what(columns=(name,))


@pytest.mark.parametrize(
    ("name", "path", "form"),
    [(None, "a.parquet", "parquet"), ("jsonl", "a.csv", "jsonl"), (None, "a.json", "jsonl"),
     (None, None, "csv"), ("XLSX", None, "xlsx")],
)  # fmt: skip
def test_the_format_is_that_of_the_option_or_of_the_file(tmp_path, name, path, form):
    assert format_of(name, tmp_path / path if path else None) == form
    with pytest.raises(SettingsError, match="There is no format 'docx'"):
        format_of("docx", None)


def test_types_of_clickhouse_are_those_of_parquet():
    kinds = {
        "DateTime64(6, 'UTC')": "timestamp[us, tz=UTC]",
        "Nullable(Bool)": "bool",
        "UInt64": "uint64",
        "Int8": "int8",
        "Nullable(Float64)": "double",
        "LowCardinality(Nullable(String))": "string",
        "UUID": "string",
        "Array(String)": "string",
    }
    parts = ArrowParts([f"c{n}" for n in range(len(kinds))], list(kinds))
    assert [str(field.type) for field in parts._schema] == list(kinds.values())
