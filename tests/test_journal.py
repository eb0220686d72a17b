import json
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agent.answer import Answer, AnswerTable, Draft, Unmatched, Window
from agent.journal import Journal, JournalError
from agent.messages import Assistant, System, ToolCall, ToolResult, User
from agent.transcript import Transcript

KEY = "phx_" + "k" * 24
ANSWER = Answer(
    question="How many people signed up last week?",
    outcome="answered",
    headline="182 people signed up last week.",
    text="The most on Tuesday.",
    tables=(AnswerTable(("day", "people"), (("2026-11-02", 182), (None, 1.5)), False, 12),),
    queries=("SELECT 1", {"kind": "TrendsQuery"}),
    window=Window("2026-11-02T00:00:00+00:00", "2026-11-09T00:00:00+00:00", "UTC"),
    project_id=1,
    project_name="Stretchwell",
    project_host="http://embedded",
    model="built-in planner",
    assumptions=("the week starts on Monday",),
    choices=("one", "two"),
    suggestions=("signups by country",),
    unmatched=(Unmatched("headline", 0, 3, "182"), Unmatched("text", 4, 8, "most")),
    input_tokens=3,
    output_tokens=4,
    steps=5,
    seconds=0.25,
)
DRAFT = Draft("answered", "182", plan={("no", "JSON"): "key"})


def test_a_receipt_brings_back_the_whole_answer(tmp_path):
    kept = Journal(tmp_path / "journal.db").keep(ANSWER)
    assert kept == replace(ANSWER, receipt=kept.receipt)
    assert Journal(tmp_path / "journal.db").find(kept.receipt) == kept


def test_numbers_that_no_result_founds_are_counted(tmp_path):
    journal = Journal(tmp_path / "journal.db")
    assert journal.unmatched() == (0, 0)
    journal.keep(replace(ANSWER, unmatched=()))
    journal.keep(ANSWER)
    assert journal.unmatched() == (1, 2)


def test_an_unknown_receipt_finds_nothing(tmp_path):
    assert Journal(tmp_path / "journal.db").find("r_nothing") is None


def test_the_journal_is_private_and_keeps_no_key(tmp_path):
    path = tmp_path / "home" / "journal.db"
    kept = Journal(path).keep(replace(ANSWER, question=f"is {KEY} right?", text=f"no: {KEY}"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert Journal(path).find(kept.receipt).question == "is phx_[removed] right?"
    assert KEY.encode() not in path.read_bytes()


def test_a_journal_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "journal.db").mkdir()
    with pytest.raises(JournalError, match=r"^The journal .*journal\.db can't be used \(.*\): "):
        Journal(tmp_path / "journal.db").keep(ANSWER)


def test_a_broken_journal_says_so(tmp_path):
    (tmp_path / "journal.db").write_bytes(b"not a database" * 100)
    with pytest.raises(JournalError, match="file is not a database"):
        Journal(tmp_path / "journal.db").keep(ANSWER)


def test_two_processes_write_at_once(tmp_path):
    path = tmp_path / "journal.db"
    program = (
        "import sys; from pathlib import Path; from agent.answer import Answer; "
        "from agent.journal import Journal; "
        "[Journal(Path(sys.argv[1])).keep(Answer('q', 'answered', 'h')) for _ in range(25)]"
    )
    both = [subprocess.Popen([sys.executable, "-c", program, path]) for _ in range(2)]
    assert [process.wait(30) for process in both] == [0, 0]
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count() FROM receipts").fetchone() == (50,)
    database.close()


def test_a_transcript_is_one_json_object_a_line(tmp_path):
    transcript = Transcript(tmp_path / "transcripts", datetime(2026, 11, 15, 12, tzinfo=UTC))
    said = [
        System("rules"),
        User(f"use {KEY}"),
        Assistant("", (ToolCall("1", "run_hogql", {"query": "SELECT 1"}),), draft=DRAFT),
        ToolResult("1", "run_hogql", "1", output=object()),
        ANSWER,
    ]
    for message in said:
        transcript.write(message)
    lines = [json.loads(line) for line in transcript.path.read_text().splitlines()]
    assert [line["kind"] for line in lines] == [type(message).__name__ for message in said]
    assert lines[1]["text"] == "use phx_[removed]"
    assert lines[2]["tool_calls"][0]["arguments"] == {"query": "SELECT 1"}
    assert lines[4]["headline"] == ANSWER.headline
    assert transcript.path.stat().st_mode & 0o777 == 0o600
