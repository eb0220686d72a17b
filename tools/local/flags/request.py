"""What a request for flags says: whose project, who asks, which flags."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError
from werkzeug.wrappers import Request

from tools.local.bodies import ApiError, invalid
from tools.local.capture_body import legacy
from tools.local.flags.evaluation import Result
from tools.local.flags.people import Asked
from tools.local.meta import Meta
from tools.local.project_key import is_project_key

_NO_KEY = (
    "Project API key invalid. You can find your project API key in your PostHog project settings."
)
_NO_ID = "The distinct_id field is missing from the request. Please include a valid identifier."
_SERVERS = re.compile(
    r"posthog-(python|node|ruby|go|php|java|dotnet|elixir|rust|server)|python-|curl/|Go-http|"
    r"okhttp|axios|node-fetch|undici",
    re.IGNORECASE,
)
_CLIENTS = re.compile(r"Mozilla/|posthog-(js|android|ios|react-native|flutter)", re.IGNORECASE)


class FlagsRequest(BaseModel):
    """The body of a request for flags; what PostHog's SDKs send besides is about other things."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    token: str | None = Field(
        default=None, validation_alias=AliasChoices("token", "api_key", "$token")
    )
    distinct_id: str | None = Field(
        default=None, validation_alias=AliasChoices("distinct_id", "$distinct_id")
    )
    groups: dict[str, Any] | None = None
    person_properties: dict[str, Any] | None = None
    group_properties: dict[str, dict[str, Any] | None] | None = None
    flag_keys_to_evaluate: list[str] | None = None
    device_id: str | None = Field(
        default=None, validation_alias=AliasChoices("device_id", "$device_id")
    )
    anonymous_id: str | None = Field(default=None, validation_alias="$anon_distinct_id")
    evaluation_runtime: str | None = None
    evaluation_contexts: list[str] | None = Field(
        default=None,
        validation_alias=AliasChoices("evaluation_contexts", "evaluation_environments"),
    )
    disable_flags: bool = False

    def asked(self) -> Asked:
        """Who asks, or the refusal of a request that doesn't say."""
        if not self.distinct_id:
            raise invalid(_NO_ID, code="missing_distinct_id", attr="distinct_id")
        return Asked(
            distinct_id=self.distinct_id,
            person_properties=self.person_properties or {},
            groups=self.groups or {},
            group_properties={
                name: found or {} for name, found in (self.group_properties or {}).items()
            },
            device_id=self.device_id or None,
            anonymous_id=self.anonymous_id or None,
        )

    def meant(self, results: Iterable[Result], agent: str) -> list[Result]:
        """The flags that are for where the request comes from."""
        runtime = self.evaluation_runtime or _runtime(agent)
        contexts = set(self.evaluation_contexts or ())
        return [
            result
            for result in results
            if result.flag.runtime in ("all", runtime)
            and (not contexts or not result.flag.contexts or contexts & {*result.flag.contexts})
        ]


def read_flags_request(meta: Meta, request: Request) -> FlagsRequest:
    """The request, read; refused unless it carries the project's own key."""
    body = legacy(request)
    try:
        found = FlagsRequest.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        attr = "__".join(str(part) for part in first["loc"]) or None
        raise invalid(first["msg"], attr=attr) from None
    if not is_project_key(meta, found.token or request.args.get("token")):
        raise key_refused()
    return found


def key_refused() -> ApiError:
    """The refusal of a project key that is not this project's."""
    return ApiError(401, "authentication_error", "invalid_api_key", _NO_KEY)


def _runtime(agent: str) -> str | None:
    if _SERVERS.search(agent):
        return "server"
    return "client" if _CLIENTS.search(agent) else None
