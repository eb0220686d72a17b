"""What an event says of its person, as PostHog gathers it from the event's own properties."""

from collections.abc import Mapping
from typing import Any

_CHANGING = (
    "$browser", "$browser_version", "$current_url", "$device_type", "$os", "$os_name",
    "$os_version", "$pathname", "$raw_user_agent", "$referrer", "$referring_domain",
    "$screen_height", "$screen_width", "$viewport_height", "$viewport_width",
)  # fmt: skip
_APP = ("$app_build", "$app_name", "$app_namespace", "$app_version")
_CAMPAIGN = (
    "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_name", "utm_term", "gclid",
    "gad_source", "gclsrc", "dclid", "gbraid", "wbraid", "fbclid", "msclkid", "twclid",
    "li_fat_id", "mc_cid", "igshid", "ttclid", "rdt_cid", "irclid", "_kx", "epik", "qclid", "sccid",
)  # fmt: skip
TAKEN = frozenset({*_CHANGING, *_APP, *_CAMPAIGN})
"""Properties of events that become properties of the person."""

QUIET = frozenset(
    {
        *_CHANGING,
        *(f"$geoip_{name}" for name in ("postal_code", "time_zone", "latitude", "longitude")),
        *(f"$geoip_{name}_confidence" for name in ("city", "country", "postal_code")),
        *(f"$geoip_subdivision_{n}_{kind}" for n in (1, 2, 3) for kind in ("code", "name")),
        *(f"$geoip_subdivision_{n}_confidence" for n in (1, 2)),
        "$geoip_accuracy_radius",
    }
)
"""What changes so often that PostHog writes no new version of a person for it alone."""

OF_PERSONS = frozenset({"$identify", "$create_alias", "$merge_dangerously", "$set"})
"""Events that are about the person: for them every change counts."""

SETTING = ("$set", "$set_once", "$unset")


def for_person(properties: Mapping[str, Any], with_person: bool) -> dict[str, Any]:
    """The properties with all that is to be set on the person; without one, with none of it."""
    told = dict(properties)
    if not with_person:
        return {name: value for name, value in told.items() if name not in SETTING}
    if "$os_name" in told:
        told.setdefault("$os", told["$os_name"])
    found = {name: value for name, value in told.items() if name in TAKEN}
    if found:
        first = {f"$initial_{name.replace('$', '', 1)}": value for name, value in found.items()}
        told["$set"] = found | mapping(told.get("$set"))
        told["$set_once"] = first | mapping(told.get("$set_once"))
    return told


def with_outer(event: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties with `$set` and `$set_once` from where older SDKs write them."""
    told = dict(properties)
    for name in ("$set", "$set_once"):
        if outer := mapping(event.get(name)):
            told[name] = outer | mapping(told.get(name))
    return told


def changed(name: str, properties: Mapping[str, Any], was: Mapping[str, Any]) -> dict[str, Any]:
    """The person's properties after an event, in a new dictionary if anything is new."""
    if name in ("$exception", "$$heatmap"):
        return dict(was)
    once = mapping(properties.get("$set_once"))
    told = {key: value for key, value in once.items() if key not in was}
    told |= mapping(properties.get("$set"))
    gone = properties.get("$unset") or ()
    gone = {key for key in gone if isinstance(key, str)} if isinstance(gone, list | dict) else set()
    return {key: value for key, value in {**was, **told}.items() if key not in gone}


def worth_writing(name: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether the change of a person needs a new version."""
    if name in OF_PERSONS:
        return was != now
    differing = {key for key in {**was, **now} if key not in was or key not in now}
    differing |= {key for key in was if key in now and was[key] != now[key]}
    return bool({key for key in differing if key not in was or key not in QUIET})


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}
