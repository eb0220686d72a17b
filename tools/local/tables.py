"""The ClickHouse tables of an embedded project: one data folder, one project, no team_id."""

import re
from collections.abc import Sequence

EVENTS = """
CREATE TABLE IF NOT EXISTS events (
  uuid UUID,
  event LowCardinality(String),
  properties String CODEC(ZSTD(3)),
  timestamp DateTime64(6, 'UTC'),
  distinct_id String,
  person_id UUID,
  person_created_at DateTime64(3, 'UTC'),
  person_properties String CODEC(ZSTD(3)),
  elements_chain String CODEC(ZSTD(3)),
  created_at DateTime64(6, 'UTC') DEFAULT now64(6),
  `$session_id` String,
  `$window_id` String,
  `$group_0` String,
  `$group_1` String,
  `$group_2` String,
  `$group_3` String,
  `$group_4` String
) ENGINE = MergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (toDate(timestamp), event, cityHash64(distinct_id), cityHash64(uuid))
SETTINGS index_granularity = 2048
"""

PERSONS = """
CREATE TABLE IF NOT EXISTS persons (
  id UUID,
  created_at DateTime64(3, 'UTC'),
  properties String,
  is_identified UInt8,
  is_deleted UInt8 DEFAULT 0,
  version UInt64
) ENGINE = ReplacingMergeTree(version) ORDER BY id
"""

PERSON_DISTINCT_IDS = """
CREATE TABLE IF NOT EXISTS person_distinct_ids (
  distinct_id String,
  person_id UUID,
  is_deleted UInt8 DEFAULT 0,
  version Int64
) ENGINE = ReplacingMergeTree(version) ORDER BY distinct_id
"""

PERSON_OVERRIDES = """
CREATE TABLE IF NOT EXISTS person_distinct_id_overrides (
  distinct_id String,
  person_id UUID,
  is_deleted UInt8 DEFAULT 0,
  version Int64
) ENGINE = ReplacingMergeTree(version) ORDER BY distinct_id
"""

GROUPS = """
CREATE TABLE IF NOT EXISTS groups (
  `index` UInt8,
  key String,
  created_at DateTime64(3, 'UTC'),
  updated_at DateTime64(3, 'UTC'),
  properties String
) ENGINE = ReplacingMergeTree(updated_at) ORDER BY (`index`, key)
"""

COHORT_PEOPLE = """
CREATE TABLE IF NOT EXISTS cohort_people (
  cohort_id UInt32,
  person_id UUID,
  version UInt32
) ENGINE = MergeTree ORDER BY (cohort_id, person_id)
"""

ALL = (EVENTS, PERSONS, PERSON_DISTINCT_IDS, PERSON_OVERRIDES, GROUPS, COHORT_PEOPLE)

NAMES = (
    "events",
    "persons",
    "person_distinct_ids",
    "person_distinct_id_overrides",
    "groups",
    "cohort_people",
)
_STATEMENTS = dict(zip(NAMES, ALL, strict=True))
_COLUMN = re.compile(r"^  `?([\w$]+)`? (.+?)(?: (?:DEFAULT|CODEC).*)?,?$", re.MULTILINE)


def shape(table: str, names: Sequence[str]) -> str:
    """Some columns of a table with their types, as ClickHouse writes them."""
    types = dict(_COLUMN.findall(_STATEMENTS[table]))
    return ", ".join(f"`{name}` {types[name]}" for name in names)
