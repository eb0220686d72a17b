from dataclasses import replace
from datetime import datetime

import hypothesis.strategies as st
import pytest
from agent.planner.hogql import queries
from agent.planner.windows import Clock
from hypothesis import given, settings

from agent.planner import sentences
from agent.planner.plan import Plan, Reply
from tests.taxonomies import SHOP, STUDIO, TRACKER, Taxonomy, read
from tools.hogql import check

NOW = datetime(2026, 11, 15, 12)


def said(reading: Plan | Reply) -> str:
    """A reading in one line: what, how, when."""
    if isinstance(reading, Reply):
        return f"{reading.outcome}: {reading.headline}"
    marks = [f"top {reading.limit}"] if reading.limit else []
    marks += [
        name
        for name in ("ascending", "share", "ratio", "cumulative", "gaps", "peak")
        if getattr(reading, name)
    ]
    marks += [f"against {reading.compare.label}"] if reading.compare else []
    return " | ".join([sentences.reading(reading), reading.span.label, *marks])


READINGS: list[tuple[Taxonomy, str, str]] = [
    (SHOP, "How many orders were completed in total?", "order_completed events | all time"),
    (SHOP, "orders per month in 2011", "order_completed events per month | 2011"),
    (
        SHOP,
        "Top 5 countries by number of customers",
        "people with order_completed where is_guest is false by country | all time | top 5",
    ),
    (SHOP, "What is the average order value?", "average revenue of order_completed | all time"),
    (SHOP, "median order value", "median revenue of order_completed | all time"),
    (
        SHOP,
        "95th percentile of order value?",
        "95th percentile of revenue on order_completed | all time",
    ),
    (SHOP, "smallest order value", "lowest revenue of order_completed | all time | ascending"),
    (
        SHOP,
        "At what hour of the day do most orders come in?",
        "order_completed events by hour of the day | all time",
    ),
    (
        SHOP,
        "What share of orders gets cancelled (cancellations divided by orders)?",
        "order_cancelled events vs order_completed events | all time | share",
    ),
    (
        SHOP,
        "ratio of cancellations to orders",
        "order_cancelled events vs order_completed events | all time | ratio",
    ),
    (
        SHOP,
        "Top 10 products by units sold",
        "total quantity of product_purchased by stock_code | all time | top 10",
    ),
    (
        SHOP,
        "How many first-time customers did we get each month of 2011?",
        "people with their first order_completed where is_guest is false per month | 2011",
    ),
    (
        SHOP,
        "Cumulative number of orders by end of June 2011",
        "order_completed events per month | up to the end of June 2011 | cumulative",
    ),
    (
        SHOP,
        "How many orders were over 1,000 pounds in 2011?",
        "order_completed events where revenue over 1,000 | 2011",
    ),
    (
        SHOP,
        "How many orders came from Germany or France but contain fewer than 5 items in total?",
        "order_completed events where items under 5 and country is Germany or France | all time",
    ),
    (
        SHOP,
        "Is there any week with no orders at all?",
        "order_completed events per week | all time | gaps",
    ),
    (
        SHOP,
        "orders excluding the United Kingdom",
        "order_completed events where country is not United Kingdom | all time",
    ),
    (
        SHOP,
        "number of orders in the UK per quarter",
        "order_completed events where country is United Kingdom per quarter | all time",
    ),
    (
        SHOP,
        "how many ordres were complted in 2011",
        "order_completed events | 2011",
    ),
    (
        SHOP,
        "which month had the most orders",
        "order_completed events per month | all time | peak",
    ),
    (SHOP, "average items per order", "average items of order_completed | all time"),
    (
        SHOP,
        "average number of orders per customer",
        "order_completed events per person where is_guest is false | all time",
    ),
    (
        SHOP,
        "How many different products were sold?",
        "different values of stock_code on product_purchased | all time",
    ),
    (
        SHOP,
        "How many orders from guests?",
        "order_completed events where is_guest is true | all time",
    ),
    (
        SHOP,
        "how many orders with revenue between 100 and 200",
        "order_completed events where revenue at least 100 and revenue at most 200 | all time",
    ),
    (
        SHOP,
        "average order value by month for guests vs non guests",
        "average revenue of order_completed where is_guest is true or false by is_guest per month"
        " | all time",
    ),
    (
        SHOP,
        "how many orders over £1000 in 2011",
        "order_completed events where revenue over 1,000 | 2011",
    ),
    (
        TRACKER,
        "tickets created per queue name",
        "TicketCreated events by queueName | the last 30 days",
    ),
    (
        SHOP,
        "average order value where country is Germany",
        "average revenue of order_completed where country is Germany | all time",
    ),
    (
        SHOP,
        "share of guest orders",
        "order_completed events vs order_completed events where is_guest is true | all time"
        " | share",
    ),
    (
        SHOP,
        "orders without a country",
        "order_completed events where country is not set | all time",
    ),
    (
        SHOP,
        "cancelled vs completed orders per quarter",
        "order_cancelled events vs order_completed events per quarter | all time",
    ),
    (
        SHOP,
        "how many products with christmas in the name were purchased?",
        "product_purchased events where product contains christmas | all time",
    ),
    (
        SHOP,
        "orders from outside the UK in 2011",
        "order_completed events where country is not United Kingdom | 2011",
    ),
    (
        SHOP,
        "how many returns did german customers make",
        "product_returned events where country is Germany | all time",
    ),
    (
        SHOP,
        "average revenue per customer",
        "revenue of order_completed per person where is_guest is false | all time",
    ),
    (
        SHOP,
        "which product sold the most units in december 2010?",
        "total quantity of product_purchased by stock_code | December 2010",
    ),
    (STUDIO, "How many people signed up last week?", "people with signed_up | last week"),
    (STUDIO, "signups yesterday", "signed_up events | yesterday"),
    (
        STUDIO,
        "signups yesterday vs the day before",
        "signed_up events | yesterday | against the day before",
    ),
    (STUDIO, "wat is our dau", "people with any event per day | the last 30 days"),
    (
        STUDIO,
        "bookigns by contry this mnth",
        "booking_completed events by $geoip_country_name | this month so far",
    ),
    (
        STUDIO,
        "can you compare how many Chrome vs Safari users completed a booking in the last 30d?",
        "people with booking_completed where $browser is Chrome or Safari by $browser"
        " | the last 30 days",
    ),
    (
        STUDIO,
        "What are the top 5 booked categories in the US?",
        "booking_completed events where $geoip_country_name is United States by category"
        " | the last 30 days | top 5",
    ),
    (
        STUDIO,
        "how many payments did users make from Australia?",
        "payment_succeeded events where $geoip_country_name is Australia | the last 30 days",
    ),
    (
        STUDIO,
        "show me the total number of users that visited the page /billing",
        "people with $pageview where $pathname is /billing or /billing/ | the last 30 days",
    ),
    (
        STUDIO,
        "pageviews excluding bots by browser",
        "$pageview events where is_bot is false by $browser | the last 30 days",
    ),
    (
        STUDIO,
        "How many unique classes were booked yesterday?",
        "different values of class_id on booking_completed | yesterday",
    ),
    (
        STUDIO,
        "How many classes were booked in the last 24 hours?",
        "booking_completed events | the last 24 hours",
    ),
    (
        STUDIO,
        "What is the average review rating in each city?",
        "average rating of review_submitted by city | the last 30 days",
    ),
    (
        STUDIO,
        "What was total revenue by country last quarter?",
        "total amount_usd of payment_succeeded by $geoip_country_name | last quarter",
    ),
    (
        STUDIO,
        "Hi! Hope you're well. Could you please tell me the number of reviews in Q3? Thank you!",
        "review_submitted events | Q3 2026",
    ),
    (
        STUDIO,
        "subscriptions started on the unlimited plan this year",
        "subscription_started events where plan is unlimited | this year so far",
    ),
    (
        STUDIO,
        "Show weekly counts of booking_completed and booking_cancelled side by side",
        "booking_completed events vs booking_cancelled events per week | the last 30 days",
    ),
    (
        STUDIO,
        "How many sessions did booking_started occur in?",
        "sessions with booking_started | the last 30 days",
    ),
    (
        STUDIO,
        "what are the most popular events in the last 180 days?",
        "events by event | the last 180 days",
    ),
    (
        TRACKER,
        "How many tickets were created yesterday?",
        "TicketCreated events | yesterday",
    ),
    (
        TRACKER,
        "tickets resolved by queue name this month",
        "Ticket Resolved events by queueName | this month so far",
    ),
    (
        TRACKER,
        "how many urgent tickets were created last week",
        "TicketCreated events where priority is urgent | last week",
    ),
    (
        TRACKER,
        "average resolution hours of resolved tickets by priority",
        "average resolutionHours of Ticket Resolved by priority | the last 30 days",
    ),
    (
        TRACKER,
        "escalated tickets created per day",
        "TicketCreated events where isEscalated is true per day | the last 30 days",
    ),
    (
        TRACKER,
        "weekly agent logins from EMEA",
        "AgentLoggedIn events where region is EMEA per week | the last 30 days",
    ),
]


@pytest.mark.parametrize(
    ("taxonomy", "question", "reading"), READINGS, ids=[question for _, question, _ in READINGS]
)
def test_a_question_is_read_as(taxonomy: Taxonomy, question: str, reading: str) -> None:
    assert said(read(taxonomy, question)) == reading


@pytest.mark.parametrize(
    ("taxonomy", "question", "reply"),
    [
        (
            STUDIO,
            "cancellations last week",
            "asked: Which event do you mean by “cancellations”: "
            "booking_cancelled or subscription_cancelled?",
        ),
        (
            STUDIO,
            "how many signups from google",
            "asked: “google” is a value of method and of utm_source. Which do you mean?",
        ),
        (
            STUDIO,
            "the top 3 bookings",
            "asked: The top 3 of what? Name the property to rank.",
        ),
        (
            STUDIO,
            "How many bookings of hats did we make?",
            "declined: I don't know what “hats” means in this project.",
        ),
        (
            STUDIO,
            "What is the capital of Australia?",
            "declined: I don't know what “capital” and “Australia” mean in this project.",
        ),
        (
            STUDIO,
            "conversion from signup to booking",
            "declined: The built-in planner can't do funnels and conversion rates yet; "
            "I can count each step on its own.",
        ),
        (
            STUDIO,
            "Show revenue and signups by country",
            "declined: That asks for several kinds of figures at once; I can give one at a time.",
        ),
        (
            STUDIO,
            "How many distinct users viewed the most frequently visited page during October 2026?",
            "asked: The most or the highest of what? Name the property to rank by.",
        ),
        (
            STUDIO,
            "signups in October or in March",
            "asked: Which period do you mean: October 2026 or March 2026?",
        ),
        (
            STUDIO,
            "users with more than one booking",
            "asked: “more than one” of what? Name the property that is compared.",
        ),
        (
            SHOP,
            "revenue excluding cancellations in 2011",
            "declined: I don't understand what “excluding” does in this question, "
            "and won't answer without it.",
        ),
        (
            SHOP,
            "orders from france or with more than 500 items",
            "declined: I don't understand what “or” does in this question, "
            "and won't answer without it.",
        ),
        (
            TRACKER,
            "tickets created per agent",
            "declined: I don't understand what “per agent” does in this question, "
            "and won't answer without it.",
        ),
        (
            SHOP,
            "orders by customer type",
            "declined: I don't understand what “by customer type” does in this question, "
            "and won't answer without it.",
        ),
        (
            SHOP,
            "average quantity",
            "asked: “quantity” is a property of product_purchased and product_returned. "
            "Of which event?",
        ),
        (
            SHOP,
            "how many signups last week?",
            "declined: I don't know what “signups” means in this project.",
        ),
    ],
)
def test_what_is_not_understood_gets_a_question_or_a_refusal(
    taxonomy: Taxonomy, question: str, reply: str
) -> None:
    reading = said(read(taxonomy, question))
    assert reading.partition(" The nearest here")[0] == reply


@pytest.mark.parametrize(
    ("questions", "reading"),
    [
        (
            ("bookings last month", "and the month before?"),
            "booking_completed events | the month before",
        ),
        (("bookings last month", "and this week?"), "booking_completed events | this week so far"),
        (
            ("bookings last month", "by country"),
            "booking_completed events by $geoip_country_name | last month",
        ),
        (
            ("bookings by country last month", "only Germany"),
            "booking_completed events where $geoip_country_name is Germany | last month",
        ),
        (
            ("bookings by country last month", "top 3 please"),
            "booking_completed events by $geoip_country_name | last month | top 3",
        ),
        (("bookings last month", "weekly"), "booking_completed events per week | last month"),
        (("bookings last month", "as a table"), "booking_completed events | last month"),
        (("bookings last month", "what about signups?"), "signed_up events | last month"),
        (("bookings last month", "signups yesterday"), "signed_up events | yesterday"),
        (
            ("bookings last month", "how many unicorns?", "and by browser"),
            "booking_completed events by $browser | last month",
        ),
        (
            ("average booking amount in march 2026", "and the total?"),
            "total amount_usd of booking_completed | March 2026",
        ),
        (("pageviews last month", "which browsers?"), "$pageview events by $browser | last month"),
        (
            ("signups from newsletter last week", "3"),
            "declined: There is no list to choose from; ask a question.",
        ),
        (
            ("bookings last month", "and with an amount over 20?"),
            "booking_completed events where amount_usd over 20 | last month",
        ),
        (("bookings last month", "or last week?"), "booking_completed events | last week"),
        (
            ("bookings last month", "and without rage clicks?"),
            "declined: I don't understand what “without” does in this question, "
            "and won't answer without it.",
        ),
        (
            ("bookings last month", "and only in Germany or on iOS"),
            "declined: I don't understand what “or” does in this question, "
            "and won't answer without it.",
        ),
        (("cancellations last week", "2"), "subscription_cancelled events | last week"),
        (
            ("cancellations last week", "booking_cancelled"),
            "booking_cancelled events | last week",
        ),
    ],
)
def test_a_follow_up_changes_what_it_says_and_keeps_the_rest(
    questions: tuple[str, ...], reading: str
) -> None:
    assert said(read(STUDIO, *questions)) == reading


def test_an_event_that_ended_before_the_period_is_not_meant() -> None:
    assert said(read(STUDIO, "How many times was a class booked last week?")).startswith(
        "booking_completed events"
    )
    assert said(read(STUDIO, "`booked_class` in January 2026")).startswith("booked_class events")


def test_a_language_model_free_reading_needs_no_name_known_in_advance() -> None:
    renamed = replace(
        SHOP, events={"zorp_frobbed": "flimflam:n colour:s", "zorp_blipped": "colour:s"}
    )
    assert said(read(renamed, "average flimflam of zorps frobbed by colour in 2011")) == (
        "average flimflam of zorp_frobbed by colour | 2011"
    )


@pytest.mark.parametrize(
    ("taxonomy", "question"), [row[:2] for row in READINGS], ids=[row[1] for row in READINGS]
)
def test_every_query_passes_the_guard(taxonomy: Taxonomy, question: str) -> None:
    plan = read(taxonomy, question)
    assert isinstance(plan, Plan)
    for query in queries(plan, Clock(NOW)):
        check(query, 100)


WORDS = (
    "how many top 5 average median of by per in last week month 2026 users people bookings signups",
    "revenue country Germany Chrome vs and or not excluding over 10 first most fewest share ratio",
    "cumulative since before each $browser `rating` 'x' /pricing % ( ) ? ,",
)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(" ".join(WORDS).split()), min_size=1, max_size=12))
def test_any_string_of_words_gets_a_reading_whose_query_passes_the_guard(words: list[str]) -> None:
    reading = read(STUDIO, " ".join(words))
    if isinstance(reading, Plan):
        for query in queries(reading, Clock(NOW)):
            check(query, 100)


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_any_text_at_all_gets_a_reading(text: str) -> None:
    assert isinstance(read(STUDIO, text or "?"), Plan | Reply)
