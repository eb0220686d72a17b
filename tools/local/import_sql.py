"""The statements by which ClickHouse turns one slice of JSON lines into events and persons."""

import json
from collections.abc import Mapping, Sequence

FIELDS = (
    "uuid",
    "event",
    "distinct_id",
    "timestamp",
    "properties",
    "person_id",
    "person_properties",
    "elements_chain",
)
"""What a line may say besides properties; a mapping may give each another name."""

SCHEMA = (
    "CREATE OR REPLACE TABLE slice_lines (n UInt64, line String) ENGINE = Memory",
    f"""CREATE OR REPLACE TABLE slice_said (
      n UInt64, line String, parts UInt32, {", ".join(f"said_{field} String" for field in FIELDS)}
    ) ENGINE = Memory""",
    """CREATE OR REPLACE TABLE slice_rows (
      n UInt64, reason LowCardinality(String), line String, uuid UUID, event String,
      distinct_id String, timestamp DateTime64(6, 'UTC'), properties String, person_id UUID,
      person_properties String, elements_chain String, known Array(String)
    ) ENGINE = Memory""",
    "CREATE OR REPLACE TABLE slice_known (uuid UUID) ENGINE = Memory",
    """CREATE OR REPLACE TABLE slice_people (
      id UUID, created_at DateTime64(3, 'UTC'), properties String, is_identified UInt8,
      version UInt64, changed UInt8
    ) ENGINE = Memory""",
)

CLEAR = tuple(
    f"TRUNCATE TABLE slice_{name}" for name in ("lines", "said", "rows", "known", "people")
)

MOST_TYPES = 5
_SPECIAL = (
    "$session_id",
    "$window_id",
    "$group_0",
    "$group_1",
    "$group_2",
    "$group_3",
    "$group_4",
    "$set",
    "$set_once",
)
_TIMES = (
    r"^\\d{4}[-/]\\d{1,2}[-/]\\d{1,2}([T ]\\d{1,2}:\\d{2}(:\\d{2}([.,]\\d+)?)?"
    r" ?(Z|UTC|GMT|[-+]\\d{2}:?(\\d{2})?)?)?$|^\\d{9,10}(\\.\\d+)?$|^\\d{13}(\\.\\d+)?$|^\\d{16}$"
)
_NOBODY = "toUUID('00000000-0000-0000-0000-000000000000')"
_IDS = "distinct_id IN (SELECT said_distinct_id FROM slice_said)"
_OWNERS = f"""(
  SELECT distinct_id, argMax(person_id, version) AS owner FROM (
    SELECT distinct_id, person_id, version FROM person_distinct_ids WHERE {_IDS}
    UNION ALL
    SELECT distinct_id, person_id, version FROM person_distinct_id_overrides WHERE {_IDS}
  ) GROUP BY distinct_id)"""
_GOOD = "(SELECT * FROM slice_rows WHERE reason = '')"


def quoted(text: str) -> str:
    """A ClickHouse string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def identifier(name: str) -> str:
    """A ClickHouse identifier."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def lines(source: str, first: int) -> str:
    """Read the slice's lines, numbered."""
    return (
        f"INSERT INTO slice_lines SELECT {int(first)} + rowNumberInAllBlocks(), line "
        f"FROM {source} SETTINGS max_threads = 1, "
        "input_format_parallel_parsing = 0, max_block_size = 16384, "
        "max_insert_block_size = 16384, min_insert_block_size_rows = 0, "
        "min_insert_block_size_bytes = 0"
    )


def said(mapping: Mapping[str, str]) -> str:
    """Take every line apart, once."""
    shape = ", ".join(f"{identifier(name)} String" for name in _names(mapping))
    return (
        "INSERT INTO slice_said SELECT n, line, JSONLength(line), "
        f"{_each('said', len(FIELDS))} FROM ("
        f"SELECT n, line, JSONExtract(line, {quoted(f'Tuple({shape})')}) AS said FROM slice_lines)"
    )


def rows(mapping: Mapping[str, str], timezone: str) -> str:
    """Give every line its fields, or the reason why it can't be stored."""
    special = quoted("Tuple(" + ", ".join(f"`{name}` String" for name in _SPECIAL) + ")")
    hashed = "reinterpretAsUUID(sipHash128('{}', {}))".format
    # Properties that stand there as an object were parsed with their line; text was not.
    name = json.dumps(mapping.get("properties", "properties"), ensure_ascii=False)
    plain = f"[{quoted(name + ':{')}, {quoted(name + ': {')}]"
    filled = " + ".join(f"(said_{field} != '')" for field in FIELDS)
    return f"""
INSERT INTO slice_rows
WITH
  if(parts > {filled}, {_others(_names(mapping))}, '') AS extra,
  if(said_properties IN ('', 'null'), '{{}}', said_properties) AS told,
  if(extra IN ('', '{{}}'), told, if(told = '{{}}', extra, JSONMergePatch(extra, told)))
    AS all_properties,
  if(match(said_timestamp, '{_TIMES}'),
    parseDateTime64BestEffortOrNull(said_timestamp, 6, {quoted(timezone)}), NULL) AS instant,
  multiIf(
    said_event = '' AND match(line, '^\\s*$'), 'blank',
    NOT startsWith(trimLeft(line), '{{') OR parts = 0, 'not a JSON object',
    said_event = '', 'no event',
    said_distinct_id = '', 'no distinct_id',
    said_timestamp = '', 'no timestamp',
    instant IS NULL OR instant < toDateTime64('1971-01-01', 6, 'UTC'), 'unreadable timestamp',
    NOT multiSearchAny(line, {plain}) AND NOT (
      startsWith(all_properties, '{{') AND isValidJSON(all_properties)),
      'properties are not a JSON object',
    '') AS reason
SELECT
  n,
  reason,
  if(reason = '', '', line),
  coalesce(toUUIDOrNull(said_uuid), if(said_uuid = '',
    {hashed("line", "toString(n), line")}, {hashed("uuid", "said_uuid")})),
  said_event,
  said_distinct_id,
  coalesce(instant, toDateTime64(0, 6, 'UTC')),
  if(reason = '', all_properties, ''),
  coalesce(toUUIDOrNull(said_person_id), nullIf(known.owner, {_NOBODY}),
    {hashed("person", "said_distinct_id")}),
  said_person_properties,
  said_elements_chain,
  if(reason = '' AND position(all_properties, '"$') > 0,
    array({_each(f"JSONExtract(all_properties, {special})", len(_SPECIAL))}), [])
FROM slice_said LEFT JOIN {_OWNERS} AS known ON said_distinct_id = known.distinct_id"""


REJECTED = """
SELECT n, reason, substringUTF8(line, 1, 2000) FROM slice_rows
WHERE reason NOT IN ('', 'blank') ORDER BY n"""

KNOWN = f"""
INSERT INTO slice_known
WITH (SELECT (min(timestamp), max(timestamp)) FROM {_GOOD}) AS span
SELECT DISTINCT uuid FROM events
WHERE timestamp BETWEEN span.1 AND span.2
AND uuid IN (SELECT uuid FROM {_GOOD})"""

COUNTS = f"""
SELECT countIf(reason != 'blank'), countIf(reason NOT IN ('', 'blank')),
  (SELECT uniqExact(uuid) FROM {_GOOD}) - (SELECT count() FROM slice_known)
FROM slice_rows"""

_MAP = (
    "mapFromArrays(JSONExtractKeysAndValuesRaw({0}).1, JSONExtractKeysAndValuesRaw({0}).2)".format
)
_FOLD = "arrayFold((all, next) -> mapUpdate(all, {}), {}, {})".format
_ONCE = _FOLD(_MAP("next.3"), "arrayReverse(told)", "CAST(map(), 'Map(String, String)')")
_PEOPLE = f"""
INSERT INTO slice_people
WITH
  {_ONCE} AS once,
  mapUpdate(once, {_MAP("was.properties")}) AS before,
  {_FOLD(_MAP("next.2"), "told", "before")} AS merged
SELECT
  id,
  if(was.version = 0, first, least(first, was.created_at)),
  multiIf(
    notEmpty(told), concat('{{', arrayStringConcat(arrayMap(
      (key, value) -> concat(toJSONString(key), ':', value), mapKeys(merged), mapValues(merged)
    ), ','), '}}'),
    was.version = 0, '{{}}',
    was.properties),
  greatest(identified, was.is_identified),
  was.version + 1,
  was.version = 0 OR notEmpty(told) OR first < was.created_at OR identified > was.is_identified
FROM (
  SELECT person_id AS id, min(toDateTime64(timestamp, 3, 'UTC')) AS first,
    max(event = '$identify') AS identified,
    arraySort(groupArrayIf((n, known[8], known[9]), known[8] != '' OR known[9] != '')) AS told
  FROM {_GOOD} GROUP BY person_id
) AS now
LEFT JOIN (
  SELECT id, created_at, properties, is_identified, version FROM persons FINAL
  WHERE id IN (SELECT person_id FROM {_GOOD})
) AS was USING (id)"""

_STORE_PEOPLE = """
INSERT INTO persons (id, created_at, properties, is_identified, version)
SELECT id, created_at, properties, is_identified, version FROM slice_people WHERE changed"""

_STORE_IDS = f"""
INSERT INTO person_distinct_ids (distinct_id, person_id, version)
SELECT distinct_id, any(person_id), 0 FROM {_GOOD}
WHERE distinct_id NOT IN (
  SELECT distinct_id FROM person_distinct_ids
  WHERE distinct_id IN (SELECT distinct_id FROM {_GOOD}))
GROUP BY distinct_id"""

_STORE_EVENTS = f"""
INSERT INTO events (uuid, event, properties, timestamp, distinct_id, person_id, person_created_at,
  person_properties, elements_chain, `$session_id`, `$window_id`,
  `$group_0`, `$group_1`, `$group_2`, `$group_3`, `$group_4`)
SELECT uuid, event, properties, timestamp, distinct_id, person_id, people.created_at,
  if(person_properties = '', people.properties, person_properties), elements_chain,
  known[1], known[2], GROUPS
FROM {_GOOD} AS good
LEFT JOIN (SELECT id, created_at, properties FROM slice_people) AS people
  ON good.person_id = people.id
WHERE uuid NOT IN (SELECT uuid FROM slice_known)
LIMIT 1 BY uuid"""

GROUP_TYPES = f"""
SELECT arrayJoin(JSONExtractKeys(properties, '$groups')) AS name FROM {_GOOD}
WHERE position(properties, '"$groups"') > 0 GROUP BY name ORDER BY min(n), name"""
"""The types of groups that the slice's events name, in the order of their first event."""


def store(group_types: Sequence[str]) -> tuple[str, ...]:
    """The statements that keep the slice; what `$groups` says goes to the place of its type."""
    groups = (_group(at, group_types) for at in range(MOST_TYPES))
    return (
        _PEOPLE,
        _STORE_PEOPLE,
        _STORE_IDS,
        _STORE_EVENTS.replace("GROUPS", ", ".join(groups)),
    )


GOOD_EVENTS = _GOOD
CHANGED_PEOPLE = "(SELECT * FROM slice_people WHERE changed)"


def _group(at: int, types: Sequence[str]) -> str:
    """The key of an event's group: as its own property, else as `$groups` has it."""
    own = f"known[{at + 3}]"
    if at >= len(types):
        return own
    raw = f"JSONExtractRaw(properties, '$groups', {quoted(types[at])})"
    said = f"replaceRegexpAll(nullIf({raw}, 'null'), '^\"|\"$', '')"
    return f"if({own} != '', {own}, ifNull({said}, ''))"


def _each(value: str, count: int) -> str:
    return ", ".join(f"{value}.{at + 1}" for at in range(count))


def _others(names: tuple[str, ...]) -> str:
    """The columns that are none of ours, as one JSON object."""
    known = ", ".join(quoted(name) for name in names)
    pairs = f"arrayFilter(pair -> pair.1 NOT IN ({known}), JSONExtractKeysAndValuesRaw(line))"
    parts = f"arrayMap(pair -> concat(toJSONString(pair.1), ':', pair.2), {pairs})"
    return f"concat('{{', arrayStringConcat({parts}, ','), '}}')"


def _names(mapping: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(mapping.get(field, field) for field in FIELDS)
