"""What the pages of a site are split by, in PostHog's names.

After posthog/hogql_queries/web_analytics/stats_table.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node

Name = Literal[
    "Page",
    "InitialPage",
    "ExitPage",
    "ExitClick",
    "PreviousPage",
    "ScreenName",
    "InitialChannelType",
    "InitialReferringDomain",
    "InitialUTMSource",
    "InitialUTMCampaign",
    "InitialUTMMedium",
    "InitialUTMTerm",
    "InitialUTMContent",
    "InitialUTMSourceMediumCampaign",
    "Browser",
    "OS",
    "Viewport",
    "DeviceType",
    "Country",
    "Region",
    "City",
    "Timezone",
    "Language",
]
ENTRY_PAGE = "session.`$entry_pathname`"
_SOURCE = (
    "if(isNotNull(session.`$entry_utm_source`), session.`$entry_utm_source`, "
    "if(isNotNull(session.`$entry_referring_domain`), "
    "concat('referrer:', session.`$entry_referring_domain`), '(none)'))"
)
_PREVIOUS = (
    "multiIf(isNotNull(properties.`$prev_pageview_pathname`), properties.`$prev_pageview_pathname`,"
    " domain(properties.`$current_url`) = domain(properties.`$referrer`), "
    "path(properties.`$referrer`), properties.`$referrer`)"
)
_VALUES: Mapping[Name, str] = {
    "Page": "properties.`$pathname`",
    "InitialPage": ENTRY_PAGE,
    "ExitPage": "session.`$end_pathname`",
    "ExitClick": "session.`$last_external_click_url`",
    "PreviousPage": _PREVIOUS,
    "ScreenName": "properties.`$screen_name`",
    "InitialChannelType": "session.`$channel_type`",
    "InitialReferringDomain": "session.`$entry_referring_domain`",
    "InitialUTMSource": "session.`$entry_utm_source`",
    "InitialUTMCampaign": "session.`$entry_utm_campaign`",
    "InitialUTMMedium": "session.`$entry_utm_medium`",
    "InitialUTMTerm": "session.`$entry_utm_term`",
    "InitialUTMContent": "session.`$entry_utm_content`",
    "InitialUTMSourceMediumCampaign": (
        f"concatWithSeparator(' / ', {_SOURCE}, coalesce(session.`$entry_utm_medium`, '(none)'), "
        "coalesce(session.`$entry_utm_campaign`, '(none)'))"
    ),
    "Browser": "properties.`$browser`",
    "OS": "properties.`$os`",
    "Viewport": "tuple(properties.`$viewport_width`, properties.`$viewport_height`)",
    "DeviceType": "properties.`$device_type`",
    "Country": "properties.`$geoip_country_code`",
    "Region": (
        "tuple(properties.`$geoip_country_code`, properties.`$geoip_subdivision_1_code`, "
        "properties.`$geoip_subdivision_1_name`)"
    ),
    "City": "tuple(properties.`$geoip_country_code`, properties.`$geoip_city_name`)",
    "Timezone": "-toFloat(properties.`$timezone_offset`) / 60",
    "Language": "properties.`$browser_language`",
}
_SECOND = "isNotNull(tupleElement(value, 2))"
_TESTS: Mapping[str, str] = {
    "Region": _SECOND,
    "City": _SECOND,
    "Viewport": (
        f"isNotNull(tupleElement(value, 1)) and {_SECOND} and "
        "toString(tupleElement(value, 1)) != '0' and toString(tupleElement(value, 2)) != '0'"
    ),
    "InitialChannelType": "isNotNull(value) and value != ''",
    **{name: "true" for name in get_args(Name) if name.startswith("InitialUTM")},
}


@dataclass(frozen=True)
class WebBreakdown:
    """One way to split the pages of a site."""

    name: Name

    def value(self) -> Node:
        """Its value for an event."""
        return nodes.expr(_VALUES[self.name])

    def known(self) -> Node:
        """Whether a visit with this `value` is shown; sources of visits are also without one."""
        return nodes.expr(_TESTS.get(self.name, "isNotNull(value)"))

    def shown(self) -> Node:
        """The value as it is grouped: languages without their countries."""
        if self.name != "Language":
            return nodes.field("value")
        return nodes.expr("arrayElement(splitByChar('-', assumeNotNull(value)), 1)")
