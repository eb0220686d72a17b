"""A session's channel type, told from its first events."""

import json
from collections.abc import Iterator

import pytest

from tests.hogql_fixtures import clickhouse, insert
from tools.local.hogql import Context, compile_query

# What a visit began with, and its channel. A later event of the same visit changes nothing.
CHANNELS = (
    ({"$referring_domain": "$direct"}, "Direct"),
    ({"$referring_domain": "$direct", "utm_source": "(direct)"}, "Direct"),
    ({"$referring_domain": "$direct", "utm_source": "newsletter"}, "Direct"),
    ({"$referring_domain": "$direct", "fbclid": "x"}, "Organic Social"),
    ({"$referring_domain": "$direct", "utm_medium": "email"}, "Email"),
    ({"$referring_domain": "www.google.com"}, "Organic Search"),
    ({"$referring_domain": "news.google.co.uk"}, "Organic Search"),
    ({"$referring_domain": "chatgpt.com"}, "Organic Search"),
    ({"$referring_domain": "t.co"}, "Organic Social"),
    ({"$referring_domain": "de.pinterest.com"}, "Organic Social"),
    ({"$referring_domain": "com.linkedin.android"}, "Organic Social"),
    ({"$referring_domain": "www.youtube.com"}, "Organic Video"),
    ({"$referring_domain": "www.amazon.co.uk"}, "Organic Shopping"),
    ({"$referring_domain": "mail.google.com"}, "Email"),
    ({"$referring_domain": "com.google.android.gm"}, "Email"),
    ({"$referring_domain": "blog.example.com"}, "Referral"),
    ({"$referring_domain": "notgoogle.com"}, "Referral"),
    ({"utm_source": "google", "utm_medium": "cpc"}, "Paid Search"),
    ({"utm_source": "Facebook", "utm_medium": "paid-social"}, "Paid Social"),
    ({"utm_source": "youtube", "utm_medium": "cpv"}, "Paid Video"),
    ({"utm_source": "ebay", "utm_medium": "ppc"}, "Paid Shopping"),
    ({"utm_source": "someone", "utm_medium": "ppc"}, "Paid Unknown"),
    ({"utm_source": "someone", "utm_medium": "ppc", "fbclid": "x"}, "Paid Social"),
    ({"utm_medium": "cpm"}, "Display"),
    ({"utm_medium": "paid", "utm_campaign": "my shop"}, "Paid Shopping"),
    ({"utm_medium": "paid", "utm_campaign": "bishop"}, "Paid Unknown"),
    ({"utm_medium": "paid", "utm_campaign": "workshop"}, "Paid Unknown"),
    ({"utm_medium": "paid", "utm_campaign": "the eshop"}, "Paid Shopping"),
    ({"utm_medium": "paid", "utm_campaign": "new video"}, "Paid Video"),
    ({"gclid": "abc", "$referring_domain": "www.google.com"}, "Paid Search"),
    ({"gclid": "abc"}, "Paid Unknown"),
    ({"gad_source": "1"}, "Paid Search"),
    ({"gad_source": "5", "$referring_domain": "www.facebook.com"}, "Paid Social"),
    ({"utm_source": "newsletter", "utm_medium": "email"}, "Email"),
    ({"utm_source": "email"}, "Email"),
    ({"utm_source": "friend", "utm_medium": "affiliate"}, "Affiliate"),
    ({"utm_campaign": "spring cross-network", "utm_medium": "cpc"}, "Cross Network"),
    ({"utm_source": "site", "utm_medium": "banner"}, "Display"),
    ({"utm_medium": "audio"}, "Audio"),
    ({"utm_medium": "push"}, "Push"),
    ({"utm_medium": "web_push"}, "Push"),
    ({"utm_source": "firebase"}, "Push"),
    ({"utm_source": "sms"}, "SMS"),
    ({"utm_medium": "referral"}, "Referral"),
    ({"utm_medium": "social"}, "Organic Social"),
    ({"utm_campaign": "summer video"}, "Organic Video"),
    ({"utm_campaign": "shopping"}, "Organic Shopping"),
    ({"utm_source": "", "utm_medium": "null"}, "Unknown"),
    ({}, "Unknown"),
)


@pytest.fixture(scope="module")
def channels() -> Iterator[dict[str, str]]:
    with clickhouse() as session:
        for number, (properties, _) in enumerate(CHANNELS):
            later = {"$referring_domain": "later.example", "utm_source": "bing"}
            for minute, known in enumerate((properties, later)):
                insert(
                    session,
                    "events",
                    event="$pageview",
                    timestamp=f"2024-01-01 00:0{minute}:00",
                    properties=json.dumps(known),
                    **{"$session_id": str(number)},
                )
        query = "select session_id, $channel_type from sessions limit 1000"
        sql = compile_query(query, Context()).sql
        yield dict(json.loads(session.query(sql, "JSONCompact").bytes())["data"])


@pytest.mark.parametrize("number", range(len(CHANNELS)), ids=[str(given) for given, _ in CHANNELS])
def test_a_session_has_the_channel_of_its_first_visit(channels, number):
    assert channels[str(number)] == CHANNELS[number][1]
