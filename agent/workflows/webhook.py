"""Answers to a Slack channel by its incoming webhook, whose address is a secret."""

import json
from ipaddress import ip_address
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from agent.answer import Answer
from agent.errors import SettingsError
from agent.settings import variable
from agent.slack.render import rungs
from agent.workflows.again import Passing, Undelivered

SECONDS = 20
SIMPLER = 400
"""How Slack refuses blocks that it does not take."""


class _Stay(HTTPRedirectHandler):
    """Goes nowhere else than to the address given."""

    def redirect_request(self, *args: Any) -> None:
        """Nothing: a redirect is a failure."""


def post(answer: Answer, name: str) -> None:
    """Post an answer to the webhook that a variable holds, in the fullest form Slack takes."""
    address = variable(name)
    if not _is_safe(address):
        raise SettingsError(f"{name} holds no address of a webhook: it begins with https://.")
    status = SIMPLER
    for rung in rungs(answer):
        # Buttons belong to the bot: nobody would answer those of a webhook's message.
        blocks = [block for block in rung.blocks if block["type"] != "actions"]
        body = {"text": rung.text, **({"blocks": blocks} if blocks else {})}
        if (status := _posted(address, json.dumps(body).encode(), name)) != SIMPLER:
            break
    if status >= 300:
        raise Undelivered(
            f"Slack refused the message with {status}: look whether the webhook of {name} is still "
            "there."
        )


def _posted(address: str, body: bytes, name: str) -> int:
    """The status of the answer; nothing that is raised names the address."""
    try:
        request = Request(address, body, {"Content-Type": "application/json; charset=utf-8"})
        with build_opener(_Stay).open(request, timeout=SECONDS) as response:
            return int(response.status)
    except HTTPError as error:
        if error.code == 429 or error.code >= 500:
            raise Passing(f"Slack could not take it now ({error.code}).", _wait(error)) from None
        return error.code
    except ValueError:
        raise SettingsError(f"{name} holds no address of a webhook: look at it.") from None
    except OSError as error:
        reason = getattr(error, "reason", None) or error.strerror or type(error).__name__
        raise Passing(f"Slack can't be reached ({reason}): check the network.") from None


def _wait(error: HTTPError) -> float | None:
    told = error.headers.get("retry-after", "")
    return float(told) if told.isdecimal() else None


def _is_safe(address: str) -> bool:
    """Whether nobody on the way can read what goes there."""
    try:
        url = urlsplit(address)
        return url.scheme == "https" or (url.scheme == "http" and is_here(url.hostname or ""))
    except ValueError:
        return False


def is_here(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
