"""Slack's Web API: the only module that imports slack_sdk."""

import json
from collections.abc import Callable
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Protocol

from agent.errors import SettingsError
from agent.slack.errors import SlackLost, SlackRefused

if TYPE_CHECKING:
    from slack_sdk import WebClient


SCOPES = "x-oauth-scopes"
"""The header in which Slack lists what a token may do."""

TIMEOUT = 20
TRIES = 4


class Web(Protocol):
    """What the bot needs of Slack's Web API."""

    def call(self, method: str, /, *, tries: int = TRIES, **arguments: Any) -> dict[str, Any]:
        """The answer of one method; raises `SlackRefused` or `SlackLost`."""
        ...

    def upload(self, name: str, content: bytes, alt: str, **place: Any) -> str:
        """Upload a file, into a channel and a thread if they are named; its id."""
        ...


class SlackWeb:
    """Slack's Web API with a token; waits as long as Slack asks for when it is told to."""

    def __init__(self, token: str, url: str) -> None:
        self._token = token
        self._url = url
        self._clients: dict[int, WebClient] = {}

    def call(self, method: str, /, *, tries: int = TRIES, **arguments: Any) -> dict[str, Any]:
        """The answer of one method, asked again when Slack is busy or can't be reached.

        With one try, nothing is repeated but what Slack says it did not take (429).
        """
        return self._asked(
            method, lambda client: client.api_call(method, data=_form(arguments)), tries
        )

    def upload(self, name: str, content: bytes, alt: str, **place: Any) -> str:
        """Upload a file, into a channel and a thread if they are named; its id."""
        body = self._asked(
            "files.completeUploadExternal",
            lambda client: client.files_upload_v2(
                filename=name, content=content, alt_txt=alt, title=name, **place
            ),
            1,
        )
        return str(body["files"][0]["id"])

    def _asked(self, method: str, ask: "Callable[[WebClient], Any]", tries: int) -> dict[str, Any]:
        from slack_sdk.errors import SlackApiError, SlackClientError

        try:
            answer = ask(self._client(tries))
        except SlackApiError as error:
            found = error.response.data if isinstance(error.response.data, dict) else {}
            if not found:
                raise SlackLost(method, f"status {error.response.status_code}") from error
            raise refusal(method, found) from error
        except (OSError, HTTPException, ValueError, SlackClientError) as error:
            raise SlackLost(method, error) from error
        if not isinstance(answer.data, dict):
            raise SlackLost(method, "no JSON")
        scopes = {name.lower(): value for name, value in answer.headers.items()}.get(SCOPES)
        return answer.data | ({SCOPES: scopes} if scopes else {})

    def _client(self, tries: int) -> "WebClient":
        if tries not in self._clients:
            from slack_sdk.http_retry.builtin_handlers import (
                ConnectionErrorRetryHandler,
                RateLimitErrorRetryHandler,
                ServerErrorRetryHandler,
            )

            handlers: list[Any] = [RateLimitErrorRetryHandler(max_retry_count=TRIES)]
            if tries > 1:
                handlers += [
                    ConnectionErrorRetryHandler(max_retry_count=tries - 1),
                    ServerErrorRetryHandler(max_retry_count=tries - 1),
                ]
            if tries == 0:
                handlers = []
            self._clients[tries] = client(self._token, self._url, handlers)
        return self._clients[tries]


def client(token: str, url: str, handlers: list[Any] | None = None) -> "WebClient":
    """The SDK's client, which repeats what `handlers` say."""
    from slack_sdk import WebClient

    return WebClient(token, base_url=url, timeout=TIMEOUT, retry_handlers=handlers)


def refusal(method: str, body: dict[str, Any]) -> SlackRefused:
    """What Slack's error means."""
    more = (body.get("response_metadata") or {}).get("messages") or ()
    code = str(body.get("error", "unknown"))
    return SlackRefused(method, code, "; ".join(map(str, more))[:500], str(body.get("needed", "")))


def require_slack() -> None:
    """Refuse when Slack's libraries are not installed."""
    from importlib.util import find_spec

    if not all(map(find_spec, ("slack_sdk", "slack_bolt"))):
        raise SettingsError("hogloop in Slack is not installed: pip install 'hogloop[slack]'.")


def _form(arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        name: json.dumps(value) if isinstance(value, dict | list | tuple) else value
        for name, value in arguments.items()
        if value is not None
    }
