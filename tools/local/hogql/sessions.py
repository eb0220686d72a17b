"""Sessions: one row for all events with the same `$session_id`.

After PostHog's third version of its sessions table: what a visit began with is told by its first
pageview or screen, and by other events only where it has none.
"""

from tools.kinds import Kind
from tools.local.hogql import channel
from tools.local.hogql.schema import Column, Table

_PAGES = "{t}.event IN ('$pageview', '$screen')"
_FIRST = f"if({_PAGES}, {{t}}.timestamp, {{t}}.timestamp + toIntervalYear(1))"
_LAST = f"if({_PAGES}, {{t}}.timestamp, {{t}}.timestamp - toIntervalYear(1))"
_START, _END = "min({t}.timestamp)", "max({t}.timestamp)"
_DURATION = f"dateDiff('second', {_START}, {_END})"
_URLS = f"arraySort(groupUniqArrayIf({{=$current_url}}, {_PAGES}))"
_ENTRY_URL = f"argMin({{=$current_url}}, {_FIRST})"
_END_URL = f"argMax({{=$current_url}}, {_LAST})"
_ACTIONS = "('$pageview', '$screen', '$autocapture')"
_ACTIVITY = f"uniqUpTo(1)(if({{t}}.event IN {_ACTIONS}, {{t}}.uuid, NULL))"
_BOUNCE_SECONDS = 10
_UTM = ("source", "campaign", "medium", "term", "content")
_AD_IDS = (
    *("gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "twclid", "li_fat_id", "mc_cid", "igshid"),
    *("ttclid", "epik", "qclid", "sccid", "_kx", "irclid"),
)
_VERSION_7 = "bitAnd(bitShiftRight(toUInt128(toUUIDOrZero({t}.`$session_id`)), 76), 15) = 7"

# The whole of the first event: a property it lacks is not taken from a later one.
_ORIGIN = (
    "argMin(tuple({=utm_source}, {=utm_medium}, {=utm_campaign}, {=$referring_domain}, "
    f"isNotNull({{=gclid}}), isNotNull({{=fbclid}}), {{=gad_source}}), {_FIRST})"
)


def _text(expression: str, *, visible: bool = True, nullable: bool = True) -> Column:
    return Column(Kind.STRING, expression, nullable=nullable, visible=visible)


def _entry(key: str, *, visible: bool = True) -> Column:
    """The first value of an event property."""
    return _text(f"argMin({{={key}}}, {_FIRST})", visible=visible)


def _has(key: str) -> Column:
    return Column(Kind.BOOLEAN, f"toBool(argMin(isNotNull({{={key}}}), {_FIRST}))")


def _of_first_event(key: str) -> str:
    return f"tupleElement(argMin(tuple({{={key}}}), {_FIRST}), 1)"


def _count(event: str) -> Column:
    return Column(Kind.INTEGER, f"uniqExactIf({{t}}.uuid, {{t}}.event = '{event}')")


def _origin(place: int) -> str:
    return f"tupleElement({_ORIGIN}, {place})"


_CHANNEL = channel.channel_type(
    (_origin(1), _origin(2), _origin(3)), _origin(4), _origin(5), _origin(6), _origin(7)
)
_IS_BOUNCE = (
    f"if({_ACTIVITY} = 0, NULL, toBool(not({_ACTIVITY} > 1 OR {_DURATION} >= {_BOUNCE_SECONDS})))"
)

SESSIONS = Table(
    "sessions",
    "events",
    {
        "session_id_v7": _text("toUUIDOrNull({t}.`$session_id`)", visible=False),
        "id": _text("{t}.`$session_id`", visible=False, nullable=False),
        "session_id": _text("{t}.`$session_id`", nullable=False),
        "session_timestamp": Column(
            Kind.DATETIME,
            f"if({_VERSION_7}, UUIDv7ToDateTime(toUUIDOrZero({{t}}.`$session_id`)), {_START})",
        ),
        "distinct_id": _text("argMax({t}.distinct_id, {t}.timestamp)", nullable=False),
        "person_id": Column(Kind.UUID, "argMax({t}.person_id, {t}.timestamp)"),
        "$start_timestamp": Column(Kind.DATETIME, _START),
        "$end_timestamp": Column(Kind.DATETIME, _END),
        "max_inserted_at": Column(Kind.DATETIME, "max({t}.created_at)"),
        "$urls": Column(Kind.ARRAY, _URLS),
        "$num_uniq_urls": Column(Kind.INTEGER, f"length({_URLS})"),
        "$entry_current_url": _text(_ENTRY_URL),
        "$entry_pathname": _text(f"path({_ENTRY_URL})"),
        "$entry_hostname": _text(f"domain({_ENTRY_URL})"),
        "$end_current_url": _text(_END_URL),
        "$end_pathname": _text(f"path({_END_URL})"),
        "$end_hostname": _text(f"domain({_END_URL})"),
        "$entry_referring_domain": _entry("$referring_domain"),
        "$last_external_click_url": _text("argMax({=$external_click_url}, {t}.timestamp)"),
        "$exit_current_url": _text(_END_URL, visible=False),
        "$exit_pathname": _text(f"path({_END_URL})", visible=False),
        **{f"$entry_utm_{name}": _entry(f"utm_{name}") for name in _UTM},
        "$entry_fbclid": _entry("fbclid"),
        "$entry_gclid": _entry("gclid", visible=False),
        "$entry_gad_source": _entry("gad_source", visible=False),
        "$entry_has_fbclid": _has("fbclid"),
        "$entry_has_gclid": _has("gclid"),
        "$pageview_count": _count("$pageview"),
        "$autocapture_count": _count("$autocapture"),
        "$screen_count": _count("$screen"),
        "$page_screen_autocapture_count_up_to": Column(Kind.INTEGER, _ACTIVITY, visible=False),
        "$entry_channel_type_properties": Column(Kind.TUPLE, _ORIGIN, visible=False),
        "$channel_type": _text(_CHANNEL, nullable=False),
        "$session_duration": Column(Kind.INTEGER, _DURATION),
        "duration": Column(Kind.INTEGER, _DURATION, visible=False),
        "$is_bounce": Column(Kind.BOOLEAN, _IS_BOUNCE, nullable=True),
        **{
            f"$entry_{key}": _text(f"ifNull({_of_first_event(key)}, '')", nullable=False)
            for key in _AD_IDS
        },
        **{
            f"$entry_has_{key}": Column(Kind.BOOLEAN, f"isNotNull({_of_first_event(key)})")
            for key in _AD_IDS
        },
    },
    where="{t}.`$session_id` != ''",
    group_by="{t}.`$session_id`",
    clock="{t}.timestamp",
)
