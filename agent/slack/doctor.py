"""Whether the bot has what it needs of Slack, one line each, with what to do where it hasn't."""

from collections.abc import Iterator

from agent.doctor import Check
from agent.errors import AgentError
from agent.settings import Settings, SlackSettings
from agent.slack.errors import SlackLost, SlackRefused
from agent.slack.manifest import SCOPES
from agent.slack.rules import load_rules
from agent.slack.web import SCOPES as HEADER
from agent.slack.web import Web

PAGE = "on the app's page at api.slack.com/apps"


def examine(settings: Settings, slack: SlackSettings, web: Web, socket: Web) -> Iterator[Check]:
    """Look at the rules, the tokens, the scopes and the way in, in the order they are needed."""
    yield _rules(settings)
    yield from _bot(slack, web)
    yield _way_in(slack, socket)


def _rules(settings: Settings) -> Check:
    path = settings.policy.with_name("slack.toml")
    try:
        rules = load_rules(path)
    except AgentError as error:
        return Check(False, "slack.toml", str(error))
    who = rules.members or ("workspace" if settings.embedded else "posthog")
    asked = who if isinstance(who, str) else f"{len(who)} addresses"
    approving = f"{len(rules.approvers)} may approve changes" if rules.approvers else "no changes"
    return Check(True, f"slack.toml: members {asked}, {approving}, channels {rules.default}")


def _bot(slack: SlackSettings, web: Web) -> Iterator[Check]:
    if not slack.bot_token.startswith("xoxb-"):
        yield Check(
            False, "SLACK_BOT_TOKEN", f"Set it to the xoxb-… token, {PAGE}, OAuth & Permissions."
        )
        return
    try:
        body = web.call("auth.test")
    except (SlackRefused, SlackLost) as error:
        yield Check(False, "SLACK_BOT_TOKEN", f"{error} Install the app again {PAGE}.")
        return
    yield Check(True, f"{body.get('user')} in {body.get('team')}")
    held = {one.strip() for one in str(body.get(HEADER, "")).split(",") if one.strip()}
    if not held:
        yield Check(True, "scopes: Slack does not say which the token has")
        return
    for scope, why in SCOPES.items():
        fix = f"Put the manifest (hogloop slack manifest) in {PAGE} and install it again."
        yield Check(scope in held, f"{scope}: {why}", fix)


def _way_in(slack: SlackSettings, socket: Web) -> Check:
    if not slack.app_token:
        fix = f"Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP, {PAGE}."
        return Check(bool(slack.signing_secret), "HTTP, signed requests", fix)
    try:
        socket.call("apps.connections.open")
    except (SlackRefused, SlackLost) as error:
        fix = f"{error} Make an app-level token with connections:write {PAGE}."
        return Check(False, "Socket Mode", fix)
    return Check(True, "Socket Mode")
