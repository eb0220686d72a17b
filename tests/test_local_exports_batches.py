import gzip
import io
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pyarrow.parquet as pq
import pytest

from tests.objects_fixtures import NOW, Event, api, people, person_id
from tools.local.exports.schedule import MOST, spans

DAY = NOW - timedelta(days=2)
STREAM = [
    Event("a", 1, DAY, {"n": 1}),
    Event("a", 2, DAY + timedelta(hours=1), {"n": 2}),
    Event("b", 1, NOW - timedelta(days=20)),
]


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    with api(tmp_path_factory.mktemp("batches")) as made:
        made.project.load(STREAM, persons=people(1, 2))
        yield made


DOWNLOADS = "file_download_batch_exports/"


def wanted(form="JSONLines", **more):
    return {
        "model": "events",
        "file": {"format": form, **more.pop("file", {})},
        "data_interval_start": "2026-03-31T00:00:00Z",
        "data_interval_end": "2026-04-02T00:00:00Z",
        **more,
    }


def downloaded(ask, body):
    """The file of a download once it is there."""
    made = ask.post(DOWNLOADS, body)["id"]
    done = ask.until(f"{DOWNLOADS}{made}/", "status", ("Starting", "Running"))
    assert (done["status"], done["error"], len(done["files"])) == ("Completed", None, 1)
    whole = ask.get(f"{DOWNLOADS}{made}/download/")
    assert ask.get(f"{DOWNLOADS}{made}/download/{done['files'][0]}/") == whole
    assert ask.refused("GET", f"{DOWNLOADS}{made}/download/other/") == (404, "Not found.")
    return whole


def test_events_of_an_interval_are_downloaded_as_json_lines(ask):
    raw = gzip.decompress(downloaded(ask, wanted(file={"compression": "gzip"})))
    lines = [json.loads(line) for line in raw.splitlines()]
    assert [line["properties"] for line in lines] == [STREAM[0].properties, STREAM[1].properties]
    assert (lines[0]["event"], lines[0]["person_id"]) == ("a", person_id(1))
    assert lines[0]["timestamp"] == "2026-03-31T12:30:00Z"


@pytest.mark.parametrize("compression", [None, "zstd", "snappy"])
def test_events_are_downloaded_as_parquet(ask, compression):
    raw = downloaded(ask, wanted("Parquet", file={"compression": compression}))
    read = pq.read_table(io.BytesIO(raw))
    assert read.column("distinct_id").to_pylist() == ["p1", "p2"]
    assert json.loads(read.column("properties").to_pylist()[1]) == {"n": 2}


def test_events_are_picked_by_name(ask):
    assert downloaded(ask, wanted(exclude=["a"])) == b""
    assert len(downloaded(ask, wanted(include=["a"])).splitlines()) == 2


NOT_DOWNLOADED = {
    "too long": (
        wanted(data_interval_start="2026-03-01T00:00:00Z"),
        400,
        "The interval may be 7 days at most.",
    ),
    "the future": (
        wanted(data_interval_end="2026-04-03T00:00:00Z"),
        400,
        "data_interval_end must not be in the future.",
    ),
    "HogQL": (wanted(model="hogql"), 403, "HogQL batch exports are not enabled for this team."),
    "an odd compression": (
        wanted(file={"compression": "snappy"}),
        400,
        "JSONLines files are compressed with gzip, brotli, zstd, lz4, or not at all.",
    ),
    "persons": (
        wanted(model="persons"),
        400,
        "The embedded project does not know when persons changed: "
        "export them with a query (exports/).",
    ),
}


@pytest.mark.parametrize("name", NOT_DOWNLOADED)
def test_what_can_not_be_downloaded_is_refused(ask, name):
    body, status, sentence = NOT_DOWNLOADED[name]
    assert ask.refused("POST", DOWNLOADS, body) == (status, sentence)


EXPORT = {"name": "Daily", "interval": "day", "destination": {"type": "FileDownload"}}


def test_a_batch_export_makes_a_file_for_each_interval(ask):
    made = ask.post("batch_exports/", EXPORT)
    path = f"batch_exports/{made['id']}/"
    span = {"start_at": "2026-03-30", "end_at": "2026-04-02"}
    begun = ask.post(f"{path}backfills/", span)["backfill_id"]
    assert ask.get(f"{path}backfills/{begun}/")["progress"]["total_runs"] == 3
    assert ask.refused("GET", f"{path}backfills/other/") == (404, "Not found.")
    for run in ask.get(f"{path}runs/")["results"]:
        ask.until(f"{path}runs/{run['id']}/", "status", ("Starting", "Running"))
    assert ask.get(f"{path}backfills/")["results"][0]["status"] == "Completed"
    runs = ask.get(f"{path}runs/")["results"]
    assert [(run["status"], run["records_completed"]) for run in runs] == [
        ("Completed", 0),
        ("Completed", 2),
        ("Completed", 0),
    ]
    assert runs[1]["data_interval_start"] == "2026-03-31T00:00:00Z"
    (file,) = runs[1]["files"]
    lines = (ask.home.folder / "exports" / f"{file}.jsonl").read_text().splitlines()
    assert [json.loads(line)["distinct_id"] for line in lines] == ["p1", "p2"]
    again = ask.post(f"{path}runs/{runs[1]['id']}/retry/", {})["backfill_id"]
    done = ask.until(f"{path}backfills/{again}/", "status", ("Starting", "Running"))
    assert (done["status"], done["progress"]["finished_runs"]) == ("Completed", 1)
    (made,) = [one for one in ask.get(f"{path}runs/")["results"] if one["backfill_id"] == again]
    assert made["records_completed"] == 2


@pytest.mark.parametrize(
    ("interval", "start", "said"),
    [
        ("day", "2026-03-30T00:00:00Z", "is not a valid ISO formatted date."),
        ("hour", "2026-03-30", "is naive."),
        ("hour", "soon", "is not a valid ISO formatted datetime."),
        ("day", "2026-04-02", "The initial backfill datetime 'start_at' must be before 'end_at'"),
    ],
)
def test_a_backfill_is_of_days_or_of_instants_as_its_export_is(ask, interval, start, said):
    made = ask.post("batch_exports/", {**EXPORT, "interval": interval, "paused": True})
    end = "2026-04-02" if interval == "day" else "2026-04-02T00:00:00Z"
    sent = {"start_at": start, "end_at": end}
    status, told = ask.refused("POST", f"batch_exports/{made['id']}/backfills/", sent)
    assert (status, said in told) == (400, True), told


def test_a_batch_export_runs_when_its_interval_has_passed_unless_it_is_paused(ask):
    made = ask.post("batch_exports/", EXPORT)
    path = f"batch_exports/{made['id']}/"
    assert made["latest_runs"] == []
    try:
        ask.home.meta.set_clock(NOW + timedelta(days=2))
        due = ask.get(path)["latest_runs"]
        starts = [run["data_interval_start"][:10] for run in due]
        assert starts == ["2026-04-03", "2026-04-02"]
        assert ask.post(f"{path}pause/", {}) == {"paused": True}
        ask.home.meta.set_clock(NOW + timedelta(days=3))
        assert len(ask.get(path)["latest_runs"]) == 2
        assert ask.post(f"{path}unpause/", {}) == {"paused": False}
        assert len(ask.get(path)["latest_runs"]) == 3
        for run in ask.get(path)["latest_runs"]:
            ask.until(f"{path}runs/{run['id']}/", "status", ("Starting", "Running"))
    finally:
        ask.home.meta.set_clock(NOW)
    assert ask("DELETE", path).status == 204
    assert ask.refused("GET", path) == (404, "Not found.")


def test_a_batch_export_to_elsewhere_is_refused_by_name(ask):
    sent = {**EXPORT, "destination": {"type": "S3", "config": {}}}
    assert ask.refused("POST", "batch_exports/", sent) == (
        400,
        "Rows go to files of the embedded project: the destination is FileDownload, not S3.",
    )
    sent = {**EXPORT, "destination": {"type": "FileDownload", "config": {"bucket": "x"}}}
    said = ask.refused("POST", "batch_exports/", sent)
    assert said == (400, "Configuration has unknown field/s: 'bucket'")
    said = ask.refused("POST", "batch_exports/", EXPORT, scopes=("batch_export:read",))
    assert said == (403, "API key missing required scope 'batch_export:write'")


def test_years_of_intervals_are_refused_or_left_out_and_never_listed(ask):
    sent = {**EXPORT, "interval": "every 5 minutes", "start_at": "0001-01-01T00:00:00Z"}
    path = f"batch_exports/{ask.post('batch_exports/', {**sent, 'paused': True})['id']}/"
    ages = {"start_at": "0001-01-01T00:00:00Z", "end_at": "9999-12-31T00:00:00Z"}
    said = ask.refused("POST", f"{path}backfills/", ages)
    assert said == (400, "A backfill has 500 runs at most: ask for less time.")
    before = {"start_at": "0001-01-01T00:00:00+14:00", "end_at": "2026-01-01T00:00:00Z"}
    said = ask.refused("POST", f"{path}backfills/", before)
    assert said == (400, "0001-01-01T00:00:00+14:00 is not in a year from 1 to 9999 in UTC.")
    assert ask.get(f"{path}runs/?limit=2")["count"] == 0
    listed = spans(datetime.min.replace(tzinfo=UTC), NOW, "every 5 minutes")
    assert (len(listed), listed[-1][1]) == (MOST, NOW)
    assert all(end == start for (_, end), (start, _) in pairwise(listed))


@pytest.mark.parametrize("name", ["interval", "destination", "model", "paused"])
def test_what_a_batch_export_needs_can_not_be_taken_away(ask, name):
    path = f"batch_exports/{ask.post('batch_exports/', {**EXPORT, 'paused': True})['id']}/"
    status, body = ask("PATCH", path, {name: None})
    assert (status, body["attr"]) == (400, name)
    assert ask.get(path)["interval"] == EXPORT["interval"]
