"""A tool that proposes to copy a flag to another project of the organization."""

from tools.base import tool
from tools.changes.change import Change, Difference, Request, Risk
from tools.changes.flag_state import flag_state
from tools.changes.flags import SCOPE, FlagArgs
from tools.changes.kinds import COPIED, FLAG
from tools.changes.propose import Wish, propose
from tools.client import PostHog
from tools.errors import ChangeRefused


class CopyFlag(FlagArgs):
    """Arguments of copy_flag."""

    project: int
    """The id of the project that gets the copy."""


@tool(SCOPE)
def copy_flag(posthog: PostHog, args: CopyFlag) -> Change:
    """Propose to copy a flag, switched off, to a project that policy.toml names in copy_to."""
    state, here = flag_state(posthog, args.key), posthog.project
    if args.project == here.id:
        raise ChangeRefused(f"{state.key} is in project {args.project} already.")
    if posthog.grants.projects:
        raise ChangeRefused(
            "PostHog copies flags only with a key that is not limited to single projects: make "
            "one, and name it in trusted_keys of policy.toml."
        )
    for body in posthog.pages(f"/api/projects/{args.project}/{FLAG.route}", search=state.key[:200]):
        if str(body.get("key")) == state.key:
            raise ChangeRefused(
                f"Project {args.project} has a flag {state.key}, which a copy would overwrite: "
                "change that one."
            )
    fields = {
        "feature_flag_key": state.key,
        "from_project": here.id,
        "target_project_ids": [args.project],
        "copy_schedule": False,
        "disable_copied_flag": True,
    }
    path = f"/api/organizations/{here.organization or '@current'}/feature_flags/copy_flags/"
    wish = Wish(
        f"copy the flag {state.key} to project {args.project}",
        (
            Difference(f"flag in project {args.project}", "is not there", state.key),
            Difference("switched there", "", "off"),
            Difference("who would get it", "", state.words()),
        ),
        Request("POST", path, fields, (SCOPE,)),
        {"key": state.key, "active": False},
        Risk.HIGH,
        "it changes another project",
        "delete the copy",
        ("Cohorts that it asks for are made there as well.",),
    )
    return propose(posthog, "copy_flag", COPIED, None, wish, name=state.key)
