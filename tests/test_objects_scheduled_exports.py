"""What people say about exports that PostHog makes by itself."""

import pytest

from tests.test_objects_orders import talk as talk
from tools.changes.change import Outcome

EXPORTS = (("Lake S3", "day"), ("Warehouse", "hour"))


@pytest.fixture
def scheduled(talk):
    for name, every in EXPORTS:
        arguments = {"name": name, "to": "FileDownload", "every": every}
        done = talk.agent.toolbox.run("create_batch_export", arguments)
        assert done.outcome is Outcome.APPLIED
    talk.at.person.cards.clear()
    return talk


@pytest.mark.parametrize(
    "text", ["which exports are scheduled?", "list batch exports", "show me the scheduled exports"]
)
def test_scheduled_exports_are_listed(scheduled, text):
    answer = scheduled.say(text)
    assert answer.headline == "2 exports are scheduled."
    assert {row[0] for row in answer.tables[0].rows} == {"Warehouse", "Lake S3"}
    assert {row[3:] for row in answer.tables[0].rows} == {
        ("day", "not run yet"),
        ("hour", "not run yet"),
    }


def test_without_any_that_is_said(talk):
    assert talk.say("which exports are scheduled?").headline == "No export is scheduled."
    assert talk.say("pause the S3 export").headline == "No export is scheduled."


def test_one_is_paused_watched_and_let_run_again(scheduled):
    answer = scheduled.say("pause the Lake S3 export")
    assert scheduled.card.headline == "Pause the batch export Lake S3"
    assert answer.headline.startswith("Pause the batch export Lake S3: made"), answer.headline
    told = scheduled.say("how is the Lake S3 batch export doing?")
    assert told.headline == "Lake S3 writes events to FileDownload every day: paused."
    answer = scheduled.say("resume the Lake S3 export")
    assert answer.headline.startswith("Resume the batch export Lake S3: made"), answer.headline
    asked = scheduled.say("pause the export")
    assert asked.outcome == "asked"
    assert asked.headline in (
        "Which export: Warehouse and Lake S3?",
        "Which export: Lake S3 and Warehouse?",
    )


def test_past_days_are_written_again(scheduled):
    scheduled.say("backfill the Lake S3 export from 20 to 22 March")
    assert scheduled.card.headline == "Backfill Lake S3 from 2026-03-20 up to 2026-03-23"
    asked = scheduled.say("backfill the Lake S3 export")
    assert asked.headline == "Which days of Lake S3 are to be written again?"


def test_what_a_new_one_lacks_is_asked_for_and_never_a_password(talk):
    asked = talk.say("export events to S3 every day")
    assert (asked.outcome, asked.headline) == (
        "asked",
        "To export events to AwsS3 every day, bucket name, region, prefix and the id of the "
        "integration in PostHog that signs in are needed: what is it?",
    )
    assert "Passwords and keys are not taken" in asked.text
    assert talk.at.person.cards == []
    talk.say(
        "export events to S3 every day, bucket lake, region eu-west-1, prefix posthog/, "
        "integration 7"
    )
    assert talk.card.headline == (
        "Export all events to AwsS3 (bucket_name lake, prefix posthog/) every day"
    )


def test_while_nothing_may_be_changed_what_would_be_is_told(scheduled):
    scheduled.at.gate.mode.close()
    answer = scheduled.say("pause the Lake S3 export")
    assert answer.outcome == "declined"
    assert answer.headline.startswith("The export Lake S3 would be paused. Nothing was changed")
