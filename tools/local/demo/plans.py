"""Trials and subscriptions: who pays for which plan, from when, and until when."""

from dataclasses import dataclass

import numpy as np

from tools.local.demo import clock
from tools.local.demo.catalogue import TRIAL, Companies
from tools.local.demo.draw import Array, choice, stream
from tools.local.demo.people import MEMBER, NEVER, ROLE_MEMBER, People

PLANS = ("free", "plus", "unlimited", "team")
FREE, PLUS, UNLIMITED, TEAM = range(4)
REASONS = ("too_expensive", "not_using_it", "moved_away", "injury", "missing_studios", "other")
_MRR_USD = np.array([[0, 0], [19, 15], [59, 49]])
_TRIAL_SHARE = np.array([0.6, 0.46, 0.2, 0.14])
_PAID_SHARE = np.array([0.8, 0.62, 0.4, 0.2])
_MOVES = ((PLUS, 0.16), (UNLIMITED, 0.1))
_TRIAL_LENGTH = 14 * clock.DAY


@dataclass(frozen=True)
class Plans:
    """One row a trial or subscription; a moment that never comes is NEVER."""

    person: Array
    plan: Array
    """The plan tried and first paid for."""
    trial: Array
    start: Array
    annual: Array
    mrr_usd: Array
    change: Array
    """When it moves between plus and unlimited."""
    changed_plan: Array
    changed_mrr_usd: Array
    end: Array
    reason: Array

    def last_plan(self) -> Array:
        """Return the plan each one ends with."""
        return np.where(self.change < NEVER, self.changed_plan, self.plan)

    def last_mrr_usd(self) -> Array:
        """Return the monthly revenue each one ends with."""
        return np.where(self.change < NEVER, self.changed_mrr_usd, self.mrr_usd)


def plans(population: People, firms: Companies, seed: int) -> Plans:
    """Return the trials and subscriptions of members and companies."""
    rng = stream(seed, "plans")
    person, trial, start, plan = _of_members(rng, population)
    admin, firm_trial, firm_start, firm_mrr = _of_companies(rng, population, firms)
    person, trial = np.concatenate([person, admin]), np.concatenate([trial, firm_trial])
    start = _reached(np.concatenate([start, firm_start]))
    plan = np.concatenate([plan, np.full(len(admin), TEAM, np.int64)])
    annual = (rng.random(len(person)) < 0.3) & (population.company[person] != 0)
    own = np.minimum(plan, UNLIMITED)
    mrr = np.where(plan == TEAM, 0, _MRR_USD[own, annual.astype(int)])
    mrr[len(mrr) - len(admin) :] = firm_mrr
    other = np.where(plan == PLUS, UNLIMITED, PLUS)
    end, reason = (
        _ends(rng, population, person, start),
        choice(rng, [5, 5, 2, 1, 3, 2], len(person)),
    )
    return Plans(
        person=person,
        plan=plan,
        trial=_reached(trial),
        start=start,
        annual=annual,
        mrr_usd=mrr,
        change=_changes(rng, plan, start, end),
        changed_plan=other,
        changed_mrr_usd=_MRR_USD[other, annual.astype(int)],
        end=end,
        reason=reason,
    )


def _of_members(rng: np.random.Generator, population: People) -> tuple[Array, Array, Array, Array]:
    buyers = np.flatnonzero(
        (population.kind == MEMBER) & (population.role == ROLE_MEMBER) & ~population.internal
    )
    segment = population.segment[buyers]
    named = population.named[buyers] >= 0
    tries = (rng.random(len(buyers)) < _TRIAL_SHARE[segment]) | named
    pays = (rng.random(len(buyers)) < _PAID_SHARE[segment]) | named
    direct = ~tries & (rng.random(len(buyers)) < 0.07)
    plan = np.where(named, UNLIMITED, choice(rng, [0, 62, 38], len(buyers)))
    signup = population.signup[buyers]
    trial = _later(rng, signup, 1, 20)
    start = np.where(pays, trial + _TRIAL_LENGTH - clock.HOUR * 3, NEVER)
    start = np.where(direct, _later(rng, signup, 5, 60), np.where(tries, start, NEVER))
    kept = tries | direct
    return buyers[kept], np.where(tries, trial, NEVER)[kept], start[kept], plan[kept]


def _of_companies(
    rng: np.random.Generator, population: People, firms: Companies
) -> tuple[Array, Array, Array, Array]:
    employees = np.flatnonzero(population.company >= 0)
    firm, first = np.unique(population.company[employees], return_index=True)
    admin = employees[first]
    trial = _later(rng, population.signup[admin], 1, 4)
    start = np.where(firms.tier[firm] == TRIAL, NEVER, trial + _TRIAL_LENGTH)
    return admin, trial, start, firms.mrr_usd[firm]


def _ends(rng: np.random.Generator, population: People, person: Array, start: Array) -> Array:
    tenure = 9 * clock.DAY + (rng.exponential(300, len(person)) * clock.DAY).astype(np.int64)
    stays = population.company[person] >= 0
    end = np.where((start < NEVER) & ~stays, start + tenure, NEVER)
    end = (
        clock.hours_of(rng, np.minimum(end, clock.NOW) // clock.DAY)
        + (end >= clock.NOW) * clock.DAY
    )
    maya = population.named[person] == 0
    end[maya] = clock.at("2026-10-20T18:05:00")
    return _reached(end)


def _changes(rng: np.random.Generator, plan: Array, start: Array, end: Array) -> Array:
    change = np.full(len(plan), NEVER)
    days = (np.minimum(end, clock.NOW) - start) // clock.DAY - 5
    for moved, share in _MOVES:
        able = rng.permutation(np.flatnonzero((plan == moved) & (days > 20)))
        rows = able[: max(1, round(share * len(able)))]
        day = start[rows] // clock.DAY + rng.integers(20, np.minimum(days[rows], 150) + 1)
        change[rows] = clock.hours_of(rng, day)
    return change


def _later(rng: np.random.Generator, moment: Array, low: int, high: int) -> Array:
    days = np.minimum(moment, clock.NOW) // clock.DAY + rng.integers(low, high, len(moment))
    return clock.hours_of(rng, days)


def _reached(moment: Array) -> Array:
    return np.where(moment > clock.LATEST_START, NEVER, moment)


def plan_held(subscriptions: Plans, population: People, person: Array, moment: Array) -> Array:
    """Return the plan each person has at that moment, their company's included."""
    own = np.full(len(population), -1)
    own[subscriptions.person] = np.arange(len(subscriptions.person))
    firm_start = company_starts(subscriptions, population)
    row = own[person]
    changed = moment >= subscriptions.change[row]
    plan = np.where(changed, subscriptions.changed_plan[row], subscriptions.plan[row])
    paying = (row >= 0) & (moment >= subscriptions.start[row]) & (moment < subscriptions.end[row])
    team = moment >= firm_start[person]
    return np.where(team, TEAM, np.where(paying, plan, FREE))


def company_starts(subscriptions: Plans, population: People) -> Array:
    """Return since when each person's company pays for a team plan, NEVER if it does not."""
    company = population.company
    start = np.full(company.max() + 2, NEVER)
    start[company[subscriptions.person]] = subscriptions.start
    start[-1] = NEVER
    return start[company]
