"""What everybody does: pages, searches, class views, clicks, errors."""

from collections.abc import Iterator

import numpy as np

from tools.local.demo import clock
from tools.local.demo.batch import PATHS, Batch, class_page, in_session, page
from tools.local.demo.draw import Array, choice, zipf
from tools.local.demo.fragments import cities, of_class
from tools.local.demo.model import model
from tools.local.demo.people import BOT, IOS_APP
from tools.local.demo.text import number, pick
from tools.local.demo.visits import BROWSE, CANCEL, CHANGE, SCRAPE, SUBSCRIBE, TRIAL, UNBOOK
from tools.local.demo.world import World

SEARCH_GAP = clock.at("2026-08-19")
_MEMBER_ENTRY = {
    "/": 34, "/search": 26, "/account/bookings": 12, "/account/favourites": 4, "class": 18,
    "blog": 6,
}  # fmt: skip
_STRANGER_ENTRY = {"/": 46, "/search": 10, "/pricing": 9, "class": 22, "blog": 13}
_PURPOSE_ENTRY = {
    TRIAL: "/pricing", SUBSCRIBE: "/pricing", CHANGE: "/account/plan", CANCEL: "/account/plan",
    UNBOOK: "/account/bookings", SCRAPE: "/",
}  # fmt: skip
_BLOG = [page(path) for path in PATHS if path.startswith("/blog/")]
_CLICKS = ("Book now", "See classes", "Filters", "Sign up", "Load more", "Like", "Menu")
_ERRORS = (
    ("TypeError", "Cannot read properties of undefined (reading 'price')"),
    ("ChunkLoadError", "Loading chunk 42 failed."),
    ("NetworkError", "Failed to fetch /api/classes"),
    ("PaymentError", "Apple Pay session could not be validated"),
    ("RangeError", "Invalid time value"),
    ("MapboxError", "Style is not done loading"),
)


def browsing(world: World) -> Iterator[Batch]:
    """Yield the events of moving around."""
    yield from _pages(world)
    yield from _searches(world)
    yield from _views(world)
    yield from _clicks(world)
    yield from _errors(world)


def searched(world: World) -> Array:
    """Return a mask of the sessions with a search; even the smallest demo has one a day."""
    views = world.wanted.views
    mask = (views > 0) & (world.rng("searched").random(len(views)) < 0.7)
    looking = np.flatnonzero(views)
    mask[looking[np.unique(world.sessions.start[looking] // clock.DAY, return_index=True)[1]]] = (
        True
    )
    return mask


def _pages(world: World) -> Iterator[Batch]:
    rng, sessions = world.rng("pages"), world.sessions
    every = np.arange(len(sessions))
    yield _shown(world, every, 1.0, _entries(world, rng))
    curious = every[(sessions.purpose == BROWSE) | (sessions.purpose == SCRAPE)]
    strangers = curious[sessions.start[curious] < world.population.signup[sessions.person[curious]]]
    for path, order, share in (
        ("/pricing", 8.0, 0.13),
        ("/signup", 8.1, 0.22),
        ("/search", 1.2, 0.2),
    ):
        rows = strangers[rng.random(len(strangers)) < share]
        yield _shown(world, rows, order, np.full(len(rows), page(path)))
    members = np.setdiff1d(curious, strangers)
    for path, order, share in (
        ("/account/bookings", 8.2, 0.16), ("/account/profile", 8.3, 0.06), ("/billing", 8.4, 0.05),
        ("/pricing", 8.5, 0.04),
    ):  # fmt: skip
        rows = members[rng.random(len(members)) < share]
        yield _shown(world, rows, order, np.full(len(rows), page(path)))
    web = every[(sessions.platform < IOS_APP) & (sessions.purpose != SCRAPE)]
    leaving = web[rng.random(len(web)) < 0.8]
    yield in_session(world, "$pageleave", leaving, 99.0)


def _shown(world: World, visit: Array, order: Array | float, path: Array) -> Batch:
    """Return page views; the timeline makes screens of those in the apps."""
    return in_session(world, "$pageview", visit, order, path=path)


def _entries(world: World, rng: np.random.Generator) -> Array:
    sessions, person = world.sessions, world.sessions.person
    member = sessions.start > world.population.signup[person]
    entry = np.zeros(len(sessions), dtype=np.int64)
    for mask, weights in ((member, _MEMBER_ENTRY), (~member, _STRANGER_ENTRY)):
        rows = np.flatnonzero(mask)
        kinds = list(weights)
        drawn = choice(rng, list(weights.values()), len(rows))
        blog = np.array(_BLOG)[rng.integers(0, len(_BLOG), len(rows))]
        looked = class_page(world.focus[rows])
        fixed = np.array([PATHS.index(kind) if kind in PATHS else 0 for kind in kinds])[drawn]
        entry[rows] = np.where(
            drawn == kinds.index("class"),
            looked,
            np.where(drawn == kinds.index("blog"), blog, fixed),
        )
    for purpose, path in _PURPOSE_ENTRY.items():
        entry[sessions.purpose == purpose] = page(path)
    return entry


def _searches(world: World) -> Iterator[Batch]:
    rng = world.rng("searches")
    visit = np.flatnonzero(searched(world))
    yield _shown(world, visit, 5.0, np.full(len(visit), page("/search")))
    again = visit[rng.random(len(visit)) < 0.35]
    visit, order = np.concatenate([visit, again]), np.repeat([5.1, 5.2], [len(visit), len(again)])
    cls = world.focus[visit]
    place = world.population.place[world.sessions.person[visit]]
    words = model()
    query = choice(rng, zipf(len(words.searches), 0.6), len(visit))
    category = np.where(rng.random(len(visit)) < 0.7, world.on_sale.category[cls], -1)
    yield in_session(
        world, "class_searched", visit, order,
        pick("query", words.searches, query),
        pick("category", words.categories, category),
        pick("city", cities(), place),
        number("results_count", rng.poisson(9, len(visit)) * (rng.random(len(visit)) > 0.06)),
        number("filters_used", rng.poisson(0.8, len(visit))),
    )  # fmt: skip


def _views(world: World) -> Iterator[Batch]:
    rng, views = world.rng("views"), world.wanted.views
    visit = np.repeat(np.arange(len(views)), views)
    ends = np.cumsum(views)
    left = np.repeat(ends, views) - np.arange(len(visit))
    other = world.viewed_class(rng, visit)
    cls = np.where(left == 1, world.focus[visit], other)
    order = 7.0 - left * 0.05
    source = np.where(searched(world)[visit], 0, choice(rng, [0, 45, 25, 30], len(visit)))
    yield _shown(world, visit, order, class_page(cls))
    studio = world.on_sale.studio[cls]
    yield in_session(
        world, "class_viewed", visit, order + 0.01,
        of_class(world, cls, "class_id", "category", "level", "price_usd", "studio_id"),
        pick("source", ("search", "recommendation", "favourites", "link"), source),
        studio=studio,
    )  # fmt: skip
    liked = (rng.random(len(visit)) < 0.06) & world.wanted.member[visit]
    yield in_session(
        world, "class_favourited", visit[liked], order[liked] + 0.02,
        of_class(world, cls[liked], "class_id", "category", "studio_id"), studio=studio[liked],
    )  # fmt: skip


def _clicks(world: World) -> Iterator[Batch]:
    rng, sessions = world.rng("clicks"), world.sessions
    web = np.flatnonzero(
        (sessions.platform < IOS_APP) & (world.population.kind[sessions.person] != BOT)
    )
    views = np.zeros(len(sessions), dtype=np.int64)
    views[: len(world.wanted.views)] = world.wanted.views
    few, many = rng.random(len(web)) < 0.2, rng.poisson(1.5, len(web))
    visit = np.repeat(web, np.where(views[web] > 0, many, few))
    order = rng.choice([1.01, 5.15, 6.9, 7.02], len(visit))
    text = pick("$el_text", _CLICKS, choice(rng, [5, 4, 3, 1, 2, 1, 1], len(visit)))
    yield in_session(
        world, "$autocapture", visit, order, pick("$event_type", ["click"], visit * 0), text
    )
    angry = web[rng.random(len(web)) < 0.006]
    yield in_session(world, "$rageclick", angry, 7.03, pick("$event_type", ["click"], angry * 0))


def _errors(world: World) -> Iterator[Batch]:
    rng, sessions = world.rng("errors"), world.sessions
    late = sessions.start >= clock.at("2026-11-14")
    share = np.where(late, 0.05, 0.012) * np.where(sessions.platform == IOS_APP, 1.5, 1)
    visit = np.flatnonzero((rng.random(len(sessions)) < share) & (sessions.purpose != SCRAPE))
    error = choice(rng, [30, 18, 22, 4, 12, 6], len(visit))
    issues = [f"00000000-0000-4000-8000-{number:012d}" for number in range(len(_ERRORS))]
    yield in_session(
        world, "$exception", visit, 7.04,
        pick("$exception_types", [[kind] for kind, _ in _ERRORS], error),
        pick("$exception_values", [[text] for _, text in _ERRORS], error),
        pick("$exception_issue_id", issues, error),
        pick("$exception_level", ["error"], error * 0),
    )  # fmt: skip
