"""HogQL's functions as data: `name/arguments`, one argument where nothing is said, `*` for any."""

SCALARS = """
plus/2 minus/2 multiply/2 divide/2 intDiv/2 intDivOrZero/2 modulo/2 moduloOrZero/2 negate abs gcd/2
positiveModulo/2 lcm/2 max2/2 min2/2 multiplyDecimal/2-3 divideDecimal/2-3
e/0 pi/0 exp log ln exp2 log2 exp10 log10 sqrt cbrt erf erfc lgamma tgamma sin cos tan asin acos
atan pow/2 power/2 intExp2 intExp10 cosh acosh sinh asinh atanh atan2/2 hypot/2 log1p sign degrees
radians factorial width_bucket/4 floor/1-2 ceil/1-2 trunc/1-2 round/1-2 roundBankers/1-2
roundToExp2 roundDuration roundAge roundDown/2 rand/0

empty notEmpty length reverse array/0-* range/1-3 arrayConcat/2-* arrayElement/2 has/2 hasAll/2
hasAny/2 hasSubstr/2 indexOf/2 arrayCount/1-* countEqual/2 arrayEnumerate arrayEnumerateUniq/1-*
arrayPopBack arrayPopFront arrayPushBack/2 arrayPushFront/2 arrayResize/2-3 arraySlice/2-3
arraySort/1-* arrayReverseSort/1-* arrayUniq/1-* arrayJoin arrayDifference arrayDistinct
arrayEnumerateDense arrayIntersect/1-* arrayReduce/2-* arrayReverse arrayFilter/2-* arrayFlatten
arrayCompact arrayZip/2-* arrayAUC/2 arrayMap/2-* arrayFill/2-* arrayFold/3-* arrayWithConstant/2
arraySplit/2-* arrayReverseFill/2-* arrayReverseSplit/2-* arrayRotateLeft/2 arrayRotateRight/2
arrayExists/1-* arrayAll/1-* arrayFirst/2-* arrayLast/2-* arrayFirstIndex/2-* arrayLastIndex/2-*
arrayMin/1-2 arrayMax/1-2 arraySum/1-2 arrayAvg/1-2 arrayCumSum/1-* arrayCumSumNonNegative/1-*
arrayProduct arrayStringConcat/1-2

hex unhex reinterpretAsUInt8 reinterpretAsUInt16 reinterpretAsUInt32 reinterpretAsUInt64
reinterpretAsUInt128 reinterpretAsUInt256 reinterpretAsInt8 reinterpretAsInt16 reinterpretAsInt32
reinterpretAsInt64 reinterpretAsInt128 reinterpretAsInt256 reinterpretAsFloat32
reinterpretAsFloat64 reinterpretAsUUID toUUIDOrDefault/2 toString/1-2 toBool toJSONString
toTypeName cityHash64 isNotNull isNull coalesce/1-* ifNull/2 nullIf/2 assumeNotNull toNullable

timeZoneOf timeZoneOffset toYear toQuarter toMonth toDayOfYear toDayOfMonth toDayOfWeek/1-3 toHour
toMinute toSecond toUnixTimestamp/1-2 toUnixTimestamp64Milli
toStartOfInterval/2-3 toStartOfYear toStartOfISOYear toStartOfQuarter toStartOfMonth
toLastDayOfMonth toMonday toStartOfDay/1-2 toLastDayOfWeek/1-2 toStartOfHour toStartOfMinute
toStartOfSecond toStartOfFiveMinutes toStartOfTenMinutes toStartOfFifteenMinutes toISOYear
toISOWeek toWeek/1-3 toYearWeek/1-3 age/3
rowNumberInBlock/0 rowNumberInAllBlocks/0 timeSlot timeSlots/2-3 toYYYYMM toYYYYMMDD
toYYYYMMDDhhmmss addYears/2 addMonths/2 addWeeks/2 addDays/2 addHours/2 addMinutes/2 addSeconds/2
addQuarters/2 subtractYears/2 subtractMonths/2 subtractWeeks/2 subtractDays/2 subtractHours/2
subtractMinutes/2 subtractSeconds/2 subtractQuarters/2 formatDateTime/2-3 dateName/2 monthName
toIntervalSecond toIntervalMinute toIntervalHour toIntervalDay toIntervalWeek
toIntervalMonth toIntervalQuarter toIntervalYear dateDiff/3 dateTrunc/2-3

lengthUTF8 leftPad/2-3 rightPad/2-3 leftPadUTF8/2-3 rightPadUTF8/2-3 lower upper lowerUTF8
upperUTF8 isValidUTF8 toValidUTF8 format/2-* reverseUTF8 concat/2-* substring/3 substringUTF8/3
appendTrailingCharIfAbsent/2 convertCharset/3 base58Encode base58Decode tryBase58Decode
base64Encode base64Decode tryBase64Decode endsWith/2 startsWith/2 encodeXMLComponent
decodeXMLComponent extractTextFromHTML ascii concatWithSeparator/2-* repeat/2 initcap lpad/3 rpad/3
position/2-3 positionCaseInsensitive/2-3 positionUTF8/2-3 positionCaseInsensitiveUTF8/2-3
multiSearchAllPositions/2 multiSearchAllPositionsUTF8/2 multiSearchFirstPosition/2
multiSearchFirstIndex/2 multiSearchAny/2 multiSearchAllPositionsCaseInsensitive/2
multiSearchAllPositionsCaseInsensitiveUTF8/2 multiSearchAnyUTF8/2 multiSearchAnyCaseInsensitive/2
multiSearchAnyCaseInsensitiveUTF8/2 multiSearchFirstIndexUTF8/2
multiSearchFirstIndexCaseInsensitive/2 multiSearchFirstIndexCaseInsensitiveUTF8/2
multiSearchFirstPositionUTF8/2 multiSearchFirstPositionCaseInsensitive/2
multiSearchFirstPositionCaseInsensitiveUTF8/2 match/2 multiMatchAny/2 multiMatchAnyIndex/2
multiMatchAllIndices/2 multiFuzzyMatchAny/3 multiFuzzyMatchAnyIndex/3 multiFuzzyMatchAllIndices/3
extract/2 extractAll/2 extractAllGroupsHorizontal/2 extractAllGroupsVertical/2 extractGroups/2
like/2 ilike/2 notLike/2 notILike/2 locate/2-3 ngramDistance/2 ngramDistanceCaseInsensitive/2
ngramDistanceUTF8/2 ngramDistanceCaseInsensitiveUTF8/2 ngramSearch/2 ngramSearchCaseInsensitive/2
ngramSearchUTF8/2 ngramSearchCaseInsensitiveUTF8/2 countSubstrings/2-3
countSubstringsCaseInsensitive/2-3 countSubstringsCaseInsensitiveUTF8/2-3 countMatches/2
countMatchesCaseInsensitive/2 hasSubsequence/2 hasSubsequenceCaseInsensitive/2
hasSubsequenceUTF8/2 hasSubsequenceCaseInsensitiveUTF8/2 hasToken/2 hasTokenCaseInsensitive/2
hasTokenOrNull/2 hasTokenCaseInsensitiveOrNull/2 hasAllTokens/2 hasAnyTokens/2 regexpExtract/2-3
replace/3 replaceAll/3 replaceOne/3 replaceRegexpAll/3 replaceRegexpOne/3 regexpQuoteMeta
translate/3 translateUTF8/3 splitByChar/2-3 splitByString/2-3 splitByRegexp/2-3
splitByWhitespace/1-2 splitByNonAlpha/1-2 alphaTokens/1-2 extractAllGroups/2 ngrams/2 tokens
trim/1-2 trimLeft/1-2 trimRight/1-2

isValidJSON JSONHas/1-* JSONLength/1-* JSONArrayLength/1-* JSONType/1-* JSONExtract/2-*
JSONExtractUInt/1-* JSONExtractInt/1-* JSONExtractFloat/1-* JSONExtractBool/1-*
JSONExtractString/1-* JSONExtractKeys/1-* JSONExtractRaw/1-* JSONExtractArrayRaw/1-*
JSONExtractKeysAndValues/1-3 JSONExtractKeysAndValuesRaw/1-* JSON_VALUE/2-*

equals/2 notEquals/2 less/2 greater/2 lessOrEquals/2 greaterOrEquals/2 in/2 notIn/2 and/2-* or/2-*
xor/2-* not if/3 multiIf/3-* transform/3-4 least/2 greatest/2 bar/4 isFinite isInfinite
ifNotFinite/2 isNaN formatReadableDecimalSize formatReadableSize formatReadableQuantity
formatReadableTimeDelta/1-2 indexHint

map/0-* mapFromArrays/2 mapAdd/2-* mapSubtract/2-* mapPopulateSeries/1-3 mapContains/2 mapKeys
mapValues mapContainsKeyLike/2 mapExtractKeyLike/2 mapApply/2 mapFilter/2 mapUpdate/2
bitAnd/2 bitOr/2 bitXor/2 bitNot bitShiftLeft/2 bitShiftRight/2 bitRotateLeft/2 bitRotateRight/2
bitSlice/3 bitTest/2 bitTestAll/3-* bitTestAny/3-* bitCount bitHammingDistance/2
bitmapBuild bitmapToArray bitmapSubsetInRange/3 bitmapSubsetLimit/3 subBitmap/3 bitmapContains/2
bitmapHasAny/2 bitmapHasAll/2 bitmapCardinality bitmapMin bitmapMax bitmapTransform/3 bitmapAnd/2
bitmapOr/2 bitmapXor/2 bitmapAndnot/2 bitmapAndCardinality/2 bitmapOrCardinality/2
bitmapXorCardinality/2 bitmapAndnotCardinality/2

protocol domain domainWithoutWWW topLevelDomain firstSignificantSubdomain
cutToFirstSignificantSubdomain cutToFirstSignificantSubdomainWithWWW port/1-2 path pathFull
queryString fragment queryStringAndFragment extractURLParameter/2 extractURLParameters
extractURLParameterNames URLHierarchy URLPathHierarchy encodeURLComponent decodeURLComponent
encodeURLFormComponent decodeURLFormComponent netloc cutWWW cutQueryString cutFragment
cutQueryStringAndFragment cutURLParameter/2
isIPv4String isIPv6String isIPAddressInRange/2 IPv4NumToString IPv4StringToNum IPv4ToIPv6
IPv4CIDRToRange/2 IPv6CIDRToRange/2 toIPv4 toIPv6

tuple/0-* tupleElement/2-3 tupleHammingDistance/2 tupleToNameValuePairs tuplePlus/2
tupleMinus/2 tupleMultiply/2 tupleDivide/2 tupleNegate tupleMultiplyByNumber/2
tupleDivideByNumber/2 dotProduct/2 L1Norm L2Norm LinfNorm LpNorm/2 L1Distance/2 L2Distance/2
LinfDistance/2 LpDistance/3 L1Normalize L2Normalize LinfNormalize LpNormalize/2 cosineDistance/2

greatCircleDistance/4 geoDistance/4 greatCircleAngle/4 pointInEllipses/6-* pointInPolygon/2-*
geohashEncode/2-3 geohashDecode geohashesInBox/5 h3IsValid h3GetResolution h3GetBaseCell
h3EdgeAngle h3EdgeLengthM h3EdgeLengthKm geoToH3/3 h3ToGeo h3ToGeoBoundary h3kRing/2 h3HexAreaM2
h3HexAreaKm2 h3IndexesAreNeighbors/2 h3ToChildren/2 h3ToParent/2 h3ToString stringToH3
h3IsResClassIII h3IsPentagon h3GetFaces h3CellAreaM2 h3CellAreaRads2 h3ToCenterChild/2
h3ExactEdgeLengthM h3ExactEdgeLengthKm h3ExactEdgeLengthRads h3NumHexagons h3PointDistM/4
h3PointDistKm/4 h3PointDistRads/4 h3GetRes0Indexes/0 h3GetPentagonIndexes h3Line/2 h3Distance/2
h3HexRing/2 h3GetUnidirectionalEdge/2 h3UnidirectionalEdgeIsValid
h3GetOriginIndexFromUnidirectionalEdge h3GetDestinationIndexFromUnidirectionalEdge
h3GetIndexesFromUnidirectionalEdge h3GetUnidirectionalEdgesFromHexagon
h3GetUnidirectionalEdgeBoundary
"""

RENAMED = {
    "isEmpty": "empty({0})",
    "isNotEmpty": "notEmpty({0})",
    "toInt": "accurateCastOrNull({0}, 'Int64')",
    "toIntOrZero": "toInt64OrZero({0})",
    "toFloat": "accurateCastOrNull({0}, 'Float64')",
    "toFloatOrZero": "toFloat64OrZero({0})",
    "toFloatOrDefault/1-2": "toFloat64OrDefault({*})",
    "_toInt8": "toInt8({0})",
    "_toInt16": "toInt16({0})",
    "_toInt32": "toInt32({0})",
    "_toInt64": "toInt64({0})",
    "_toUInt64": "toUInt64({0})",
    "_toUInt128": "toUInt128({0})",
    "_toDate": "toDate({0})",
    "toUUID": "accurateCastOrNull({0}, 'UUID')",
    "toNullableString": "accurateCastOrNull({0}, 'Nullable(String)')",
    "UUIDv7ToDateTime": "UUIDv7ToDateTime({0}, {tz})",
    "fromUnixTimestamp": "toTimeZone(fromUnixTimestamp({0}), 'UTC')",
    "fromUnixTimestamp64Milli": "fromUnixTimestamp64Milli({0}, 'UTC')",
    "toModifiedJulianDay": "toModifiedJulianDayOrNull({0})",
    "fromModifiedJulianDay": "fromModifiedJulianDayOrNull({0})",
    "toTime": "toTimeWithFixedDate({0})",
    "left/2": "leftUTF8({0}, {1})",
    "right/2": "rightUTF8({0}, {1})",
    "date_bin/3": "toStartOfInterval({1}, {0}, {2})",
    "timeStampAdd/2": "plus({0}, {1})",
    "timeStampSub/2": "minus({0}, {1})",
    "date_add/2": "plus({0}, {1})",
    "date_subtract/2": "minus({0}, {1})",
    "date_diff/3": "dateDiff({*})",
    "date_trunc/2-3": "dateTrunc({*})",
    "date_part/2": (
        "multiIf({0} = 'year', toYear({1}), {0} = 'quarter', toQuarter({1}), "
        "{0} = 'month', toMonth({1}), {0} = 'day', toDayOfMonth({1}), {0} = 'hour', toHour({1}), "
        "{0} = 'minute', toMinute({1}), {0} = 'second', toSecond({1}), "
        "{0} = 'dow', toDayOfWeek({1}), {0} = 'doy', toDayOfYear({1}), NULL)"
    ),
    "to_date": "toDate({0})",
    "to_timestamp": "toDateTime(fromUnixTimestamp(accurateCast({0}, 'Int64')), {tz})",
    "to_char/2": "formatDateTime({0}, {1}, {tz})",
    "make_timestamp/6": "makeDateTime({*}, {tz})",
    "make_timestamptz/7": "toTimeZone(makeDateTime({0}, {1}, {2}, {3}, {4}, {5}), {6})",
    "make_date/3": "makeDate({*})",
    "make_interval/6": (
        "toIntervalYear({0}) + toIntervalMonth({1}) + toIntervalDay({2}) + "
        "toIntervalHour({3}) + toIntervalMinute({4}) + toIntervalSecond({5})"
    ),
    "timezone/2": "toTimeZone({1}, {0})",
    "split_part/3": "arrayElement(splitByString({1}, {0}), {2})",
    "md5": "hex(MD5({0}))",
    "sortableSemVer": (
        "arrayMap(x -> toInt64OrNull(x), splitByChar('.', coalesce(nullIf(extract("
        "assumeNotNull({0}), '^\\\\s*v?((?:0|[1-9]\\\\d*)\\\\.(?:0|[1-9]\\\\d*)"
        "\\\\.(?:0|[1-9]\\\\d*))(?:[-+]\\\\S*)?\\\\s*$'), ''), '_')))"
    ),
}

SPECIAL = """
toDate toDateTime/1-2 toDateTime64/1-3 toDateTimeUS/1-2 parseDateTime/2-3
parseDateTimeBestEffort/1-2 toTimeZone/1-2 toStartOfWeek/1-2 toDecimal/2 now/0-1
current_timestamp/0 dateAdd/2-3 dateSub/2-3 today/0 current_date/0 yesterday/0 ltrim/1-2
rtrim/1-2 btrim/1-2
_caseWithExpression/3-* matchesAction
"""

WINDOW_ONLY = """
rank/0 dense_rank/0 row_number/0 first_value last_value nth_value/2 lagInFrame/1-3 leadInFrame/1-3
lag/1-3 lead/1-3
"""

ELSEWHERE = """
untuple extractIPv4Substrings
JSONExtractKey/1-* uniqTheta/1-* uniqThetaIf/2-* sparkline recordingButton/1-2
explainCSPReport embedText/1-2 lookupDomainType lookupPaidSourceType lookupPaidMediumType
lookupOrganicSourceType lookupOrganicMediumType convertCurrency/3-4 getSurveyResponse/1-3
uniqueSurveySubmissionsFilter/1-3 getTrafficType getTrafficCategory isLikelyBot getBotType
getBotName getBotOperator languageCodeToName percentile_cont/0 percentile_disc/0 nowInBlock/0-1
tumble/2-3 hop/3-4 tumbleStart/1-3 tumbleEnd/1-3 hopStart/1-3 hopEnd/1-3
"""

AGGREGATES = """
count/0-1 countDistinct min max sum avg any stddevPop stddevSamp varPop varSamp covarPop/2
covarSamp/2 corr/2 groupArray anyHeavy anyLast argMin/2 argMax/2 avgWeighted/2 topK(1)
groupUniqArray(0-1) groupArrayInsertAt/2 groupArrayMovingAvg groupArrayMovingSum
groupArraySample(1-2) groupBitAnd groupBitOr groupBitXor groupBitmap groupBitmapAnd groupBitmapOr
groupBitmapXor sumWithOverflow deltaSum deltaSumTimestamp/2 sumMap/1-2 minMap/1-2 maxMap/1-2
skewSamp skewPop kurtSamp kurtPop uniq/1-* uniqExact/1-* uniqHLL12/1-* uniqUpTo(1)/1-*
median medianExact medianExactLow medianExactHigh medianExactWeighted/2 medianTiming
medianTimingWeighted/2 medianDeterministic/2 medianTDigest medianTDigestWeighted/2 medianBFloat16
quantile(1) quantiles(1-*) quantileExact(1) simpleLinearRegression/2 contingency/2 cramersV/2
cramersVBiasCorrected/2 theilsU/2 maxIntersections/2 maxIntersectionsPosition/2
windowFunnel(1-9)/2-* retention/2-*
"""

AGGREGATES_RENAMED = {
    "array_agg": "groupArray({0})",
    "json_agg": "toJSONString(groupArray({0}))",
    "string_agg/2": "arrayStringConcat(groupArray({0}), {1})",
    "every": "toBool(min({0}))",
    "avgArray": "avgArrayOrNull({0})",
    "medianArray": "medianArrayOrNull({0})",
}

COMBINATORS = ("State", "Merge", "Array", "Map", "ForEach", "OrDefault", "OrNull", "If")

INSENSITIVE = """
abs max2 min2 isNull coalesce ifNull nullIf now exp log ln log2 log10 sqrt sin cos tan asin acos
atan pow power sign degrees radians factorial floor ceil trunc round lower upper concat substring
ascii position extract replace trim length reverse not if least greatest count min max sum avg
sortableSemVer
"""
