"""What members do beside booking: signing up, inviting, reviewing, asking the AI and support."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from tools.local.demo import clock
from tools.local.demo.batch import Batch, in_session, page
from tools.local.demo.draw import Array, choice
from tools.local.demo.fragments import of_class
from tools.local.demo.model import model
from tools.local.demo.people import IOS_APP, METHODS, PASSING, ROLES
from tools.local.demo.text import number, pick, quoted, take
from tools.local.demo.visits import BROWSE, SIGNUP
from tools.local.demo.world import World

AI_FROM = clock.at("2026-09-01")
INVITE_CHANNELS = ("link", "email", "sms")
_STEPS = ("goals", "location", "notifications")
_FINISHES = np.array([0.92, 0.86, 0.72, 0.5])


def membership(world: World) -> Iterator[Batch]:
    """Yield the events of members."""
    yield from _signups(world)
    yield from _onboarding(world)
    yield from _invites(world)
    yield from _reviews(world)
    yield from _ai_plans(world)
    yield from _messages(world)


def _signups(world: World) -> Iterator[Batch]:
    population = world.population
    visit = np.flatnonzero(world.sessions.purpose == SIGNUP)
    person = world.sessions.person[visit]
    inviter = population.inviter[person]
    ids = pa.array(population.user_ids())
    yield in_session(world, "$pageview", visit, 3.0, path=page("/signup"))
    yield in_session(
        world,
        "$identify",
        visit,
        3.5,
        quoted("$anon_distinct_id", population.anonymous_id.take(pa.array(person))),
    )
    yield in_session(
        world, "signed_up", visit, 3.6,
        pick("method", METHODS, population.method[person]),
        pick("from_invite", (False, True), (inviter >= 0).astype(int)),
        take(quoted("referrer_id", ids), inviter),
        pick("role", ROLES, population.role[person]),
    )  # fmt: skip
    invited = np.flatnonzero(inviter >= 0)
    yield in_session(
        world, "invite_accepted", visit[invited], 3.7,
        take(quoted("referrer_id", ids), inviter[invited]),
        pick("channel", INVITE_CHANNELS, choice(world.rng("accepted"), [6, 3, 1], len(invited))),
    )  # fmt: skip


def _onboarding(world: World) -> Iterator[Batch]:
    rng = world.rng("onboarding")
    visit = np.flatnonzero(world.sessions.purpose == SIGNUP)
    finishes = (
        rng.random(len(visit)) < _FINISHES[world.population.segment[world.sessions.person[visit]]]
    )
    done = np.where(finishes, 3, choice(rng, [3, 4, 3], len(visit)))
    for index, step in enumerate(_STEPS):
        rows = visit[done > index]
        yield in_session(
            world, "onboarding_step_completed", rows, 4.1 + index / 10,
            pick("step", [step], rows * 0), number("step_index", rows * 0 + index + 1),
            path=page("/onboarding"),
        )  # fmt: skip
    rows = visit[finishes]
    allowed = rng.random(len(rows)) < np.where(world.sessions.platform[rows] < IOS_APP, 0.42, 0.68)
    yield in_session(
        world, "onboarding_completed", rows, 4.5,
        number("duration_s", np.round(rng.lognormal(4.2, 0.6, len(rows))).astype(np.int64)),
        pick("notifications_allowed", (False, True), allowed.astype(int)),
    )  # fmt: skip


def _invites(world: World) -> Iterator[Batch]:
    rng = world.rng("invites")
    visit = _members(world, rng, 0.025)
    yield in_session(
        world,
        "invite_sent",
        visit,
        9.0,
        pick("channel", INVITE_CHANNELS, choice(rng, [6, 3, 1], len(visit))),
    )


def _reviews(world: World) -> Iterator[Batch]:
    rng, booked = world.rng("reviews"), world.booked
    written = np.flatnonzero(booked.attended & (rng.random(len(booked.visit)) < 0.3))
    after = booked.class_date[written] + 2 * clock.HOUR
    visit = world.next_visit(booked.person[written], after)
    soon = (visit >= 0) & (world.sessions.start[visit] - after < 10 * clock.DAY)
    written, visit = written[soon], visit[soon]
    cls = booked.cls[written]
    rating = 1 + choice(rng, [4, 6, 14, 36, 40], len(visit))
    text = choice(rng, np.ones(len(model().reviews)), len(visit))
    yield in_session(
        world, "review_submitted", visit, 9.1 + rng.random(len(visit)) / 100,
        of_class(world, cls, "class_id", "category", "studio_id", "city"),
        number("rating", rating),
        pick("text", model().reviews, np.where(rng.random(len(visit)) < 0.6, text, -1)),
        studio=world.on_sale.studio[cls],
    )  # fmt: skip


def _ai_plans(world: World) -> Iterator[Batch]:
    rng = world.rng("ai")
    visit = _members(world, rng, 0.12, since=AI_FROM)
    first = np.flatnonzero(
        _browsing(world) & world.sessions.within(AI_FROM, AI_FROM + 20 * clock.HOUR)
    )
    visit = np.union1d(visit, first[:3])
    yield in_session(world, "$pageview", visit, 9.2, path=page("/ai-plan"))
    visit = np.repeat(visit, 1 + rng.poisson(0.4, len(visit)))
    second = world.sessions.start[visit] >= clock.at("2026-10-12")
    accepted = rng.random(len(visit)) < np.where(second, 0.68, 0.55)
    yield in_session(
        world, "ai_plan_generated", visit, 9.21 + rng.random(len(visit)) / 100,
        pick("model_version", ("coach-1", "coach-2"), second.astype(int)),
        number("latency_ms", np.round(rng.lognormal(8.1, 0.4, len(visit))).astype(np.int64)),
        number("tokens", rng.integers(600, 3200, len(visit))),
        pick("accepted", (False, True), accepted.astype(int)),
    )  # fmt: skip


def _messages(world: World) -> Iterator[Batch]:
    rng = world.rng("messages")
    visit = _members(world, rng, 0.07)
    campaigns = ("class-reminder", "weekly-digest", "come-back", "new-studios", "price-drop")
    yield in_session(
        world, "notification_opened", visit, 0.5,
        pick("campaign", campaigns, choice(rng, [8, 5, 3, 2, 2], len(visit))),
        pick("push", (False, True), (world.sessions.platform[visit] >= IOS_APP).astype(int)),
    )  # fmt: skip
    asking = _members(world, rng, 0.006)
    topics = ("billing", "booking", "refund", "app_problem", "studio", "account")
    yield in_session(
        world, "support_ticket_opened", asking, 9.5,
        pick("topic", topics, choice(rng, [6, 5, 4, 3, 2, 2], len(asking))),
        pick("priority", ("low", "normal", "high"), choice(rng, [3, 6, 1], len(asking))),
        path=page("/support"),
    )  # fmt: skip


def _members(world: World, rng: np.random.Generator, share: float, since: int = 0) -> Array:
    """Return a share of the members' browsing sessions, fewer of those who soon leave."""
    visit = np.flatnonzero(_browsing(world) & (world.sessions.start >= since))
    loyal = np.where(world.population.segment[world.sessions.person[visit]] == PASSING, 0.5, 1)
    return visit[rng.random(len(visit)) < share * loyal]


def _browsing(world: World) -> Array:
    sessions = world.sessions
    member = sessions.start > world.population.signup[sessions.person]
    browsing: Array = member & (sessions.purpose == BROWSE)
    return browsing
