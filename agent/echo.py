"""Whether a terminal shows what is typed; what is typed ahead is kept either way."""

import sys
import termios


class Echo:
    """The echo of the terminal that a person types on; nothing where there is none."""

    def off(self) -> None:
        """Show nothing of what is typed, so that it can't tear a live line apart."""
        self._set(shown=False)

    def on(self) -> None:
        """Show it again."""
        self._set(shown=True)

    def _set(self, *, shown: bool) -> None:
        if not sys.stdin.isatty():
            return
        settings = termios.tcgetattr(sys.stdin)
        settings[3] = settings[3] | termios.ECHO if shown else settings[3] & ~termios.ECHO
        termios.tcsetattr(sys.stdin, termios.TCSANOW, settings)
