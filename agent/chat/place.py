"""Where a conversation takes place: a project and a model, which can be left for others."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Self

from rich.console import Console

from agent.session import Session

Open = Callable[[str | None, str | None], AbstractContextManager[tuple[Session, Console]]]


class Place:
    """The session of a conversation; the old one ends only once the new one has begun."""

    def __init__(
        self, session: Session, open: Open, project: str | None = None, model: str | None = None
    ) -> None:
        self.session = session
        self._open = open
        self._chosen = (project, model)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def move(self, *, project: str | None = None, model: str | None = None) -> Session:
        """Begin a new conversation, on another project or with another model where one is named."""
        chosen = (project or self._chosen[0], model or self._chosen[1])
        with ExitStack() as stack:
            self.session, _ = stack.enter_context(self._open(*chosen))
            old, self._stack = self._stack, stack.pop_all()
        old.close()
        self._chosen = chosen
        return self.session
