"""The pool that does jobs: a few at once, one in each thread of Slack."""

import logging
import threading
import traceback
from collections.abc import Callable

from agent.errors import AgentError
from agent.redact import redact
from agent.slack.errors import SlackLost
from agent.slack.inbox import ATTEMPTS, Inbox, Job
from tools.errors import ToolError, TurnError

WORKERS = 4
IDLE = 1.0
"""Seconds after which a worker looks by itself."""

TIDY = 15.0
"""Seconds between two looks for what is over."""

log = logging.getLogger("hogloop.slack")


class Workers:
    """Threads that take jobs from the inbox until they are told to end."""

    def __init__(
        self,
        inbox: Inbox,
        perform: Callable[[Job], None],
        give_up: Callable[[Job, Exception], None],
        tidy: Callable[[], None],
        count: int = WORKERS,
    ) -> None:
        self._inbox = inbox
        self._perform = perform
        self._give_up = give_up
        self._tidy = tidy
        self._wake = threading.Semaphore(0)
        self._ending = threading.Event()
        names = (f"slack-{i}" for i in range(count))
        self._threads = [threading.Thread(target=self._run, name=n, daemon=True) for n in names]
        self._threads.append(threading.Thread(target=self._tidying, name="slack-tidy", daemon=True))

    def start(self) -> None:
        """Begin with what was left and what comes."""
        self._inbox.recover()
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Tell that there is something to do."""
        self._wake.release()

    def end(self, seconds: float) -> None:
        """Let running jobs end, but no longer than that; what is left runs at the next start."""
        self._ending.set()
        self._wake.release(len(self._threads))
        for thread in self._threads:
            thread.join(seconds)

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                job = self._inbox.next_job()
            except AgentError as error:
                log.error("%s", error)
                job = None
            if job is not None:
                self._do(job)
            else:
                self._wake.acquire(timeout=IDLE)

    def _tidying(self) -> None:
        """Now and then, what only time makes necessary."""
        while not self._ending.wait(TIDY):
            try:
                self._tidy()
            except AgentError as error:
                log.error("%s", error)

    def _do(self, job: Job) -> None:
        """Do one job; whatever happens, it ends, or is tried again when Slack was away."""
        try:
            self._perform(job)
            self._inbox.end(job)
        except SlackLost as error:
            log.warning("job %d: %s", job.id, error)
            self._inbox.end(job, "new" if job.attempts < ATTEMPTS else "failed")
        except Exception as error:
            log.warning("job %d: %s", job.id, _for_the_log(error))
            self._give_up(job, error)
            self._inbox.end(job, "failed")


def _for_the_log(error: Exception) -> str:
    """What is expected in a sentence, a bug with where it is; neither with a key."""
    expected = isinstance(error, AgentError | TurnError | ToolError)
    return redact(str(error) if expected else "".join(traceback.format_exception(error)))
