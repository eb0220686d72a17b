"""The front door: every failure becomes one sentence and an exit code, in this one place."""

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import typer

from agent.errors import AgentError, ModelError, reason
from agent.redact import redact
from tools.errors import ToolError, TurnError

UNUSABLE = 2
INTERRUPTED = 130
BROKEN_PIPE = 141
POSTHOG_FAILED = 5
OF_THE_MODEL = frozenset({"EmptyReply", "UnfoundedNumbers", "OtherPeriod"})
"""Failed answers that are the language model's doing, not PostHog's."""


@dataclass(frozen=True)
class Failure:
    """Why a command ends without what was asked for."""

    code: int
    """The exit code."""

    kind: str
    """The class of the error."""

    sentence: str
    """What the person is told."""


def exit_code(outcome: str, error: str | None) -> int:
    """The exit code of an answer: 0 unless it failed, and then whose failure it is."""
    if outcome != "failed":
        return 0
    return ModelError.exit_code if error in OF_THE_MODEL else POSTHOG_FAILED


def failure(error: BaseException) -> Failure:
    """What to tell about an error, without any key it may quote."""
    kind = type(error).__name__
    if isinstance(error, KeyboardInterrupt):
        return Failure(INTERRUPTED, "Interrupted", "Interrupted.")
    if isinstance(error, AgentError):
        return Failure(error.exit_code, kind, redact(str(error)))
    if isinstance(error, TurnError | ToolError):
        return Failure(POSTHOG_FAILED, kind, redact(str(error)))
    if isinstance(error, OSError):
        which = f"{error.filename}: " if error.filename else ""
        why = f"{which}{reason(error)}"
        said = f"A file can't be used ({why}): check the path, the disk and HOGLOOP_HOME."
        return Failure(UNUSABLE, kind, redact(said))
    return Failure(1, kind, redact(f"A bug in hogloop ({kind}: {error}): --debug shows where."))


def say(sentence: str) -> None:
    """One line on stderr, safe for the terminal."""
    from agent.cells import one_line

    typer.echo(one_line(sentence), err=True)


def _say_failure(failed: Failure) -> None:
    say(failed.sentence)


@contextmanager
def front_door(
    *, debug: bool = False, tell: Callable[[Failure], None] = _say_failure
) -> Iterator[None]:
    """Run a command; whatever it raises ends the process with its code, told by `tell`."""
    _lenient_output()
    try:
        yield
        sys.stdout.flush()
    except (typer.Exit, typer.Abort):
        raise
    except BrokenPipeError:
        _drop_output()
        raise typer.Exit(BROKEN_PIPE) from None
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            typer.echo(redact("".join(traceback.format_exception(error))), err=True)
        failed = failure(error)
        # Where the output itself fails, say on a full disk, the code is all that can be told.
        with suppress(OSError):
            tell(failed)
        flush_or_drop()
        raise typer.Exit(failed.code) from None


def _lenient_output() -> None:
    """Write a question mark where the locale lacks a letter, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")


def flush_or_drop() -> None:
    """Write what is left to standard output, or give it up where it can't be written."""
    try:
        sys.stdout.flush()
    except OSError:
        _drop_output()


def _drop_output() -> None:
    """Keep the interpreter from writing to where it can't once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
