"""What tests of the query route share."""

import time

from tools.local.folder import open_meta
from tools.local.query_limits import FACT

ENDLESS = (
    "SELECT sum(cityHash64(x)) FROM (SELECT arrayJoin(range(2000)) AS x FROM numbers(9000000))"
)
PATH = "/api/projects/@current/query/"


def ask(http, query, **more):
    """The answer to a HogQL query."""
    return http.post(PATH, json={"query": {"kind": "HogQLQuery", "query": query}, **more})


def ended(http, name):
    """The status of a query once it is no longer 202."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        answer = http.get(f"{PATH}{name}/", params={"show_progress": "true"})
        if answer.status_code != 202:
            return answer
        time.sleep(0.02)
    raise AssertionError("the query did not end")


def running(http, name):
    """The progress of a query, once it is under way."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        answer = http.get(f"{PATH}{name}/", params={"show_progress": "true"})
        progress = answer.json()["query_status"]["query_progress"]
        if answer.status_code == 202 and progress and progress["rows_read"]:
            return progress
        time.sleep(0.02)
    raise AssertionError("the query never began")


def limited(project, **limits):
    """Give a project limits on its queries."""
    with open_meta(project) as meta:
        meta.remember(FACT, limits)
