"""The demo's planted incidents, asked about in plain English through the whole agent."""

from collections.abc import Iterator, Sequence

import pytest

from tests.local_fixtures import asked
from tools.local.connect import LocalProject, create_demo, open_project, stop_worker

PLANTED: dict[str, tuple[tuple[str, ...], Sequence[str]]] = {
    "token": (
        ("payment_failed rose from ", "apple_token_expired"),
        (
            "why did iOS payments drop on November 10 and 11?",
            "why did revenue dip last Tuesday?",
            "why did payments fall on November 10?",
        ),
    ),
    "google": (
        ("signed_up fell by ", "method google has "),
        (
            "signups fell off a cliff at the end of September, what happened?",
            "why did signups drop at the end of September?",
            "why did signups fall from September 27 to September 29?",
        ),
    ),
    "gap": (
        ("class_searched fell to 0 on 2026-08-19", "a gap in tracking, not in use"),
        (
            "searches went to zero on one day, did people stop searching?",
            "class searches went to zero on August 19, why?",
            "why did searches drop to zero on August 19?",
        ),
    ),
}
ROWS = [(q, cause) for cause, questions in PLANTED.values() for q in questions]


@pytest.fixture(scope="module")
def whole_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalProject]:
    """The demo at its full size: a twentieth of it has too few of anything to tell a cause."""
    project = open_project(tmp_path_factory.mktemp("whole"), "demo")
    for _ in create_demo(project):
        pass
    yield project
    stop_worker(project)


@pytest.mark.parametrize(("question", "cause"), ROWS, ids=[row[0] for row in ROWS])
def test_the_planted_cause_is_on_top(
    whole_demo: LocalProject, question: str, cause: tuple[str, ...]
) -> None:
    answer = asked(whole_demo, question)
    assert answer.headline.startswith("Yes: "), answer.headline
    for words in cause:
        assert words in answer.headline


def test_a_rise_that_was_none_is_denied_with_figures(whole_demo: LocalProject) -> None:
    answer = asked(whole_demo, "why did signups spike last week?")
    assert answer.headline.startswith(("No: signed_up ", "Barely: signed_up "))
    assert "usually" in answer.headline


def test_a_finished_experiment_is_weighed_against_what_went_the_wrong_way(
    whole_demo: LocalProject,
) -> None:
    answer = asked(whole_demo, "should we ship the new booking flow experiment?")
    assert "Weigh it against “Cancelled a booking (guardrail)”" in answer.text
    assert "95% interval +2.4% to +15.4%" in answer.text
    assert answer.unmatched == ()
