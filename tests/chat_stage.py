"""A conversation on a real terminal whose model and PostHog play a script."""

import sys
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from agent.answer import AnswerTable, Draft, Window
from agent.chat.place import Place
from agent.chat.run import converse
from agent.loop import Agent
from agent.messages import Assistant, Delta, User
from agent.render import Terminal
from agent.session import Session
from tests.fakes import FakePostHog, call, rows
from tools.toolbox import Toolbox

WEEKS = [f"2026-{month:02}-{day:02}" for month in (9, 10, 11) for day in (7, 14, 21, 28)]
WINDOW = Window("2026-09-07T00:00:00+00:00", "2026-11-30T12:00:00+00:00", "UTC")
QUERY = call("run_hogql", query="SELECT count() AS n FROM events")


def table(*columns, rows):
    return AnswerTable(columns, tuple(map(tuple, rows)))


def draft(headline, made=None, **more):
    return Assistant(draft=Draft("answered", headline, tables=(made,) if made else (), **more))


PLANS = table("plan", "people", rows=[("free", 1250), ("team", 310), (None, 4)])
ORDERS = [(w, plan, n * k) for n, w in enumerate(WEEKS) for plan, k in (("free", 3), ("team", 1))]
BY_WEEK = table("week", "plan", "orders", rows=ORDERS)
STEPS = table(
    "step", "event", "people", "% of first", "% of previous",
    rows=[(1, "signed_up", 607, 100.0, None), (2, "paid", 209, 34.43, 34.43)],
)  # fmt: skip
BACK = table("cohort", "size", "week 1 %", "week 2 %", rows=[("2026-11-02", 73, 58.9, 60.2)])
HOSTILE = ("\x1b[2J\x1b]0;owned\x07title", "\u202eevil", "[red]x[/red] :smile:", "a\rb\nc\x9b31m")
EVIL = table("name", "people", rows=[(text, 4 - n) for n, text in enumerate(HOSTILE)])
SCRIPT = {
    "plans?": [QUERY, draft("Most people are on free.", PLANS)],
    "weeks?": [draft("Orders by plan.", BY_WEEK, window=WINDOW)],
    "funnel?": [draft("A third went on to pay.", STEPS)],
    "back?": [draft("More than half came back.", BACK)],
    "evil?": [draft("Names from outside.", EVIL)],
    "which?": [Assistant(draft=Draft("asked", "Which event?", choices=("signed_up", "paid")))],
    "paid": [draft("People paid.")],
    "slow?": [QUERY, "wait"],
    "and now?": [draft("Still here.")],
}


class Player:
    """A model that knows its lines by the question."""

    name = "scripted"

    def __init__(self):
        self._left = []

    def complete(self, messages, tools):
        if isinstance(messages[-1], User):
            self._left = list(SCRIPT.get(messages[-1].text, [draft("I have no line for that.")]))
        line = self._left.pop(0)
        if line == "wait":
            yield Delta("Let me think about this")
            time.sleep(60)
        return line if isinstance(line, Assistant) else Assistant(tool_calls=(line,))


def main(home, *options):
    busy = rows(["event", "people"], ["signed_up", 9], ["paid", 5], ["left", 2])
    fake = FakePostHog(
        answers={"count()": rows(["n"], [1]), "startsWith": busy},
        events=[{"name": "signed_up"}, {"name": "signup_started"}],
    )
    with closing(fake.client()) as client:

        @contextmanager
        def begin(project, model):
            agent = Agent(Player(), Toolbox(client))
            yield Session(agent, Path(home), started=datetime.now(UTC), warn=print), None

        with begin(None, None) as (session, _), Place(session, begin) as place:
            return converse(place, Terminal(sys.stderr), plain="--plain" in options)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
