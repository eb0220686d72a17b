"""Where a session came from: PostHog's ladder of channel types over its first events."""

_SEARCH = "google|bing|duckduckgo|yahoo|baidu|yandex|ecosia|startpage|qwant|naver|sogou|ask|aol"
_SOCIAL = (
    "facebook|fb|instagram|ig|threads|twitter|x|t[.]co|linkedin|lnkd|reddit|pinterest|tiktok|snapchat"
    "|tumblr|quora|vk|weibo|whatsapp|telegram|discord|mastodon|bsky|ycombinator|hackernews"
)
_VIDEO = "youtube|youtu|vimeo|twitch|dailymotion"
_SHOPPING = "amazon|ebay|etsy|walmart|alibaba|aliexpress|shopping|shop"
_PAID = "'cpc', 'cpm', 'cpv', 'cpa', 'ppc', 'retargeting'"


def _first(key: str) -> str:
    """The first value of an event property in a session, in lower case, or nothing."""
    return f"ifNull(lower(argMin({{={key}}}, {{t}}.timestamp)), '')"


_SOURCE, _MEDIUM, _CAMPAIGN = (_first(f"utm_{name}") for name in ("source", "medium", "campaign"))
_REFERRER = _first("$referring_domain")


def _comes_from(names: str) -> str:
    """Whether the named source or the referring domain is one of these sites."""
    pattern = f"'(^|[.])({names})([.]|$)'"
    return f"match(if({_SOURCE} != '', {_SOURCE}, {_REFERRER}), {pattern})"


def _told_by(*words: str) -> str:
    """Whether the medium or source of the campaign says one of these words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return f"({_MEDIUM} IN ({listed}) OR {_SOURCE} IN ({listed}))"


_IS_PAID = (
    f"({_MEDIUM} IN ({_PAID}) OR startsWith({_MEDIUM}, 'paid') "
    f"OR {_first('gclid')} != '' OR {_first('gad_source')} != '')"
)
_IS_DIRECT = (
    f"({_REFERRER} = '$direct' AND {_MEDIUM} = '' AND {_SOURCE} IN ('', 'direct', '(direct)'))"
)
_SITES = (
    ("Shopping", f"({_comes_from(_SHOPPING)} OR match({_CAMPAIGN}, '(^|[^a-df-z])shop'))"),
    ("Search", _comes_from(_SEARCH)),
    ("Video", f"({_comes_from(_VIDEO)} OR position({_MEDIUM}, 'video') > 0)"),
    ("Social", f"({_comes_from(_SOCIAL)} OR startsWith({_MEDIUM}, 'social') OR {_MEDIUM} = 'sm')"),
)
_STEPS = (
    (f"position({_CAMPAIGN}, 'cross-network') > 0", "Cross Network"),
    *((f"{_IS_PAID} AND {test}", f"Paid {name}") for name, test in _SITES),
    (_IS_PAID, "Paid Unknown"),
    (_IS_DIRECT, "Direct"),
    (_told_by("email", "e-mail", "e_mail", "newsletter"), "Email"),
    *((test, f"Organic {name}") for name, test in _SITES),
    (_told_by("affiliate", "affiliates"), "Affiliate"),
    (_told_by("display", "banner", "expandable", "interstitial"), "Display"),
    (_told_by("audio", "podcast"), "Audio"),
    (_told_by("sms"), "SMS"),
    (_told_by("push", "mobile", "notification"), "Push"),
    (f"{_REFERRER} NOT IN ('', '$direct')", "Referral"),
)

_CHOICES = ", ".join(f"{test}, '{name}'" for test, name in _STEPS)
CHANNEL_TYPE = f"multiIf({_CHOICES}, 'Unknown')"
