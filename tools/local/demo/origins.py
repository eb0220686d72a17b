"""Where sessions come from: campaigns and referrers of every channel."""

from typing import NamedTuple

import numpy as np

from tools.local.demo import clock
from tools.local.demo.draw import Array, choice_by_row
from tools.local.demo.people import CHANNELS, IOS_APP
from tools.local.demo.visits import SCRAPE
from tools.local.demo.world import World


class Origin(NamedTuple):
    """One way a session comes in."""

    channel: str
    weight: int
    source: str | None
    medium: str | None
    campaign: str | None
    referrer: str
    domain: str
    since: str = "2025-01-01"
    until: str = "2027-01-01"


_DIRECT = ("$direct", "$direct")
_GOOGLE = ("https://www.google.com/", "www.google.com")
_BING = ("https://www.bing.com/", "www.bing.com")
_DUCK = ("https://duckduckgo.com/", "duckduckgo.com")
_INSTAGRAM = ("https://www.instagram.com/", "www.instagram.com")
_FACEBOOK = ("https://www.facebook.com/", "www.facebook.com")
_BLOG = ("https://fit-city-blog.example/best-studios", "fit-city-blog.example")
_WEEKLY = ("https://wellness-weekly.example/", "wellness-weekly.example")
_PERKS = ("https://perks.example/stretchwell", "perks.example")
_DECEMBER = ("2025-12-01", "2026-01-01")
_JANUARY = ("2026-01-02", "2026-02-01")
_SUMMER = ("2026-06-01", "2026-09-01")
BOTS = Origin(
    "Referral", 0, None, None, None,
    "https://best-fitness-deals.example/list", "best-fitness-deals.example",
)  # fmt: skip
ORIGINS = (
    Origin("Direct", 1, None, None, None, *_DIRECT),
    Origin("Organic Search", 80, None, None, None, *_GOOGLE),
    Origin("Organic Search", 12, None, None, None, *_BING),
    Origin("Organic Search", 8, None, None, None, *_DUCK),
    Origin("Paid Search", 45, "google", "cpc", "brand", *_GOOGLE),
    Origin("Paid Search", 40, "google", "cpc", "yoga-near-me", *_GOOGLE),
    Origin("Paid Search", 15, "bing", "cpc", "classes-generic", *_BING),
    Origin("Paid Social", 4, "instagram", "paid_social", "retargeting", *_INSTAGRAM),
    Origin("Paid Social", 3, "facebook", "paid_social", "retargeting", *_FACEBOOK),
    Origin("Paid Social", 4000, "instagram", "paid_social", "holiday25", *_INSTAGRAM, *_DECEMBER),
    Origin("Paid Social", 4000, "instagram", "paid_social", "newyear26", *_INSTAGRAM, *_JANUARY),
    Origin("Paid Social", 3000, "facebook", "paid_social", "newyear26", *_FACEBOOK, *_JANUARY),
    Origin("Paid Social", 10, "instagram", "paid_social", "summer26", *_INSTAGRAM, *_SUMMER),
    Origin("Paid Social", 12, "facebook", "paid_social", "ai-plans", *_FACEBOOK, "2026-09-01"),
    Origin("Organic Social", 6, None, None, None, *_INSTAGRAM),
    Origin("Organic Social", 3, None, None, None, *_FACEBOOK),
    Origin("Email", 7, "newsletter", "email", "weekly-newsletter", *_DIRECT),
    Origin("Email", 2, "newsletter", "email", "win-back", *_DIRECT),
    Origin("Referral", 5, None, None, None, *_BLOG),
    Origin("Referral", 3, None, None, None, *_WEEKLY),
    Origin("Referral", 2, None, None, None, *_PERKS),
    BOTS,
)


def origins(world: World) -> Array:
    """Return the position in ORIGINS of each session; the apps' sessions come direct."""
    rng, sessions = world.rng("origins"), world.sessions
    origin = np.zeros(len(sessions), dtype=np.int64)
    for channel, name in enumerate(CHANNELS):
        rows = np.flatnonzero((sessions.channel == channel) & (sessions.platform < IOS_APP))
        origin[rows] = _drawn(rng, name, sessions.start[rows])
    origin[sessions.purpose == SCRAPE] = ORIGINS.index(BOTS)
    return origin


def _drawn(rng: np.random.Generator, channel: str, start: Array) -> Array:
    places = [place for place, one in enumerate(ORIGINS) if one.channel == channel]
    since = np.array([clock.at(ORIGINS[place].since) for place in places])
    until = np.array([clock.at(ORIGINS[place].until) for place in places])
    running = (start[:, None] >= since) & (start[:, None] < until)
    weights = running * np.array([ORIGINS[place].weight for place in places])
    return np.array(places)[choice_by_row(rng, weights)]
