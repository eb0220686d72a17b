"""The conversations: each thread of Slack has a session of its own, opened when it is needed."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from agent.session import Session
from agent.slack.store import Store

OPEN = 32
"""Conversations that are kept open; the one that was quiet longest is closed for a new one."""

Opened = tuple[Session, ExitStack]
OpenSession = Callable[[str], AbstractContextManager[Session]]
"""Opens a session, which goes on from a transcript where one is named."""


class Talks:
    """Sessions by thread; while one is used nobody else gets it."""

    def __init__(self, store: Store, open_session: OpenSession) -> None:
        self._store = store
        self._open_session = open_session
        self._lock = threading.Lock()
        self._idle: OrderedDict[str, Opened] = OrderedDict()

    @contextmanager
    def talk(self, thread: str) -> Iterator[Session]:
        """The session of a thread, which goes on where it was."""
        with self._lock:
            opened = self._idle.pop(thread, None)
        session, stack = opened or self._opened(thread)
        try:
            yield session
        except BaseException:
            self._give_back(thread, (session, stack))
            raise
        self._store.own(thread, session.name)
        self._give_back(thread, (session, stack))

    def move(self, old: str, new: str) -> None:
        """Let a conversation go on elsewhere; where it was, a new one begins."""
        with self._lock:
            opened = self._idle.pop(old, None)
            if opened:
                self._idle[new] = opened
        self._store.own(new, self._store.transcript(old) or "")
        self._store.own(old, "")

    def close(self) -> None:
        """Close all that are open."""
        with self._lock:
            opened = list(self._idle.values())
            self._idle.clear()
        for _, stack in opened:
            stack.close()

    def _opened(self, thread: str) -> Opened:
        stack = ExitStack()
        try:
            before = self._store.transcript(thread) or ""
            return stack.enter_context(self._open_session(before)), stack
        except BaseException:
            stack.close()
            raise

    def _give_back(self, thread: str, opened: Opened) -> None:
        with self._lock:
            self._idle[thread] = opened
            too_many = [self._idle.popitem(last=False)[1] for _ in range(len(self._idle) - OPEN)]
        for _, stack in too_many:
            stack.close()
