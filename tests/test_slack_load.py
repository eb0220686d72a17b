"""Many threads of Slack at once while Slack fails at a tenth of all requests."""

import random
import threading
import time
from collections import Counter
from pathlib import Path

from agent.slack.web import SlackWeb
from tests.slack_fixtures import ANN, BOB, CHANNEL, message
from tests.slack_http import SlackServer
from tests.slack_office import office

THREADS = 50
RULES = "[budget]\nuser = 1000000\nchannel = 1000000\nwaiting = 1000\n"


def resident():
    """Megabytes that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1024**2


def questions(turn):
    """One question in each thread, each event sent once or twice, in any order."""
    asked = []
    for i in range(THREADS):
        ts = f"{1000 + i}.{turn}" if turn else f"{1000 + i}.0"
        more = {"thread_ts": f"{1000 + i}.0"} if turn else {}
        kind = "message" if turn else "app_mention"
        text = f"canary-{i}-{turn}"
        asked.append(
            message(text, kind=kind, ts=ts, user=ANN if i % 2 else BOB, channel=CHANNEL, **more)
        )
    chance = random.Random(turn)
    asked += chance.sample(asked, THREADS // 5)
    chance.shuffle(asked)
    return asked


def send(work, asked, took):
    """Send all of it by eight threads; how long each was not acknowledged is noted."""
    waiting = list(asked)

    def sender():
        while waiting:
            try:
                body = waiting.pop()
            except IndexError:
                return
            began = time.perf_counter()
            status = work.send(body).status
            took.append((time.perf_counter() - began, status))

    threads = [threading.Thread(target=sender) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def test_fifty_threads_at_once_lose_repeat_and_mix_up_nothing(tmp_path, request, tally):
    whole = request.config.getoption("--whole")
    until = time.monotonic() + (600 if whole else 0)
    made = office(tmp_path / "home", RULES)
    made.go_on.set()
    before, took, turn = resident(), [], 0
    server = SlackServer(made.slack, share=0.1)
    with server.serving():
        web = SlackWeb("xoxb-1", server.url)
        slack, made.slack = made.slack, web
        while turn < 3 or time.monotonic() < until:
            with made.open(sleep=lambda seconds: time.sleep(min(seconds, 0.05))) as work:
                send(work, questions(turn), took)
                if turn % 2 == 0:
                    work.rest(120)
            slack.calls.clear()
            turn += 1
        with made.open() as work:
            work.rest(120)
    counted = Counter()
    for (_, _), said in slack.messages.items():
        thread = int(said["thread_ts"].split(".")[0]) - 1000
        heard = [word for word in said["text"].split() if word.startswith("canary-")]
        assert {word.split("-")[1] for word in heard} == {str(thread)}, "another thread's words"
        counted[heard[-1] if heard else said["text"]] += 1
    wanted = {f"canary-{i}-{t}" for i in range(THREADS) for t in range(turn)}
    assert counted == Counter(dict.fromkeys(wanted, 1))
    acks = sorted(seconds for seconds, status in took)
    assert {status for _, status in took} == {200}
    slowest = acks[int(len(acks) * 0.99)]
    assert slowest < 1.0
    assert resident() - before < 300
    tally(
        f"Slack under load: {len(wanted)} questions in {THREADS} threads, {turn + 1} starts, "
        f"{sum(server.faults.values())} faults: 0 lost, 0 twice, 0 mixed up; acknowledged in "
        f"{slowest * 1000:.0f} ms (p99); {resident():.0f} MB"
    )
