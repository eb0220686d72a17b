"""Whether the computer's clock is to be trusted."""

import logging
import time

FAR = 60.0


class Clock:
    """Notices when the clock jumps."""

    def __init__(self) -> None:
        self._apart = time.time() - time.monotonic()

    def look(self, log: logging.Logger) -> None:
        """Warn once of a jump since the last look."""
        apart = time.time() - time.monotonic()
        jumped = apart - self._apart
        self._apart = apart
        if abs(jumped) > FAR:
            log.warning(
                "The clock of this computer jumped by %.0f seconds: "
                "events sent without a time of their own get the new time.",
                jumped,
            )
