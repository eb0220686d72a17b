"""A session's channel type, told from its first events."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.hogql_fixtures import clickhouse
from tools.local.hogql import Context, compile_query

CHANNELS = {
    "Direct": {"$referring_domain": "$direct"},
    "Organic Search": {"$referring_domain": "www.google.com"},
    "Organic Social": {"$referring_domain": "t.co"},
    "Organic Video": {"$referring_domain": "www.youtube.com"},
    "Organic Shopping": {"$referring_domain": "www.amazon.co.uk"},
    "Referral": {"$referring_domain": "blog.example.com"},
    "Paid Search": {"utm_source": "google", "utm_medium": "cpc"},
    "Paid Social": {"utm_source": "Facebook", "utm_medium": "paid-social"},
    "Paid Video": {"utm_source": "youtube", "utm_medium": "cpv"},
    "Paid Unknown": {"utm_source": "someone", "utm_medium": "ppc"},
    "Email": {"utm_source": "newsletter", "utm_medium": "email"},
    "Affiliate": {"utm_source": "friend", "utm_medium": "affiliate"},
    "Cross Network": {"utm_campaign": "spring cross-network", "utm_medium": "cpc"},
    "Display": {"utm_source": "site", "utm_medium": "banner"},
    "Push": {"utm_medium": "push"},
    "SMS": {"utm_source": "sms"},
    "Unknown": {},
}


@pytest.fixture(scope="module")
def channels() -> Iterator[dict[str, Any]]:
    with clickhouse() as session:
        for name, properties in CHANNELS.items():
            for minute, known in enumerate((properties, {"$referring_domain": "later.example"})):
                row = {
                    "event": "$pageview",
                    "timestamp": f"2024-01-01 00:0{minute}:00",
                    "$session_id": name,
                    "properties": json.dumps(known),
                }
                if name != "Unknown" or not minute:
                    names = ", ".join(f"`{key}`" for key in row)
                    session.query(
                        f"INSERT INTO events ({names}) FORMAT JSONEachRow {json.dumps(row)}"
                    )
        sql = compile_query("select session_id, $channel_type from sessions", Context()).sql
        yield dict(json.loads(session.query(sql, "JSONCompact").bytes())["data"])


@pytest.mark.parametrize("name", CHANNELS)
def test_a_session_has_the_channel_of_its_first_visit(channels, name):
    assert channels[name] == name
