"""Where a visit came from: PostHog's ladder of channel types.

After posthog/hogql/database/schema/channel_type.py; the sites are data in `channel_sites.txt`.
"""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

from tools.kinds import Kind
from tools.local.hogql.literals import literal, string
from tools.local.hogql.schema import Column

_SITES = ("Search", "Shopping", "Social", "Video")
_TYPES = (*_SITES, "Email")
# Names of sources that are no sites: they have no kind, only an organic channel.
_NO_SITES = {"e mail": "mail", "e-mail": "mail", "e_mail": "mail", "email": "mail"} | {
    "firebase": "Push",
    "sms": "SMS",
}
_PAID_MEDIA = {
    "Display": ("banner", "cpm", "display", "expandable", "interstitial"),
    "Paid Social": (
        *("sm", "social", "social media", "social network", "social-media", "social-network"),
    ),
    "Paid Video": ("video",),
}
_ORGANIC_MEDIA = {
    "Affiliate": ("affiliate", "partnership", "partnerships"),
    "Audio": ("audio",),
    "Display": _PAID_MEDIA["Display"],
    "Email": ("e mail", "e-mail", "e_mail", "email"),
    "Organic Social": _PAID_MEDIA["Paid Social"],
    "Organic Video": ("video",),
    "Push": ("mobile", "notification", "push"),
    "Referral": ("app", "link", "referral"),
}
_PAID = literal(["cpc", "cpm", "cpv", "cpa", "ppc", "retargeting"])
_SHOPPING = "match({}, '^(.*(([^a-df-z]|^)shop|shopping).*)$')"
_VIDEO = "match({}, '^(.*video.*)$')"
_UTM = ("source", "medium", "campaign")


def given(value: str) -> str:
    """A text that is there: neither empty nor the word null."""
    return f"nullIf(nullIf({value}, ''), 'null')"


def channel_type(
    utm: tuple[str, str, str], referrer: str, has_gclid: str, has_fbclid: str, gad: str
) -> str:
    """The channel of a visit by its utm source, medium and campaign, and the site before it."""
    source, medium, campaign = (f"lower({given(value)})" for value in utm)
    gad = given(gad)
    paid = (
        f"has({_PAID}, {medium}) OR startsWith({medium}, 'paid') OR {has_gclid} OR isNotNull({gad})"
    )
    direct = (
        f"{referrer} = '$direct' AND isNull({medium}) AND "
        f"ifNull({source} IN ('(direct)', 'direct', '$direct'), 1) AND NOT {has_fbclid}"
    )
    by_ad = (
        f"multiIf({gad} = '1', 'Paid Search', {_VIDEO.format(campaign)}, 'Paid Video', "
        f"{has_fbclid}, 'Paid Social', 'Paid Unknown')"
    )
    unpaid = (
        f"multiIf({_VIDEO.format(campaign)}, 'Organic Video', match({medium}, 'push$'), 'Push', "
        f"{has_fbclid}, 'Organic Social', {referrer} = '$direct', 'Direct', "
        f"isNotNull({referrer}), 'Referral', 'Unknown')"
    )
    channel = (
        f"multiIf(match({campaign}, 'cross-network'), 'Cross Network', {paid}, "
        f"{_ladder('Paid', medium, campaign, by_ad)}, {direct}, 'Direct', "
        f"{_ladder('Organic', medium, campaign, unpaid)})"
    )
    return _with_kinds(channel, source, referrer)


def domain_type(referrer: str) -> str:
    """What kind of site a referring domain is."""
    kinds = [f"if({kind} IN {_TYPES}, {kind}, NULL)" for kind in ("kinds[1]", "kinds[2]")]
    found = f"if({referrer} = '$direct', '$direct', coalesce({', '.join(kinds)}))"
    return _with_kinds(found, referrer)


def initial(column: str) -> dict[str, Column]:
    """What a person's first visit tells, out of a column of person properties."""
    first = {key: f"{{{column}=$initial_{key}}}" for key in ("gclid", "fbclid", "gad_source")}
    first |= {key: f"{{{column}=$initial_utm_{key}}}" for key in _UTM}
    referrer = f"{{{column}=$initial_referring_domain}}"
    channel = channel_type(
        (first["source"], first["medium"], first["campaign"]),
        referrer,
        f"isNotNull({given(first['gclid'])})",
        f"isNotNull({given(first['fbclid'])})",
        first["gad_source"],
    )
    return {
        "$virt_initial_channel_type": Column(Kind.STRING, channel, visible=False),
        "$virt_initial_referring_domain_type": Column(
            Kind.STRING, domain_type(referrer), nullable=True, visible=False
        ),
    }


@lru_cache(maxsize=1)
def constants() -> dict[str, str]:
    """The two arrays of the data file, for `{#sites}` and `{#kinds}` in expressions."""
    found = dict(_sites()) | _NO_SITES
    sites = sorted(found, key=lambda name: (found[name], name))
    counts = Counter(found.values())
    counted = (f"arrayWithConstant({counts[kind]}, {string(kind)})" for kind in sorted(counts))
    return {"sites": literal(sites), "kinds": f"arrayConcat({', '.join(counted)})"}


def _sites() -> Iterator[tuple[str, str]]:
    """Names and kinds of the data file."""
    text = resources.files(__package__).joinpath("channel_sites.txt").read_text("utf-8")
    kind = prefix = ""
    for line in text.splitlines():
        if line.startswith("["):
            kind, _, prefix = line[1:-1].partition(" ")
        elif not line.startswith("#"):
            for word in line.split():
                name = prefix + word.removesuffix("~")
                yield name, kind
                if word.endswith("~"):
                    yield f"{name}.com", kind


def _with_kinds(expression: str, *names: str) -> str:
    """An expression that knows the kinds of some names and of the sites they belong to.

    They are looked up in one place, because the list of sites is long.
    """
    sites = [f"ifNull({name}, '')" for name in names]
    wanted = ", ".join(f"{site}, cutToFirstSignificantSubdomain({site})" for site in sites)
    kinds = f"arrayMap(site -> transform(site, {{#sites}}, {{#kinds}}, NULL), [{wanted}])"
    return f"arrayMap(kinds -> {expression}, [{kinds}])[1]"


def _ladder(how: str, medium: str, campaign: str, rest: str) -> str:
    """The source decides before the medium, and that before the site the visit came from."""
    media = _PAID_MEDIA if how == "Paid" else _ORGANIC_MEDIA
    shopping = f"if({_SHOPPING.format(campaign)}, '{how} Shopping', NULL)"
    source, cut_source, site, cut_site = (_channel(how, f"kinds[{place}]") for place in range(1, 5))
    by_medium = _medium(media, medium)
    return f"coalesce({source}, {cut_source}, {shopping}, {by_medium}, {site}, {cut_site}, {rest})"


def _channel(how: str, kind: str) -> str:
    others = "NULL" if how == "Paid" else f"if({kind} = 'mail', 'Email', {kind})"
    return f"if({kind} IN {_SITES}, concat('{how} ', {kind}), {others})"


def _medium(media: dict[str, tuple[str, ...]], medium: str) -> str:
    names = [name for listed in media.values() for name in listed]
    channels = [channel for channel, listed in media.items() for _ in listed]
    return f"transform(ifNull({medium}, ''), {literal(names)}, {literal(channels)}, NULL)"
