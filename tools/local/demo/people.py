"""Who the persons are: when they came, from where, and what they are to Stretchwell."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from tools.local.demo import clock
from tools.local.demo.catalogue import TRIAL, Companies, Studios
from tools.local.demo.draw import Array, choice, quota, some, stream, zipf
from tools.local.demo.model import model
from tools.local.demo.text import uuids

MEMBER, VISITOR, HOLIDAY, NEW_YEAR, BOT = range(5)
METHODS = ("email", "google", "apple")
GOOGLE = METHODS.index("google")
ROLES = ("member", "studio_owner", "employee")
ROLE_MEMBER, ROLE_OWNER, ROLE_EMPLOYEE = range(3)
CHANNELS = (
    "Direct", "Organic Search", "Paid Search", "Paid Social", "Organic Social", "Email", "Referral",
)  # fmt: skip
PAID_SOCIAL = CHANNELS.index("Paid Social")
DESKTOP, MOBILE_WEB, IOS_APP, ANDROID_APP = range(4)
POWER, REGULAR, CASUAL, PASSING = range(4)
AGES = ("18-24", "25-34", "35-44", "45-54", "55+")
NEVER = np.int64(2**62)
SIGN_IN_BROKEN = clock.at("2026-09-27")
CAMPAIGNS = ((HOLIDAY, "2025-12-01", "2025-12-30"), (NEW_YEAR, "2026-01-02", "2026-01-31"))
NAMED = (
    ("Maya Okafor", "maya.okafor@example.com", "2025-11-03"),
    ("Li Wei", "li.wei@example.com", "2026-01-12"),
    ("Jane Roe", "jane@acme.example", "2026-02-09"),
)


@dataclass(frozen=True)
class People:
    """The persons, members first in the order of their sign-up."""

    kind: Array
    id: pa.Array
    anonymous_id: pa.Array
    former_id: pa.Array
    """The person_id of the events of a merged person's first distinct_id."""
    merged: Array
    signup: Array
    """Moment of the sign-up session, NEVER for persons without one."""
    first_visit: Array
    method: Array
    role: Array
    company: Array
    studio: Array
    internal: Array
    place: Array
    channel: Array
    platform: Array
    iphone: Array
    """True where the phone runs iOS, false for Android."""
    segment: Array
    update_lag: Array
    age: Array
    nps: Array
    inviter: Array
    """Position of the inviting person, -1 for none."""
    named: Array
    """Position in NAMED, -1 for everybody else."""

    def __len__(self) -> int:
        """Return how many persons there are."""
        return len(self.kind)

    def user_ids(self) -> list[str]:
        """Return the distinct_id each person has after sign-up."""
        return [f"user_{number:05d}" for number in range(1, len(self) + 1)]


def people(scale: float, seed: int, firms: Companies, hosts: Studios) -> People:
    """Return the whole population."""
    rng = stream(seed, "people")
    signup, method = _signups(rng, scale)
    kind = _kinds(scale, len(signup))
    count, members = len(kind), len(signup)
    named = _named(signup, count)
    role, company, studio, internal = _roles(rng, scale, signup, count, named, firms, hosts)
    channel = choice(rng, [20, 24, 13, 19, 9, 5, 10], count)
    channel[(kind == NEW_YEAR) | (kind == HOLIDAY)] = PAID_SOCIAL
    platform = choice(rng, [38, 19, 28, 15], count)
    platform[kind != MEMBER] %= 2
    platform[named > 0] = IOS_APP
    return People(
        kind=kind,
        id=uuids(rng, count),
        anonymous_id=uuids(rng, count),
        former_id=uuids(rng, count),
        merged=_merged(rng, count, members),
        signup=np.concatenate([signup, np.full(count - members, NEVER)]),
        first_visit=_first_visits(rng, kind, signup),
        method=np.concatenate([method, np.zeros(count - members, np.int64)]),
        role=role,
        company=company,
        studio=studio,
        internal=internal,
        place=_places(rng, count, company, firms),
        channel=channel,
        platform=platform,
        iphone=np.where(platform < IOS_APP, rng.random(count) < 0.5, platform == IOS_APP),
        segment=_segments(rng, named, company, firms),
        update_lag=np.where(named >= 0, 0, _update_lags(rng, count)),
        age=choice(rng, [14, 36, 27, 15, 8], count),
        nps=np.where(
            rng.random(count) < 0.25, choice(rng, [1, 1, 1, 2, 2, 4, 6, 12, 20, 24, 27], count), -1
        ),
        inviter=_inviters(rng, members, count),
        named=named,
    )


def _signups(rng: np.random.Generator, scale: float) -> tuple[Array, Array]:
    growth = 1 + 1.6 * np.arange(clock.DAYS) / clock.DAYS
    growth[:21] *= 2.5
    daily = quota(clock.day_weights() * growth, round(6000 * scale))
    broken = (SIGN_IN_BROKEN - clock.FROM) // clock.DAY
    usual = max(8, daily[broken - 7 : broken - 4].sum())
    left = round(usual * 0.62)
    daily[broken - 7 : broken - 4] = quota(np.ones(3), usual)
    daily[broken : broken + 3] = quota(np.ones(3), left)
    day = np.repeat(np.arange(clock.DAYS), daily)
    method = choice(rng, [45, 38, 17], len(day))
    for first, google in ((broken - 7, usual - left), (broken, 0)):
        places = np.flatnonzero((day >= first) & (day < first + 3))
        method[places] = choice(rng, [7, 0, 3], len(places))
        method[rng.permutation(places)[:google]] = GOOGLE
    moment = clock.hours_of(rng, clock.FROM // clock.DAY + day)
    last = moment >= clock.NOW - clock.HOUR * 12
    moment[last] = clock.NOW - 12 * clock.HOUR + moment[last] % clock.DAY * 10 // 24
    moment[moment % clock.DAY > clock.DAY - clock.HOUR] -= clock.HOUR
    order = np.argsort(moment, kind="stable")
    return moment[order], method[order]


def _kinds(scale: float, members: int) -> Array:
    bots = 10 * max(2, round(30 * scale))
    new_year = round(2000 * scale)
    holiday = round(900 * scale)
    visitors = max(10, round(12000 * scale) - members - bots - new_year - holiday)
    counts = [members, visitors, holiday, new_year, bots]
    return np.repeat([MEMBER, VISITOR, HOLIDAY, NEW_YEAR, BOT], counts)


def _named(signup: Array, count: int) -> Array:
    named = np.full(count, -1, dtype=np.int64)
    for position, (_, _, day) in enumerate(NAMED):
        named[np.searchsorted(signup, clock.at(day))] = position
    return named


def _roles(
    rng: np.random.Generator,
    scale: float,
    signup: Array,
    count: int,
    named: Array,
    firms: Companies,
    hosts: Studios,
) -> tuple[Array, Array, Array, Array]:
    role = np.zeros(count, dtype=np.int64)
    company, studio = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    internal = np.zeros(count, dtype=bool)
    internal[: max(2, round(40 * scale))] = True
    taken = internal | (named >= 0)
    early = np.flatnonzero(~taken[: len(signup) // 2])
    owners = rng.permutation(early)[: len(hosts.keys)]
    studio[owners], role[owners], taken[owners] = np.arange(len(owners)), ROLE_OWNER, True
    jane = np.flatnonzero(named == len(NAMED) - 1)
    company[jane], role[jane] = firms.names.index("Acme"), ROLE_EMPLOYEE
    staff = np.maximum(4, quota(zipf(len(firms.keys), 0.5), round(950 * scale)))
    staff[firms.tier == TRIAL] = 14
    for firm in np.argsort(-firms.joined):
        free = np.flatnonzero(~taken[: len(signup)] & (signup > firms.joined[firm]))
        hired = rng.permutation(free)[: staff[firm]]
        company[hired], role[hired], taken[hired] = firm, ROLE_EMPLOYEE, True
    return role, company, studio, internal


def _first_visits(rng: np.random.Generator, kind: Array, signup: Array) -> Array:
    count, members = len(kind), len(signup)
    visit = clock.moments(rng, np.full(count, clock.FROM), np.full(count, clock.LATEST_START))
    for crowd, begin, end in CAMPAIGNS:
        came = kind == crowd
        bounds = np.full(came.sum(), clock.at(begin)), np.full(came.sum(), clock.at(end))
        visit[came] = clock.moments(rng, *bounds)
    visit[visit > clock.LATEST_START] -= 7 * clock.DAY
    bots = kind == BOT
    visit[bots] = clock.at("2026-09-29") + rng.integers(0, clock.DAY - clock.HOUR, bots.sum())
    waited = rng.integers(3 * clock.HOUR, 6 * clock.DAY, members)
    early = signup - waited
    visit[:members] = np.where((rng.random(members) < 0.4) & (early > clock.FROM), early, signup)
    return visit


def _merged(rng: np.random.Generator, count: int, members: int) -> Array:
    merged = np.zeros(count, dtype=bool)
    merged[:members] = some(rng, members, round(count * 0.04))
    return merged


def _places(rng: np.random.Generator, count: int, company: Array, firms: Companies) -> Array:
    place = choice(rng, [place[-1] for place in model().places], count)
    return np.where(company >= 0, firms.place[company], place)


def _segments(rng: np.random.Generator, named: Array, company: Array, firms: Companies) -> Array:
    segment = choice(rng, [8, 27, 35, 30], len(named))
    segment[(company >= 0) & (firms.tier[company] == TRIAL)] = REGULAR
    segment[named >= 0] = POWER
    return segment


def _update_lags(rng: np.random.Generator, count: int) -> Array:
    days = np.where(rng.random(count) < 0.45, rng.random(count), rng.exponential(9, count))
    return (days * clock.DAY).astype(np.int64)


def _inviters(rng: np.random.Generator, members: int, count: int) -> Array:
    earlier = rng.random(members) * np.arange(members)
    inviter = np.full(count, -1, dtype=np.int64)
    inviter[:members] = np.where((rng.random(members) < 0.14) & (earlier > 0), earlier, -1)
    return inviter
