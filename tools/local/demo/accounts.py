"""What persons tell about themselves: names, mail addresses, interests."""

import numpy as np
import pyarrow as pa

from tools.local.demo import clock
from tools.local.demo.catalogue import slug
from tools.local.demo.draw import some
from tools.local.demo.model import model
from tools.local.demo.people import AGES, METHODS, NAMED, ROLES
from tools.local.demo.text import joined, number_if, pick, quoted
from tools.local.demo.world import World


def accounts(world: World) -> pa.Array:
    """Return the properties that each person has from sign-up on."""
    population, rng = world.population, world.rng("accounts")
    count, words = len(population), model()
    names = [
        (str(first), str(last))
        for first, last in zip(
            rng.choice(words.first_names, count), rng.choice(words.last_names, count), strict=True
        )
    ]
    named = np.flatnonzero(population.named >= 0)
    full = [f"{first} {last}" for first, last in names]
    mails = _mails(world, names)
    for person in named:
        full[person], mails[person], _ = NAMED[population.named[person]]
    every = np.arange(count)
    return joined(
        pick("email", mails, every),
        pick("name", full, every),
        pick("role", ROLES, population.role),
        quoted("signup_date", clock.iso(np.minimum(population.signup, clock.NOW), "D")),
        pick("signup_method", METHODS, population.method),
        pick("age_band", AGES, population.age),
        pick("interests", _interests(world), every),
        pick("is_internal", (False, True), population.internal.astype(int)),
        number_if(population.nps >= 0, "nps_score", population.nps),
        pick("company_id", world.firms.keys, population.company),
    )


def _mails(world: World, names: list[tuple[str, str]]) -> list[str]:
    population, domains = world.population, [f"{key}.example" for key in world.firms.keys]
    hosts = [f"{key}.example" for key in world.hosts.keys]
    mails = []
    for place, (first, last) in enumerate(names):
        domain = ("example.com", "example.org", "example.net")[place % 3]
        domain = domains[population.company[place]] if population.company[place] >= 0 else domain
        domain = hosts[population.studio[place]] if population.studio[place] >= 0 else domain
        domain = "stretchwell.example" if population.internal[place] else domain
        mails.append(f"{slug(first)}.{slug(last.replace(chr(39), ''))}{place + 1}@{domain}")
    return mails


def _interests(world: World) -> list[str | None]:
    categories, rng = model().categories, world.rng("interests")
    wanted = rng.random((len(world.population), len(categories))) < 0.22
    told = some(rng, len(wanted), round(len(wanted) * 0.85))
    return [
        ",".join(category for category, yes in zip(categories, row, strict=True) if yes) or None
        if answers
        else None
        for row, answers in zip(wanted.tolist(), told, strict=True)
    ]
