"""The app as Slack is told about it: exactly the scopes and events that are used, and why."""

import json
from typing import Any

COMMAND = "/hogloop"
ASK_ABOUT = "ask_about_message"
SCOPES = {
    "app_mentions:read": "to be asked by a mention",
    "assistant:write": "to suggest questions where the app is opened",
    "channels:history": "to hear the next question in a thread of its own",
    "channels:read": "to know whether a channel is shared with others",
    "chat:write": "to answer",
    "commands": f"to be asked by {COMMAND} and from a message's menu",
    "files:write": "to send tables and charts",
    "groups:history": "the same in private channels",
    "groups:read": "the same of private channels",
    "im:history": "to be asked in direct messages",
    "im:write": "to answer in direct messages",
    "users:read": "to know whether somebody is a full member of the workspace",
    "users:read.email": "to know who somebody is in PostHog",
}
EVENTS = (
    "app_home_opened",
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
)
METHODS: dict[str, tuple[str, ...]] = {
    "assistant.threads.setSuggestedPrompts": ("assistant:write",),
    "auth.test": (),
    "chat.delete": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("im:history",),
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.open": ("im:write",),
    "conversations.replies": ("channels:history", "groups:history", "im:history"),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "users.info": ("users:read", "users:read.email"),
    "views.open": (),
    "views.publish": (),
}
"""Every method that is called, with the scopes it needs."""

SUGGESTED = (
    "How many people were active last week?",
    "Weekly signups for the last 8 weeks",
    "What changed since last week?",
    "Which feature flags are on?",
)


def manifest(url: str | None = None) -> dict[str, Any]:
    """The app's manifest: for Socket Mode, or with `url` for requests over HTTP."""
    events: dict[str, Any] = {"bot_events": list(EVENTS)}
    interactivity: dict[str, Any] = {"is_enabled": True}
    command: dict[str, Any] = {
        "command": COMMAND,
        "description": "Ask PostHog, and be answered in a direct message",
        "usage_hint": "how many people signed up last week?",
        "should_escape": False,
    }
    for part, name in ((events, "request_url"), (interactivity, "request_url"), (command, "url")):
        if url:
            part[name] = url
    return {
        "display_information": {
            "name": "hogloop",
            "description": "Ask PostHog in plain English",
            "background_color": "#1d1f27",
        },
        "features": {
            "agent_view": {
                "agent_description": "Answers questions about your product from PostHog.",
                "suggested_prompts": [{"title": q, "message": q} for q in SUGGESTED],
            },
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "hogloop", "always_online": True},
            "shortcuts": [
                {
                    "name": "Ask about this",
                    "type": "message",
                    "callback_id": ASK_ABOUT,
                    "description": "Ask hogloop a question about a message",
                }
            ],
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }


def as_text(url: str | None = None) -> str:
    """The manifest as JSON, which Slack's form takes as it is."""
    return json.dumps(manifest(url), indent=2, ensure_ascii=False)
