"""The functions a HogQL query may call, and how each is written in ClickHouse."""

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache

from tools import function_tables as tables
from tools.kinds import Kind

_SPEC = re.compile(r"(?P<name>\w+)(?:\((?P<params>[^)]+)\))?(?:/(?P<args>\S+))?")
_PLAIN = "{name}({*})"

KINDS = {
    Kind.STRING: """toString toNullableString lower upper lowerUTF8 upperUTF8 concat substring
        substringUTF8 left right trim trimLeft trimRight ltrim rtrim btrim replace replaceAll
        replaceOne replaceRegexpAll replaceRegexpOne extract regexpExtract path pathFull domain
        domainWithoutWWW protocol queryString fragment cutQueryString cutFragment cutWWW
        cutQueryStringAndFragment extractURLParameter decodeURLComponent encodeURLComponent
        topLevelDomain formatDateTime to_char dateName monthName JSONExtractString JSONExtractRaw
        JSON_VALUE toJSONString arrayStringConcat initcap lpad rpad leftPad rightPad repeat
        split_part hex md5 format concatWithSeparator reverseUTF8 toTypeName string_agg json_agg
        formatReadableSize formatReadableQuantity formatReadableTimeDelta JSONType translate""",
    Kind.INTEGER: """toInt toIntOrZero _toInt8 _toInt16 _toInt32 _toInt64 _toUInt64 length
        lengthUTF8 toYear toQuarter toMonth toDayOfYear toDayOfMonth toDayOfWeek toHour toMinute
        toSecond toUnixTimestamp toISOYear toISOWeek toWeek toYearWeek toYYYYMM toYYYYMMDD dateDiff
        date_diff age position positionCaseInsensitive positionUTF8 locate indexOf countSubstrings
        countMatches count countDistinct uniq uniqExact uniqHLL12 uniqUpTo countEqual arrayUniq
        cityHash64 ascii JSONLength JSONArrayLength JSONExtractInt JSONExtractUInt intDiv
        intDivOrZero rank dense_rank row_number windowFunnel toUnixTimestamp64Milli
        arrayCount arrayFirstIndex arrayLastIndex bitCount date_part""",
    Kind.FLOAT: """toFloat toFloatOrZero toFloatOrDefault divide avg median quantile quantileExact
        exp log ln exp2 log2 exp10 log10 sqrt cbrt pow power stddevPop stddevSamp varPop varSamp
        covarPop covarSamp corr avgWeighted JSONExtractFloat arrayAvg medianExact sin cos tan e pi
        greatCircleDistance geoDistance""",
    Kind.BOOLEAN: """toBool isNull isNotNull empty notEmpty isEmpty isNotEmpty startsWith endsWith
        match like ilike notLike notILike has hasAll hasAny hasSubstr hasToken equals notEquals less
        greater lessOrEquals greaterOrEquals in notIn and or xor not isNaN isFinite isInfinite
        JSONHas isValidJSON JSONExtractBool multiSearchAny multiSearchAnyCaseInsensitive
        multiMatchAny arrayExists arrayAll mapContains every isIPv4String isIPv6String
        isIPAddressInRange hasSubsequence""",
    Kind.DATE: """toDate to_date _toDate today current_date yesterday toStartOfYear
        toStartOfISOYear toStartOfQuarter toStartOfMonth toStartOfWeek toMonday toLastDayOfMonth
        toLastDayOfWeek make_date""",
    Kind.DATETIME: """now current_timestamp toDateTime toDateTime64 toDateTimeUS parseDateTime
        parseDateTimeBestEffort toTimeZone toStartOfDay toStartOfHour toStartOfMinute
        toStartOfSecond toStartOfFiveMinutes toStartOfTenMinutes toStartOfFifteenMinutes timeSlot
        fromUnixTimestamp fromUnixTimestamp64Milli to_timestamp make_timestamp make_timestamptz
        timezone UUIDv7ToDateTime""",
    Kind.UUID: "toUUID toUUIDOrDefault",
    Kind.INTERVAL: """toIntervalSecond toIntervalMinute toIntervalHour toIntervalDay
        toIntervalWeek toIntervalMonth toIntervalQuarter toIntervalYear make_interval""",
    Kind.ARRAY: """array range groupArray groupUniqArray array_agg splitByChar splitByString
        splitByRegexp splitByWhitespace arrayMap arrayFilter arrayConcat arraySort arrayDistinct
        arrayReverse arraySlice extractAll topK quantiles JSONExtractArrayRaw JSONExtractKeys
        arrayReverseSort arrayCompact arrayFlatten arrayZip retention groupArraySample""",
    Kind.TUPLE: "tuple",
}
LIKE_FIRST = """any anyLast anyHeavy min max argMin argMax coalesce ifNull nullIf least greatest
    assumeNotNull toNullable addYears addMonths addWeeks addDays subtractYears subtractMonths
    subtractWeeks subtractDays first_value last_value nth_value lagInFrame leadInFrame lag lead abs
    round floor ceil max2 min2 sum negate"""
NEVER_NULL = """count countDistinct countIf uniq uniqExact uniqHLL12 uniqIf uniqExactIf isNull
    isNotNull assumeNotNull groupArray groupUniqArray array_agg topK concat now today yesterday
    current_date current_timestamp rank dense_rank row_number array toTypeName rand windowFunnel
    tuple map isEmpty quantiles"""
ALWAYS_NULLABLE = """toInt toFloat toDecimal toUUID toNullableString toDateTime toDateTimeUS toDate
    to_date parseDateTime parseDateTimeBestEffort nullIf toNullable toModifiedJulianDay
    fromModifiedJulianDay date_part avgArray medianArray lag lead hasTokenOrNull multiIf if
    transform _caseWithExpression JSON_VALUE toFloatOrDefault every"""


@dataclass(frozen=True, slots=True)
class Function:
    """One function: how many arguments it takes and what ClickHouse calls it."""

    name: str
    least: int
    most: int | None
    template: str = ""
    aggregate: bool = False
    window: bool = False
    special: bool = False
    elsewhere: bool = False
    params: tuple[int, int | None] = (0, 0)
    kind: Kind = Kind.UNKNOWN
    like_first: bool = False
    never_null: bool = False
    always_nullable: bool = False


@lru_cache(maxsize=1024)
def find(name: str) -> Function | None:
    """The function of that name; some names are known in any case, as SQL's own."""
    known = _registry()
    return known.get(name) or _combined(name) or known.get(_insensitive().get(name.lower(), ""))


def names() -> tuple[str, ...]:
    """Every name a query may call, without the combinations of aggregates."""
    return tuple(name for name in _registry() if not name.startswith("_"))


def nearest(name: str) -> str:
    """The function somebody may have meant, or nothing."""
    plain = {re.sub(r"\W|_", "", known).lower(): known for known in names()}
    wanted = re.sub(r"\W|_", "", name).lower()
    if wanted in _COMMON_MISTAKES:
        return _COMMON_MISTAKES[wanted]
    base = _registry().get(plain.get(wanted.removesuffix("if"), ""))
    if wanted.endswith("if") and base and base.aggregate:
        return f"{base.name}If"
    close = difflib.get_close_matches(wanted, plain, n=1, cutoff=0.7)
    return plain[close[0]] if close else ""


_COMMON_MISTAKES = {
    "tofloat64": "toFloat",
    "tofloat64ornull": "toFloat",
    "toint64": "toInt",
    "toint32": "toInt",
    "toint64ornull": "toInt",
    "todateornull": "toDate",
    "todatetimeornull": "toDateTime",
    "parsedatetimebesteffortornull": "parseDateTimeBestEffort",
    "parsedatetime64besteffort": "parseDateTimeBestEffort",
    "year": "toYear",
    "month": "toMonth",
    "day": "toDayOfMonth",
    "hour": "toHour",
    "week": "toWeek",
    "dayofweek": "toDayOfWeek",
    "weekday": "toDayOfWeek",
    "split": "splitByString",
    "substr": "substring",
    "strpos": "position",
    "groupconcat": "string_agg",
    "listagg": "string_agg",
    "arrayagg": "groupArray",
    "jsonextract": "JSONExtractString",
    "nvl": "coalesce",
    "iif": "if",
    "len": "length",
    "charlength": "length",
    "stddev": "stddevPop",
    "variance": "varPop",
    "approxcountdistinct": "uniq",
    "countd": "uniq",
    "datetime": "toDateTime",
    "date": "toDate",
    "strftime": "formatDateTime",
    "dateformat": "formatDateTime",
    "unixtimestamp": "toUnixTimestamp",
    "cardinality": "length",
    "on": "argMax",
}


@lru_cache(maxsize=1)
def _registry() -> dict[str, Function]:
    listed = [
        *_listed(tables.SCALARS),
        *_listed(tables.SPECIAL, special=True),
        *_listed(tables.WINDOW_ONLY, window=True),
        *_listed(tables.ELSEWHERE, elsewhere=True),
        *_listed(tables.AGGREGATES, aggregate=True),
        *(_function(spec, template) for spec, template in tables.RENAMED.items()),
        *(
            _function(spec, template, aggregate=True)
            for spec, template in tables.AGGREGATES_RENAMED.items()
        ),
    ]
    return {function.name: function for function in listed}


def _listed(specs: str, **flags: bool) -> list[Function]:
    return [_function(spec, "", **flags) for spec in specs.split()]


def _function(spec: str, template: str, **flags: bool) -> Function:
    match = _SPEC.fullmatch(spec)
    assert match is not None
    name = match["name"]
    least, most = _bounds(match["args"] or "1")
    return Function(
        name,
        least,
        most,
        template,
        params=_bounds(match["params"] or "0"),
        kind=_kinds().get(name, Kind.UNKNOWN),
        like_first=name in _set(LIKE_FIRST),
        never_null=name in _set(NEVER_NULL),
        always_nullable=name in _set(ALWAYS_NULLABLE),
        **flags,
    )


def _bounds(text: str) -> tuple[int, int | None]:
    least, _, most = text.partition("-")
    return int(least), None if most == "*" else int(most or least)


@lru_cache(maxsize=1)
def _kinds() -> dict[str, Kind]:
    return {name: kind for kind, names in KINDS.items() for name in names.split()}


@lru_cache(maxsize=8)
def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


@lru_cache(maxsize=1)
def _insensitive() -> dict[str, str]:
    return {name.lower(): name for name in tables.INSENSITIVE.split()}


def _combined(name: str) -> Function | None:
    """An aggregate with combinators at its end: sumIf, avgOrNullIf, uniqState …."""
    for suffix in tables.COMBINATORS:
        base = find(name.removesuffix(suffix)) if name.endswith(suffix) and name != suffix else None
        if base and base.aggregate and not base.template and not base.name.endswith(suffix):
            return _with_suffix(name, base, suffix)
    return None


def _with_suffix(name: str, base: Function, suffix: str) -> Function:
    more = 1 if suffix == "If" else 0
    merged = suffix == "Merge"
    return Function(
        name,
        1 if merged else base.least + more,
        1 if merged else None if base.most is None else base.most + more,
        aggregate=True,
        params=base.params,
        kind=base.kind if suffix in ("If", "OrNull", "OrDefault") else Kind.UNKNOWN,
        like_first=base.like_first and suffix == "If",
        never_null=base.never_null and suffix == "If",
    )
