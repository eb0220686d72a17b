"""What ends a turn, each with the exit code of the command line.

AgentError
  SettingsError   2   settings that contradict each other or can't be read
  ModelError      3   the language model failed, after retries
  LimitReached    4   steps, seconds or tokens ran out

Failures of PostHog that end a turn are `tools.errors.TurnError`, exit code 5.
"""


def reason(error: Exception) -> str:
    """Why something failed, in the system's words without its number."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)


class AgentError(Exception):
    """A failure told to the person in one sentence."""

    exit_code = 1


class SettingsError(AgentError):
    """Settings that contradict each other or can't be read."""

    exit_code = 2


class ModelError(AgentError):
    """The language model refused, failed or could not be reached, after retries."""

    exit_code = 3


class LimitReached(AgentError):
    """A turn spent its steps, seconds or tokens without an answer."""

    exit_code = 4
