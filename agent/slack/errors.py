"""What can go wrong between hogloop and Slack."""

from agent.errors import AgentError

TOKEN = frozenset(
    {"account_inactive", "invalid_auth", "missing_scope", "not_allowed_token_type", "not_authed"}
    | {"token_expired", "token_revoked"}
)
"""Words by which nothing can be done with a token at all."""


class SlackRefused(AgentError):
    """Slack said no, and by which word."""

    def __init__(self, method: str, code: str, more: str = "", needed: str = "") -> None:
        self.method = method
        self.code = code
        self.needed = needed
        """The scope that was missing, where Slack names it."""

        hint = ": `hogloop slack doctor` says what to do" if code in TOKEN else ""
        super().__init__(f"Slack refused {method}: {code}{f' ({more})' if more else ''}{hint}.")


class SlackLost(AgentError):
    """No answer came from Slack: what was asked may have happened or not."""

    def __init__(self, method: str, cause: object) -> None:
        self.method = method
        super().__init__(f"Slack did not answer {method} ({cause}): check the network.")
