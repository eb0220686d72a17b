"""Whether the computer's clock is to be trusted."""

import logging
import time
from collections.abc import Callable

FAR = 60.0
"""Seconds by which a clock that is kept right does not move."""


class Clock:
    """Notices when the clock jumps."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._apart = wall() - steady()

    def look(self, log: logging.Logger) -> None:
        """Warn once of a jump since the last look."""
        apart = self._wall() - self._steady()
        jumped = apart - self._apart
        self._apart = apart
        if abs(jumped) > FAR:
            log.warning(
                "The clock of this computer jumped by %.0f seconds: "
                "events sent without a time of their own get the new time.",
                jumped,
            )
