import json
import socket
import threading
from contextlib import contextmanager

import httpx
import pytest

from tests.fakes import HOST, KEY, FakePostHog, envelope, rows
from tools.client import MAX_BYTES, PostHog
from tools.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    KeyRejected,
    NotFound,
    QuotaExceeded,
    RateLimited,
    ServerFailed,
    TooLarge,
    TooSlow,
    UnexpectedAnswer,
    Unreachable,
)
from tools.scopes import Grants

QUERY = {"kind": "HogQLQuery", "query": "SELECT 1"}
PAGE = "Settings → Personal API keys"


def asking(answer, **options):
    """The failure of one query, and the requests it took."""
    fake = FakePostHog(instead=lambda request: answer)
    with pytest.raises(Exception) as caught:  # noqa: PT011  (the type is what rows compare)
        fake.client(project_id=1, **options).query(QUERY)
    assert KEY not in str(caught.value)
    return caught.value, fake.requests


def test_a_query_goes_to_the_project_with_the_key_as_bearer():
    fake = FakePostHog(answers={"SELECT 1": rows(["1"], [1])})
    assert fake.client(project_id=1).query(QUERY)["results"] == [[1]]
    (request,) = fake.requests
    assert str(request.url) == f"{HOST}/api/projects/1/query/"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert json.loads(request.content) == {"query": QUERY, "name": "hogloop"}


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (
            "phc_" + "a" * 8,
            "This is a project API key (phc_…), which can only send events: "
            f"make a personal API key (phx_…) under {PAGE}.",
        ),
        (
            "phs_" + "a" * 8,
            "This is a project secret key (phs_…), which can't run queries: "
            f"make a personal API key (phx_…) under {PAGE}.",
        ),
        ("", f"No API key was given: make a personal API key (phx_…) under {PAGE}."),
        ("  ", f"No API key was given: make a personal API key (phx_…) under {PAGE}."),
        (
            "phx_a b",
            f"The API key contains spaces or odd characters: copy it again from {PAGE}.",
        ),
        (
            "phx_ä",
            f"The API key contains spaces or odd characters: copy it again from {PAGE}.",
        ),
        (
            "phx_a\r\nX-Evil: 1",
            f"The API key contains spaces or odd characters: copy it again from {PAGE}.",
        ),
    ],
)
def test_a_key_of_the_wrong_kind_is_refused_before_any_request(key, said):
    fake = FakePostHog()
    with pytest.raises(KeyRejected) as caught:
        fake.client(key=key)
    assert str(caught.value) == said
    assert fake.requests == []


@pytest.mark.parametrize("key", ["phx_abc", "legacykeywithoutprefix", "pha_oauth"])
def test_keys_that_may_be_personal_are_left_to_posthog(key):
    FakePostHog().client(key=key).close()


FORBIDDEN = [
    (
        "API key missing required scope 'query:read'",
        f": make a key with the scope query:read under {PAGE}.",
    ),
    (
        "This action does not support personal API key access",
        " No API key may do this: do it in PostHog itself.",
    ),
    (
        "This action does not support project secret API key access",
        f" Make a personal API key (phx_…) under {PAGE}.",
    ),
    (
        "OAuth token has no scopes and cannot access this resource",
        f" Make a personal API key with scopes under {PAGE}.",
    ),
    (
        "API key does not have access to the requested project: ID 7.",
        f" Choose a project of the key's list, or widen that list under {PAGE}.",
    ),
    (
        "API keys with scoped projects are only supported on project-based endpoints.",
        f" Choose a project of the key's list, or widen that list under {PAGE}.",
    ),
    (
        "API key does not have access to the requested organization: ID 0189.",
        f" Widen the key's list of organizations under {PAGE}.",
    ),
    (
        "Organization 'Shop' does not allow using personal API keys. Contact an admin to ask.",
        "",
    ),
    ("You don't have access to the project.", " Ask an admin of the project to add you."),
    (
        "You do not have editor access to this resource.",
        " Ask an admin for a higher role on it.",
    ),
]


@pytest.mark.parametrize(("detail", "advice"), FORBIDDEN)
def test_each_kind_of_403_says_what_to_do(detail, advice):
    error, requests = asking(envelope(403, "permission_denied", detail))
    assert type(error) is Forbidden
    assert str(error) == f"Permission denied: {detail}{advice}"
    assert len(requests) == 1


REJECTED = (
    f"{HOST} rejects this API key: it is of the wrong kind, was revoked, or belongs to another "
    f"region (US or EU); make a new one under {PAGE}."
)


@pytest.mark.parametrize(
    ("answer", "kind", "said", "tries"),
    [
        (envelope(401, "authentication_failed", "invalid."), KeyRejected, REJECTED, 1),
        (
            envelope(402, "quota_limit_exceeded", "Your organization has reached its limit."),
            QuotaExceeded,
            "Your organization has reached its limit.",
            1,
        ),
        (
            httpx.Response(402),
            QuotaExceeded,
            "PostHog says this needs a paid plan or more quota.",
            1,
        ),
        (
            envelope(404, "not_found", "Project not found."),
            NotFound,
            "PostHog does not find this: Project not found.",
            1,
        ),
        (
            httpx.Response(404, text="<h1>404</h1>"),
            NotFound,
            "PostHog does not find this: check the project id.",
            1,
        ),
        (
            envelope(400, "invalid_input", "Unable to resolve field: foo"),
            InvalidRequest,
            "Unable to resolve field: foo",
            1,
        ),
        (
            httpx.Response(409, json={"error": "Change request required"}),
            Conflict,
            "Change request required",
            1,
        ),
        (
            envelope(429, "throttled", "Request was throttled."),
            RateLimited,
            "PostHog limits how often this key may ask: try again in a minute.",
            3,
        ),
        (
            envelope(500, "error", "ClickHouse error while executing query."),
            ServerFailed,
            "PostHog failed (500): ClickHouse error while executing query.",
            3,
        ),
        (
            httpx.Response(500, text="oops"),
            ServerFailed,
            "PostHog failed (500): it gave no reason; try again.",
            3,
        ),
        (
            envelope(503, "error", "Queries are a little too busy right now."),
            ServerFailed,
            "PostHog failed (503): Queries are a little too busy right now.",
            3,
        ),
        (
            envelope(504, "error", "Query has hit the max execution time."),
            TooSlow,
            "Query has hit the max execution time. Narrow the period or the breakdown.",
            1,
        ),
        (
            envelope(512, "error", "Estimated query execution time is too long."),
            TooSlow,
            "Estimated query execution time is too long. Narrow the period or the breakdown.",
            1,
        ),
        (
            httpx.Response(200, content=b'{"results": ['),
            UnexpectedAnswer,
            f"{HOST} does not answer like PostHog's API (status 200): check the host.",
            1,
        ),
        (
            httpx.Response(200, html="<html>Log in</html>"),
            UnexpectedAnswer,
            f"{HOST} does not answer like PostHog's API (status 200): check the host.",
            1,
        ),
        (
            httpx.Response(200, content=b"[" * 200_000),
            UnexpectedAnswer,
            f"{HOST} does not answer like PostHog's API (status 200): check the host.",
            1,
        ),
        (
            httpx.Response(200, json=["not", "an", "object"]),
            UnexpectedAnswer,
            f"{HOST} does not answer like PostHog's API (status 200): check the host.",
            1,
        ),
        (
            httpx.Response(302, headers={"location": "https://elsewhere.example/"}),
            UnexpectedAnswer,
            f"{HOST} does not answer like PostHog's API (status 302): check the host.",
            1,
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, httpx.Response) else None,
)
def test_a_refusal_is_a_typed_error_that_says_what_to_do(answer, kind, said, tries):
    error, requests = asking(answer)
    assert (type(error), str(error), len(requests)) == (kind, said, tries)


def test_the_position_of_wrong_hogql_is_kept():
    fault = {"errors": [{"message": "m", "start": 7, "end": 10}]}
    answer = envelope(400, "invalid_input", "Bad.", extra={"hogql_metadata": fault})
    assert asking(answer)[0].position == 7


def test_posthogs_words_reach_nobody_with_control_characters():
    error, _ = asking(envelope(400, "invalid_input", "bad \x1b[2J\u202evalue"))
    assert str(error) == "bad [2Jvalue"


def answering(*answers):
    """A handler that gives these answers in turn, and the waits between them."""
    left, slept = list(answers), []
    fake = FakePostHog(instead=lambda request: left.pop(0))
    return fake.client(project_id=1, sleep=slept.append), slept


OK = httpx.Response(200, json=rows(["1"], [1]))


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        ({"retry-after": "7"}, [7.0]),
        ({}, [1.0]),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, [1.0]),
        ({"retry-after": "nan"}, [1.0]),
    ],
    ids=str,
)
def test_a_429_is_sat_out_as_long_as_posthog_says(headers, slept):
    client, waited = answering(httpx.Response(429, headers=headers), OK)
    assert client.query(QUERY)["results"] == [[1]]
    assert waited == slept


@pytest.mark.parametrize(("seconds", "said"), [("600", "in 600 seconds"), ("61", "in 61 seconds")])
def test_a_wait_beyond_a_minute_is_told_and_not_sat_out(seconds, said):
    client, waited = answering(httpx.Response(429, headers={"retry-after": seconds}))
    with pytest.raises(RateLimited, match=said) as caught:
        client.query(QUERY)
    assert (waited, caught.value.retry_after) == ([], float(seconds))


def test_waits_double_between_failures():
    client, waited = answering(httpx.Response(500), httpx.Response(502), OK)
    client.query(QUERY)
    assert waited == [1.0, 2.0]


def padded(size):
    return httpx.Response(200, json=rows(["x"], ["a" * size]))


def test_an_answer_of_10_mb_is_read():
    client, _ = answering(padded(10 << 20))
    assert len(client.query(QUERY)["results"][0][0]) == 10 << 20


def test_an_answer_of_40_mb_is_given_up_while_it_arrives():
    sent = []

    def stream():
        for _ in range(40):
            sent.append(1)
            yield b"a" * (1 << 20)

    error, _ = asking(httpx.Response(200, content=stream()))
    assert type(error) is TooLarge
    assert str(error) == "PostHog's answer is larger than 32 MB: ask for fewer rows or columns."
    assert len(sent) == (MAX_BYTES >> 20) + 1


def concrete(kind):
    """The exceptions below one of httpx's, itself included."""
    return {kind}.union(*(concrete(below) for below in kind.__subclasses__()))


def raised_by_transports():
    return sorted(concrete(httpx.RequestError), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", raised_by_transports())
def test_every_failure_of_the_transport_is_one_sentence(kind):
    def fail(request):
        raise kind("[Errno 111] detail")

    client = PostHog(
        host=HOST,
        key=KEY,
        project_id=1,
        transport=httpx.MockTransport(fail),
        sleep=lambda seconds: None,
    )
    with pytest.raises(Unreachable) as caught:
        client.query(QUERY)
    assert str(caught.value) in {
        f"{HOST} can't be reached: check the host and the network.",
        f"{HOST} did not answer in time: try again.",
        f"{HOST} broke off its answer: try again.",
        f"{HOST} does not take the connection: check the network, firewall and proxy.",
        f"The proxy does not let {HOST} through: check HTTPS_PROXY and NO_PROXY.",
        f"'{HOST}' is no address: give one like https://us.posthog.com.",
    }


def test_only_a_failed_connection_is_tried_again():
    tried = []

    def fail(kind):
        def handler(request):
            tried.append(kind)
            raise kind("x")

        return httpx.MockTransport(handler)

    for kind in (httpx.ConnectError, httpx.ReadTimeout, httpx.ReadError):
        client = PostHog(
            host=HOST, key=KEY, project_id=1, transport=fail(kind), sleep=lambda seconds: None
        )
        with pytest.raises(Unreachable):
            client.query(QUERY)
    assert [tried.count(k) for k in (httpx.ConnectError, httpx.ReadTimeout, httpx.ReadError)] == [
        3,
        1,
        1,
    ]


@pytest.mark.parametrize("host", ["us.posthog.com", "http://a:b:c", "ftp://us.posthog.com", ""])
def test_a_host_that_is_no_address_is_told(host):
    with pytest.raises(Unreachable) as caught:
        PostHog(host=host, key=KEY, project_id=1).query(QUERY)
    assert str(caught.value) == f"{host!r} is no address: give one like https://us.posthog.com."


def test_a_dead_host_is_told():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    slept = []
    client = PostHog(host=f"http://127.0.0.1:{port}", key=KEY, project_id=1, sleep=slept.append)
    with pytest.raises(Unreachable, match="can't be reached: check the host and the network"):
        client.query(QUERY)
    client.close()
    assert slept == [1.0, 2.0]


@contextmanager
def raw_server(answer):
    """A server on loopback that says these bytes and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"not http\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc",
    ],
    ids=["nothing", "no HTTP", "half", "broken gzip"],
)
def test_a_server_that_breaks_off_is_told(answer):
    with raw_server(answer) as host:
        client = PostHog(host=host, key=KEY, project_id=1)
        with pytest.raises(Unreachable, match="broke off its answer: try again"):
            client.query(QUERY)
        client.close()


def test_lists_are_read_to_the_end_page_by_page():
    fake = FakePostHog(events=[{"name": f"event {i}"} for i in range(7)])
    found = fake.client(project_id=1).pages("event_definitions/", limit=3)
    assert [event["name"] for event in found] == [f"event {i}" for i in range(7)]
    assert len(fake.requests) == 3


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/api/projects/1/event_definitions/?offset=1",
        "//evil.example/api/projects/1/event_definitions/?offset=1",
        "https://us.posthog.com@evil.example/api/projects/1/event_definitions/?offset=1",
    ],
)
def test_a_link_to_another_host_never_gets_the_key(link):
    asked = []

    def handler(request):
        asked.append(str(request.url.copy_with(query=None)))
        first = len(asked) == 1
        page = {"results": [{"name": "a"}] if first else [], "next": link}
        return httpx.Response(200, json=page)

    client = PostHog(host=HOST, key=KEY, project_id=1, transport=httpx.MockTransport(handler))
    assert list(client.pages("event_definitions/")) == [{"name": "a"}]
    assert asked == [f"{HOST}/api/projects/1/event_definitions/"] * 2


@pytest.mark.parametrize(
    "page",
    [{}, {"results": "abc"}, {"results": [1]}, {"results": [{}], "next": "http://a:b:c"}],
    ids=str,
)
def test_a_list_of_another_shape_is_told(page):
    client, _ = answering(httpx.Response(200, json=page))
    with pytest.raises(UnexpectedAnswer, match="is this host a PostHog"):
        list(client.pages("event_definitions/"))


def test_grants_are_asked_once():
    fake = FakePostHog(scopes=("query:read",), scoped_teams=(7,))
    client = fake.client()
    assert client.grants == client.grants == Grants(frozenset({"query:read"}), (7,), "k1")
    assert [r.url.path for r in fake.requests] == ["/api/personal_api_keys/@current/"]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"scopes": "*"}),
        httpx.Response(200, json={"scopes": None}),
        httpx.Response(200, json={"scopes": ["*"], "scoped_teams": "all"}),
        httpx.Response(200, html="<html>"),
        httpx.Response(500),
        envelope(401, "authentication_failed", "invalid."),
        envelope(403, "permission_denied", "This action does not support personal API key access"),
    ],
    ids=str,
)
def test_a_key_that_can_not_be_looked_up_has_no_grants(answer):
    client = FakePostHog(instead=lambda request: answer).client()
    with pytest.raises((UnexpectedAnswer, ServerFailed, KeyRejected, Forbidden)):
        _ = client.grants


@pytest.mark.parametrize(
    ("teams", "asked", "path"),
    [
        ((), None, "/api/projects/@current/"),
        ((7, 8), None, "/api/projects/7/"),
        ((7, 8), 8, "/api/projects/8/"),
    ],
)
def test_the_project_is_the_one_asked_for_or_the_keys_first(teams, asked, path):
    fake = FakePostHog(scoped_teams=teams, project={"id": asked or (teams or (1,))[0]})
    _ = fake.client(project_id=asked).project
    assert fake.requests[-1].url.path == path


def test_secrets_that_posthog_sends_with_a_project_are_not_kept():
    assert "kept out" not in repr(FakePostHog().client().project)


def test_a_project_the_key_may_not_read_is_known_by_its_id():
    project = FakePostHog(scopes=("query:read",)).client(project_id=1).project
    assert (project.id, project.name, project.timezone) == (1, "", "UTC")
