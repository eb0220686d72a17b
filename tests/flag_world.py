"""A small PostHog of flags in memory, with a ledger of every effect: for thousands of episodes.

It keeps the rules that matter here: scopes, one project, filters replaced whole, rising versions.
"""

import copy
import json
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.fakes import HOST, KEY, envelope
from tools.client import PostHog

PROJECT = {"id": 7, "name": "Shop", "timezone": "UTC", "week_start_day": 1}
HOSTS = (HOST.removeprefix("https://"), "127.0.0.1")
GROUP = {"properties": [], "rollout_percentage": 30}


@dataclass
class FlagWorld:
    """Flags by their ids, and what was done to them."""

    flags: dict[int, dict[str, Any]] = field(default_factory=dict)
    effects: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    """Method, path and body of each request that changed something."""

    strange: list[str] = field(default_factory=list)
    """Requests to any other project, host or route."""

    scopes: tuple[str, ...] = ("feature_flag:write", "project:read")

    def client(self) -> PostHog:
        """A client of it."""
        transport = httpx.MockTransport(self)
        return PostHog(
            host=HOST, key=KEY, project_id=7, transport=transport, sleep=lambda seconds: None
        )

    def add(self, key: str, **fields: Any) -> int:
        """A flag at 30 %."""
        number = len(self.flags) + 1
        self.flags[number] = {
            "id": number, "key": key, "name": "", "active": True, "archived": False,
            "deleted": False, "version": 1, "filters": {"groups": [dict(GROUP)], "payloads": {}},
            **fields,
        }  # fmt: skip
        return number

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return envelope(401, "authentication_failed", "no")
        if request.url.path == "/api/personal_api_keys/@current/":
            body = {"id": "k7", "scopes": list(self.scopes), "scoped_teams": [7]}
            return httpx.Response(200, json=body)
        route = request.url.path.removeprefix("/api/projects/7/")
        if request.url.host not in HOSTS or route == request.url.path:
            self.strange.append(str(request.url))
            return envelope(404, "not_found", "no")
        return self._answer(request, [part for part in route.split("/") if part])

    def _answer(self, request: httpx.Request, parts: list[str]) -> httpx.Response:
        body = json.loads(request.content) if request.content else {}
        if not parts:
            return httpx.Response(200, json=PROJECT)
        if parts[0] != "feature_flags":
            return httpx.Response(200, json={"results": [], "next": None})
        if parts[1:] == ["user_blast_radius"]:
            return httpx.Response(200, json={"affected": 1000, "total": 1000})
        if request.method == "GET":
            return self._read(request, parts[1:])
        return self._change(request.method, "/".join(parts), parts[1:], body)

    def _read(self, request: httpx.Request, parts: list[str]) -> httpx.Response:
        if len(parts) == 2:
            return httpx.Response(200, json=[])
        if parts:
            flag = self.flags.get(int(parts[0])) if parts[0].isdecimal() else None
            return httpx.Response(200, json=flag) if flag else envelope(404, "not_found", "no")
        sought = request.url.params.get("search", "")
        found = [f for f in self.flags.values() if not f["deleted"] and sought in f["key"]]
        return httpx.Response(200, json={"results": found, "next": None})

    def _change(
        self, method: str, path: str, parts: list[str], body: dict[str, Any]
    ) -> httpx.Response:
        if "feature_flag:write" not in self.scopes:
            return envelope(403, "permission_denied", "no")
        self.effects.append((method, f"{path}/", body))
        if not parts:
            number = self.add(body["key"], **{k: v for k, v in body.items() if k[0] != "_"})
            return httpx.Response(201, json=self.flags[number])
        flag = copy.deepcopy(self.flags[int(parts[0])])
        if len(parts) == 2:
            self._act(flag, parts[1], body)
        else:
            flag |= {k: v for k, v in body.items() if k not in ("version", "original_flag")}
        flag["version"] += 1
        self.flags[flag["id"]] = flag
        return httpx.Response(200, json=flag)

    def _act(self, flag: dict[str, Any], action: str, body: dict[str, Any]) -> None:
        if action == "set_release_condition_rollout":
            group = flag["filters"]["groups"][body["condition_index"]]
            group["rollout_percentage"] = body["rollout_percentage"]
        flag |= {
            "enable": {"active": True},
            "disable": {"active": False},
            "archive": {"archived": True, "active": False},
            "unarchive": {"archived": False},
        }.get(action, {})
