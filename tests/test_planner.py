import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from agent.planner.answers.reading import reading
from agent.planner.english.windows import Clock
from agent.planner.plan import Plan, Reply
from tests.taxonomies import SHOP, STUDIO, TRACKER, Taxonomy, read

NOW = datetime(2026, 11, 15, 12)
DATES = re.compile(r" \(\d{4}-\d\d-\d\d[^)]*\)")
MARKS = ("ranked", "ascending", "gaps", "peak")


def said(found: Plan | Reply) -> str:
    """A reading in one line: what, when, how it is told."""
    if isinstance(found, Reply):
        return f"{found.outcome}: {found.headline}"
    line = DATES.sub("", reading(found, found.scope.span, Clock(NOW)))
    marks = [m for m in MARKS if getattr(found, m, False) or getattr(found.scope, m, False)]
    marks += [f"top {found.scope.limit}"] if found.scope.limit else []
    return " | ".join([line.removeprefix("Read as: ").removesuffix("."), *marks])


def readings() -> Iterator[tuple[Taxonomy, tuple[str, ...], str]]:
    """Each block of `readings.txt`: a project, messages, how the last is read."""
    projects, project = {"SHOP": SHOP, "STUDIO": STUDIO, "TRACKER": TRACKER}, SHOP
    for block in (Path(__file__).parent / "readings.txt").read_text("utf-8").split("\n\n"):
        if block.startswith("# "):
            project = projects[block[2:].strip()]
        else:
            *questions, line = block.strip().split("\n")
            yield project, tuple(questions), line.removeprefix("=> ")


@pytest.mark.parametrize(
    ("project", "questions", "line"), [pytest.param(*one, id=one[1][-1]) for one in readings()]
)
def test_a_message_is_read_as(project: Taxonomy, questions: tuple[str, ...], line: str) -> None:
    found = read(project, *questions)
    if line == "not answered":
        assert isinstance(found, Reply), said(found)
    else:
        assert said(found).partition(" The nearest here")[0] == line


def test_an_event_that_ended_before_the_period_is_not_meant() -> None:
    found = read(STUDIO, "How many times was a class booked last week?")
    assert said(found).startswith("booking_completed events")
    assert said(read(STUDIO, "`booked_class` in January 2026")).startswith("booked_class events")


def test_no_name_need_be_known_in_advance() -> None:
    renamed = replace(
        SHOP, events={"zorp_frobbed": "flimflam:n colour:s", "zorp_blipped": "colour:s"}
    )
    assert said(read(renamed, "average flimflam of zorps frobbed by colour in 2011")) == (
        "average flimflam of zorp_frobbed, by colour, 2011"
    )


def test_slips_are_mended_alike_in_every_process() -> None:
    program = (
        "from agent.planner.english.spelling import mended; "
        "from agent.planner.english.words import tokenize; "
        "t = tokenize('opnes attended catgories tril evry bookngs cancelations'); "
        "print([x.word for x in mended(t, range(len(t)), ())[0]])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in "123"
    }
    assert len(outputs) == 1


WORDS = (
    "how many top 5 average median of by per in last week month 2026 users people bookings signups",
    "revenue country Germany Chrome vs and or not excluding over 10 first most fewest share ratio",
    "cumulative since before each $browser `rating` 'x' /pricing % ( ) ? , funnel conversion from",
    "to then within retention churn why sessions never did who list more than times day hour",
)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(" ".join(WORDS).split()), min_size=1, max_size=12))
def test_any_string_of_words_gets_a_reading(words: list[str]) -> None:
    assert isinstance(read(STUDIO, " ".join(words)), Plan | Reply)


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_any_text_at_all_gets_a_reading(text: str) -> None:
    assert isinstance(read(STUDIO, text or "?"), Plan | Reply)


def test_the_whole_name_of_an_event_is_not_taken_apart_for_another_reading() -> None:
    project = replace(STUDIO, events=STUDIO.events | {"trial_started": "plan:s"})
    sure = read(project, "users who started a trial but did not cancel a subscription")
    assert said(sure).startswith("people who did trial_started but not subscription_cancelled")
    for question in ("users who started a trial but did not cancel", "who began a trial and left"):
        assert "booking_started" not in said(read(project, question))


def test_a_value_of_a_person_replaces_one_of_an_event_of_the_same_property() -> None:
    events = {**STUDIO.events, "signed_up": "role:s"}
    values = {"role": ("employee", "studio_owner")}
    project = replace(STUDIO, events=events, persons="role:s", values=values)
    first = "how many signed up with the role employee last month?"
    found = said(read(project, first, "and for studio owners?"))
    assert "studio_owner" in found
    assert "employee" not in found
