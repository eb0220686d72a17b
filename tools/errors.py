"""What can go wrong between a tool call and PostHog.

Every text says what happened and what to do next, and never carries a secret.

ToolError              told to the model, the turn goes on
  UnknownTool
  InvalidArguments
  ScopeDenied
  QueryRefused         our own statement guard
  ChangeRefused        our own rules for changes; nothing was sent
  PostHogError
    Forbidden          403
    NotFound           404
    InvalidRequest     400, with the position in the HogQL where there is one
    Conflict           409: somebody was faster, or PostHog's own approvers are asked
    OutcomeUnknown     a change was sent and its answer lost: it may have been made
    RateLimited        429, after retries
    TooSlow            504 and 512
    TooLarge           an answer beyond what we read
    ServerFailed       5xx, after retries
TurnError              told to the person, the turn ends
  KeyRejected          401, or the wrong kind of key
  Unreachable          no answer from the host
  QuotaExceeded        402
  UnexpectedAnswer     whatever answered is not PostHog's API
  LocalProjectError    the embedded project can't be opened
"""


class ToolError(Exception):
    """A failed tool call the model can learn from; its text is what the model reads."""


class UnknownTool(ToolError):
    """The model called a tool that does not exist."""


class InvalidArguments(ToolError):
    """The arguments of a tool call do not fit its schema."""


class ScopeDenied(ToolError):
    """The key lacks a scope; nothing was sent."""

    def __init__(self, subject: str, missing: tuple[str, ...]) -> None:
        self.missing = missing
        scopes = " and ".join(missing)
        super().__init__(
            f"{subject} needs the scope {scopes}, which this API key lacks: "
            f"make a key with {scopes} under Settings → Personal API keys."
        )


class QueryRefused(ToolError):
    """The statement guard refused a HogQL query; nothing was sent."""

    def __init__(self, message: str, position: int | None = None) -> None:
        self.position = position
        where = "" if position is None else f" (at character {position})"
        super().__init__(f"{message}{where}")


class ChangeRefused(ToolError):
    """The mode, the policy, the key or the object does not allow a change; nothing was sent."""


class PostHogError(ToolError):
    """PostHog refused or failed a request."""

    def __init__(self, message: str, status: int | None = None) -> None:
        self.status = status
        super().__init__(message)


class Forbidden(PostHogError):
    """403: a missing scope, project or role; PostHog's own words say which."""


class NotFound(PostHogError):
    """404: no such project or object."""


class InvalidRequest(PostHogError):
    """400: PostHog read the request and refused it, for instance wrong HogQL."""

    def __init__(self, message: str, status: int | None = 400, position: int | None = None) -> None:
        self.position = position
        super().__init__(message, status)


class Conflict(PostHogError):
    """409: somebody changed it meanwhile; with a `request_id`, PostHog asks its own approvers."""

    def __init__(self, message: str, code: str = "", request_id: str = "") -> None:
        self.code = code
        self.request_id = request_id
        super().__init__(message, 409)


class OutcomeUnknown(PostHogError):
    """A change may have reached PostHog, but no answer came back: it must not be sent again."""


class RateLimited(PostHogError):
    """429 after retries; `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: float | None) -> None:
        self.retry_after = retry_after
        super().__init__(message, 429)


class TooSlow(PostHogError):
    """504 or 512: the query must be narrowed."""


class TooLarge(PostHogError):
    """The answer is larger than what hogloop reads into memory."""


class ServerFailed(PostHogError):
    """PostHog failed after retries."""


class TurnError(Exception):
    """A failure no model can repair; its text is one sentence for the person."""


class KeyRejected(TurnError):
    """The API key is of the wrong kind, or PostHog does not know it."""


class Unreachable(TurnError):
    """PostHog did not answer at all."""


class QuotaExceeded(TurnError):
    """402: the organization has used up its API queries, or the feature is not in its plan."""


class UnexpectedAnswer(TurnError):
    """Something answered, but it does not speak PostHog's API."""


class LocalProjectError(TurnError):
    """The embedded project can't be opened, created or written."""
