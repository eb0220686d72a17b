"""Scheduled exports as changes: proposed, approved, made, watched, paused, backfilled, undone."""

import json

import pytest

from tests.writing_fixtures import desk
from tools.changes.change import Outcome
from tools.errors import ChangeRefused, InvalidArguments
from tools.toolbox import Toolbox

S3 = {"bucket_name": "lake", "region": "eu-west-1", "prefix": "posthog/"}
DAYS = {"start": "2026-03-01", "end": "2026-03-03"}


@pytest.fixture(scope="module")
def at(tmp_path_factory):
    with desk(tmp_path_factory.mktemp("scheduled")) as at:
        yield at


def made(at, name, **more):
    done = at.do("create_batch_export", name=name, to="FileDownload", **more)
    assert (done.outcome, done.moved) == (Outcome.APPLIED, ()), done.sentence
    return done


def shown(at, name):
    (row,) = Toolbox(at.posthog).run("get_batch_export", {"name": name}).rows
    return row


def test_one_is_made_watched_paused_and_taken_away_again(at):
    done = made(at, "Daily", every="day")
    rows = {one.what: one.after for one in done.change.differences}
    assert (rows["to"], rows["rows"], rows["every"]) == (
        "FileDownload",
        "all events with all their properties",
        "day",
    )
    assert (shown(at, "Daily").paused, shown(at, "daily").every) == (False, "day")
    paused = at.do("pause_batch_export", name="Daily")
    assert paused.outcome is Outcome.APPLIED, paused.sentence
    assert shown(at, "Daily").paused
    with pytest.raises(ChangeRefused, match="is so already"):
        at.do("pause_batch_export", name="Daily")
    assert at.gate.undo(paused.change.id).outcome is Outcome.APPLIED
    assert not shown(at, "Daily").paused
    gone = at.gate.undo(done.change.id)
    assert gone.outcome is Outcome.APPLIED, gone.sentence
    with pytest.raises(InvalidArguments, match="There is no 'Daily'"):
        shown(at, "Daily")


def test_past_days_are_written_once_unless_that_was_ended(at):
    made(at, "Past", every="day")
    done = at.do("backfill_batch_export", name="Past", **DAYS)
    assert done.outcome is Outcome.APPLIED, done.sentence
    (backfill,) = shown(at, "Past").backfills
    assert (backfill.start, backfill.end, backfill.runs) == (
        "2026-03-01T00:00:00Z",
        "2026-03-03T00:00:00Z",
        2,
    )
    with pytest.raises(ChangeRefused, match="backfilled already"):
        at.do("backfill_batch_export", name="Past", **DAYS)
    for days, said in (
        ({"start": "2026-03-03", "end": "2026-03-03"}, "ends before it begins"),
        ({"start": "2026-03-03", "end": "2999-01-01"}, "is not past yet"),
    ):
        with pytest.raises(InvalidArguments, match=said):
            at.do("backfill_batch_export", name="Past", **days)


def test_an_answer_that_is_lost_is_settled_by_reading(at):
    import httpx

    def lost(request, served):
        answer = served()
        if request.method == "POST" and "batch_exports" in request.url.path:
            raise httpx.ReadTimeout("no")
        return answer

    at.wire.fault = lost
    try:
        assert made(at, "Lost").object_id
    finally:
        at.wire.fault = None


def proposed(at, **arguments):
    """What would be sent, as nobody approves it."""
    from tools.changes.batch_exports import create_batch_export

    return create_batch_export.function(at.posthog, create_batch_export.parse(arguments))


@pytest.mark.parametrize(
    ("to", "config", "integration", "said"),
    [
        ("AwsS3", {}, None, "needs bucket_name, region, prefix and the id of the integration"),
        ("AwsS3", S3, None, "needs the id of the integration that signs in"),
        ("Snowflake", {"database": "D"}, 3, "needs warehouse and schema"),
        ("AwsS3", {**S3, "aws_secret_access_key": "x"}, 3, "Credentials are not taken here"),
        ("Postgres", {"database": "d", "password": "x"}, 3, "Credentials are not taken here"),
    ],
)
def test_what_is_lacking_or_secret_is_one_sentence(at, to, config, integration, said):
    arguments = {"name": "Lake", "to": to, "config": config, "integration": integration}
    with pytest.raises(InvalidArguments, match=said):
        proposed(at, **arguments)


def test_another_place_is_signed_in_to_by_an_integration_and_stands_on_the_card(at):
    change = proposed(at, name="Lake", to="AwsS3", config=S3, integration=7)
    sent = change.request.body["destination"]
    assert (sent["integration_id"], sent["config"]["bucket_name"]) == (7, "lake")
    rows = {one.what: one.after for one in change.differences}
    assert rows["signs in by"] == "integration 7 of PostHog"
    assert rows["to"] == "AwsS3 (bucket_name lake, prefix posthog/)"
    assert change.risk.name == "HIGH"
    done = at.do("create_batch_export", name="Lake", to="AwsS3", config=S3, integration=7)
    assert done.outcome is Outcome.REFUSED
    assert "Rows go to files of the embedded project" in done.sentence
    assert "integration_id" in json.dumps(done.change.as_json())


def test_what_a_destination_holds_of_secrets_is_not_shown(at):
    from tools.batch_exports import place

    config = {"bucket_name": "lake", "aws_access_key_id": "AKIA", "password": "hush"}
    assert place({"type": "AwsS3", "config": config}) == "AwsS3 (bucket_name lake)"
