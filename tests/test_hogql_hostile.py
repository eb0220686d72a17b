"""Queries that mean harm: refused, or printed as nothing but what the list allows."""

import itertools
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests import hostile, test_hogql_results, test_hogql_shapes
from tests.hogql_fixtures import CONTEXT, clickhouse
from tests.mutants import mutants
from tools.local.hogql import HogQLError, compile_query

# The older parser takes a hundred times as long for each text.
MUTANTS = 2_000 if sys.version_info >= (3, 12) else 150

FUNCTIONS = """
file url s3 s3Cluster gcs azureBlobStorage hdfs remote remoteSecure cluster clusterAllReplicas mysql
postgresql mongodb redis sqlite odbc jdbc executable input merge view generateRandom loop fuzzQuery
iceberg deltaLake hudi dictionary dictGet dictGetOrNull dictGetOrDefault dictHas joinGet getSetting
getenv getMacro hostName fqdn version uptime currentUser currentDatabase currentProfiles initialUser
serverUUID connectionId queryID tcpPort displayName filesystemAvailable filesystemCapacity sleep
sleepEachRow throwIf addressToLine addressToSymbol demangle trap logTrace catboostEvaluate
evalMLMethod encrypt decrypt aes_encrypt_mysql tryDecrypt showCertificate flameGraph
structureToCapnProtoSchema getServerPort getServerSetting getMergeTreeSetting getOSKernelVersion
materialize ignore identity runningAccumulate neighbor blockNumber generateUUIDv4
randomString fuzzBits rand64 randConstant parseQuery formatQuery reinterpretAsString system values
null numbers zeros generateSeries mergeTreeIndex timeSeriesData fileCluster urlCluster
llm aiGenerateContent naiveBayesClassifier initializeAggregation finalizeAggregation defaultRoles
"""
STATEMENTS = (
    "insert into events values (1)", "drop table events", "alter table events delete where 1",
    "create table x (a Int8) engine = File('CSV')", "truncate table events", "attach table x",
    "detach table events", "rename table events to x", "optimize table events", "system shutdown",
    "system reload config", "kill query where 1", "set readonly = 0", "use system",
    "grant all on *", "create user x", "create function x as y -> y", "show tables",
    "describe events", "explain select 1", "exchange tables events and persons",
    "delete from events", "update events set event = 'x'", "check table events", "exists events",
    "watch x", "backup database default to File('x')", "restore database default from File('x')",
    "begin transaction", "call x()", "copy events to 'x'", "select 1; select 2",
    "select 1; drop table events", "select 1;;select 2", "; select 1", "", "   ", "-- select 1",
    "/* select 1 */", "with x as (drop table events) select 1",
)  # fmt: skip
CLAUSES = (
    "into outfile '/tmp/x'", "into outfile '/tmp/x' format CSV", "format CSV", "format Null",
    "settings readonly = 0", "settings max_execution_time = 0", "final", "sample 0.1",
    "limit 1 settings x = 1", "order by 1 into outfile 'x'", "union select 1 format CSV",
    "where file('/etc/passwd') != ''", "where 1 in file('/etc/passwd')",
    "where 1 in (select * from file('/etc/passwd'))", "where exists(select 1)",
    "where 1 in url('http://127.0.0.1')", "where 1 in system.tables",
    "global join persons", "join file('/etc/passwd') as f on 1 = 1",
    "left join url('http://x') u on u.a = event", "array join file('/etc/passwd') as x",
    "where dictGet('a', 'b', 1) = 1", "having getSetting('readonly') = 1", "order by sleep(3)",
    "group by getenv('HOME')", "qualify hostName() = ''", "limit sleep(3)", "limit 1 by version()",
    "limit (select 9)", "offset file('/etc/passwd')", "prewhere throwIf(1)",
    "window w as (order by sleep(1))", "limit 1e400", "limit -1",
    "offset -1",
)  # fmt: skip
SOURCES = (
    "system.tables", "system.one", "system.users", "system.query_log", "system.settings",
    "system.processes", "system.functions", "system.databases", "`system`.`tables`",
    "system.`tables`", "`system.tables`", "information_schema.tables",
    "INFORMATION_SCHEMA.COLUMNS", "default.events", "`default`.events", "_local.events",
    "default.persons", "`events`.`events`", "`.inner.events`", "meta", "sqlite_master", "__t0",
    "__t0_inner", "`__t0`", "numbers", "numbers()", "numbers(-1)", "numbers(1e9)",
    "numbers(99999999999)", "numbers(number)", "numbers((select 1))", "numbers(1, 2, 3)",
    "numbers('1')", "zeros(1)", "numbers_mt(1)", "events('x')", "persons(1)", "person_overrides",
    "team", "`../events`", "'/etc/passwd'", "`/etc/passwd`", "{x}",
    "(values (file('/etc/passwd')))", "(select * from file('/etc/passwd'))", "s3", "url",
)  # fmt: skip
CALLS = (
    "arrayReduce('file', [1])", "arrayReduce('sumState', [1])",
    "arrayReduce(concat('s', 'um'), [1])", "arrayMap(file, ['/etc/passwd'])",
    "arrayMap(x -> file(x), ['/etc/passwd'])", "arrayFold((a, x) -> url(x), ['a'], 'b')",
    "if(1, file('a'), 'b')", "(file)('a')", "`file`('a')", '"file"(1)', "FILE('a')", "File('a')",
    "fIlE('a')", "ﬁle('a')", "file ('a')", "file/**/('a')", "file\n('a')", "default.file('a')",
    "system.file('a')", "sumIf(file('a'), 1)", "fileIf('a', 1)", "urlOrNull('a')", "sleepState(1)",
    "uniqMerge(file('a'))", "quantile(file('a'))(1)", "count() filter (where file('a') = 'b')",
    "sum(1) over (order by file('a'))", "case when file('a') then 1 end", "cast(file('a') as int)",
    "file('a')::int", "interval file('a') day", "f'{file(1)}'", "f'{f\\'{file(1)}\\'}'",
    "[file('a')]", "(file('a'), 1)", "{'a': file('a')}", "map(file('a'), 1)",
    "properties[file('a')]", "event[file('a')]", "(select file('a'))", "-file('a')",
    "not file('a')", "file('a') between 1 and 2", "1 in (file('a'))", "1 in file('a')",
    "file('a') ?? 1", "file('a') ? 1 : 2", "<Sparkline data={file('a')} />",
    "<script>alert(1)</script>", "__t0.event", "__t0_inner.event", "`__t0`.event",
    "`__t0_overrides`.person_id", "events.`__t0`", "team_id.x", "`a\\`b`", "x -> file(x)",
    "toTypeName(file('a'))", "JSONExtract('{}', file('a'))", "toTimeZone(now(), file('a'))",
    "toTimeZone(now(), event)", "dateDiff(file('a'), now(), now())",
    "toStartOfWeek(now(), file('a'))", "toDecimal(1, file('a'))", "date_trunc(file('a'), now())",
)  # fmt: skip
REFUSED = [
    *(f"select {name}('x')" for name in FUNCTIONS.split() if name not in ("values", "null")),
    *(f"select 1 from {name}('x')" for name in FUNCTIONS.split()[:70]),
    *STATEMENTS,
    *(f"select event from events {clause}" for clause in CLAUSES),
    *(f"select 1 from {source}" for source in SOURCES),
    *(f"select {call} from events" for call in CALLS),
]


def test_there_are_hundreds_of_cases_of_our_own():
    assert len(REFUSED) + len(NAMES) * 10 >= 300
    assert len(set(REFUSED)) == len(REFUSED)


@pytest.mark.parametrize("query", REFUSED)
def test_what_is_beyond_the_list_is_refused(query):
    with pytest.raises(HogQLError) as caught:
        compile_query(query, CONTEXT)
    assert 0 < len(caught.value.message) < 400


NAMES = (
    "`", "``", "'", "''", '"', "\\", "\\\\", "\\'", "\\`", "a`b", "a' or '1'='1", "a\\", "\n",
    "\t", "--", "/*", "*/", "#", ";", "; drop table events; --", "'; drop table events; --", ")",
    "(", "()", "{x}", "{filters}", "%s", "%(a)s", "$1", "?", "@x", ":x", "é", "日本", "👩‍💻",
    "file('/etc/passwd')", "`) from file('/etc/passwd') --", "a.b", "a..b", ".", "", " ", "*", "0",
    "-1", "NULL", "true", "system.tables",
    "x" * 500,
    "0x00", "\\x27", "\\u0027", "' + file('/etc/passwd') + '",
)  # fmt: skip


def quoted(name: str, quote: str) -> str:
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    return f"{quote}{escaped.replace(quote, quote * 2)}{quote}"


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    with clickhouse() as opened:
        opened.query("SET readonly = 2, max_execution_time = 5, max_memory_usage = 2000000000")
        yield opened


def uses(name: str) -> Iterator[str]:
    """A text wherever a person may write one, as a string and as a name."""
    text, named = quoted(name, "'"), quoted(name, "`")
    yield f"select {text}, length({text}), [{text}], map({text}, 1) from events"
    yield f"select event = {text}, event in ({text}), event like {text} from events"
    yield f"select properties[{text}], JSONExtractString(properties, {text}) from events"
    yield f"select concat({text}, f'{{{text}}}'), splitByString({text}, 'a') from numbers(1)"
    yield f"select count() from events where properties.x = {text} group by {text}"
    if name:
        yield f"select 1 as {named} from events order by {named}"
        yield f"select properties.{named}, person.properties.a.{named} from events"
        yield f"with {named} as (select 1 as {named}) select {named}.{named} from {named}"
        yield f"select arrayMap({named} -> {named} + 1, [1]), sum(1) over {named} from events"
        f" window {named} as (order by event)"
        yield f"select {named} from (select 1) as {named}({named}) array join [1] as b"


@pytest.mark.parametrize("name", NAMES)
def test_a_text_of_any_kind_stays_a_text_or_a_name(session, name):
    answered = 0
    for query in uses(name):
        try:
            sql = compile_query(query, CONTEXT).sql
        except HogQLError:
            continue
        hostile.check(sql)
        assert "SYNTAX_ERROR" not in complaint(session, sql)
        answered += 1
    assert answered >= 4


@pytest.mark.parametrize("value", [*NAMES, "\0", "a\0b", "\u202e", "\ufeff"])
def test_a_value_of_a_placeholder_stays_a_value(session, value):
    query = "select {x}, event = {x}, [{x}] from events where event in {y}"
    sql = compile_query(query, CONTEXT, {"x": value, "y": [value, "b"]}).sql
    hostile.check(sql)
    session.query(sql, "JSONCompact")


def nested(opening: str, inner: str, closing: str, depth: int) -> str:
    return f"{opening * depth}{inner}{closing * depth}"


BOMBS = {
    "brackets": f"select {nested('(', '1', ')', 5_000)}",
    "brackets that never close": f"select {'(' * 50_000}1",
    "arrays": f"select {nested('[', '1', ']', 3_000)}",
    "functions": f"select {nested('lower(', 'event', ')', 2_000)} from events",
    "selects": nested("select * from (", "select 1", ")", 1_000),
    "selects as values": nested("select (", "select 1", ")", 1_000),
    "not": f"select {'not ' * 20_000}1",
    "minus": f"select {'-' * 9_000} 1",
    "spaced minus": f"select {'- ' * 9_000}1",
    "case": f"select {nested('case when ', '1', ' then 1 end', 2_000)}",
    "sums": f"select {' + '.join(['1'] * 20_000)}",
    "ors": f"select {' or '.join(['event = 1'] * 9_000)} from events",
    "columns": f"select {', '.join(['1'] * 20_000)}",
    "joins": f"select 1 from events {' '.join(f'join persons p{n} on 1 = 1' for n in range(900))}",
    "commas": f"select 1 from {', '.join(f'events e{n}' for n in range(900))}",
    "lambdas": f"select {nested('arrayMap(x -> ', 'x', ', [1])', 900)}",
    "templates": f"select {nested(chr(102) + chr(39) + '{', '1', '}' + chr(39), 900)}",
    "dots": f"select {'a.' * 9_000}b from events",
    "accesses": f"select a{'[1]' * 9_000} from events",
    "casts": f"select 1{'::int' * 9_000}",
    "ternaries": f"select {'1 ? 2 : ' * 9_000}3",
    "withs": "with " + ", ".join(f"a{n} as (select 1)" for n in range(5_000)) + " select 1",
    "long": f"select '{'x' * 300_000}'",
    "a long number": f"select {'9' * 60_000}",
    "nulls": "select \0" * 100,
    "comments": f"select {'/*' * 30_000}",
    "doubled": "with a0 as (select 1 as v), "
    + ", ".join(f"a{n} as (select x.v from a{n - 1} x, a{n - 1} y)" for n in range(1, 12))
    + " select v from a11",
    "doubled columns": "with 1 as a0, "
    + ", ".join(f"a{n - 1} + a{n - 1} as a{n}" for n in range(1, 40))
    + " select a39",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_query_that_would_take_for_ever_is_refused_at_once(name):
    with pytest.raises(HogQLError):
        compile_query(BOMBS[name], CONTEXT)


SEEDS = [
    *test_hogql_results.ROWS,
    *test_hogql_shapes.ROWS,
    "select session_id, $channel_type, $urls from sessions where $start_timestamp > '2024-01-01'",
    "select session.$entry_pathname, person.properties.email, pdi.person_id from events",
    "select properties.email, pdi.distinct_id, $virt_initial_channel_type from persons",
    "select name, filters from system.cohorts where deleted = 0 order by id",
    "select table_name from system.information_schema.tables order by table_name",
    "select trim(both 'x' from event), ltrim(event, 'x'), toDate(timestamp) from events",
    "select count() from cohort_people join person_distinct_ids using (person_id)",
    "select toDecimal('1.5', 1), toUUID('x'), now() - interval 1 day, date_part('year', now())",
]


def test_every_seed_is_harmless_itself():
    for query in SEEDS:
        hostile.check(compile_query(query, CONTEXT).sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT file('/etc/passwd')",
        "SELECT 1 FROM file('/etc/passwd')",
        "SELECT 1 FROM system.tables",
        "SELECT 1 FROM `system`.`tables`",
        "SELECT `sleep`(3)",
        "SELECT 1; DROP TABLE events",
        "SELECT 1 -- x",
        "SELECT 1 /* x */",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT 1 FORMAT CSV",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SELECT 'a' 'b\\'",
        "SELECT 1 FROM numbers(number)",
    ],
)
def test_the_check_itself_finds_harm(sql):
    with pytest.raises(hostile.Harmful):
        hostile.check(sql)


def test_mutants_are_refused_or_harmless(session, pytestconfig):
    count = pytestconfig.getoption("--mutants") or MUTANTS
    answered = 0
    for query in mutants(SEEDS, count, seed=7):
        try:
            sql = compile_query(query, CONTEXT).sql
        except HogQLError:
            continue
        hostile.check(sql)
        answered += 1
    assert answered > count / 30


def test_what_mutants_ask_of_clickhouse_ends_in_an_answer_or_its_error(session, pytestconfig):
    count = pytestconfig.getoption("--mutants") or MUTANTS
    for query in itertools.islice(mutants(SEEDS, count, seed=11), count // 4):
        try:
            sql = compile_query(query, CONTEXT).sql
        except HogQLError:
            continue
        assert "LOGICAL_ERROR" not in complaint(session, sql)
    assert session.query("SELECT 1").bytes() == b"1\n"


def complaint(session: Any, sql: str) -> str:
    try:
        session.query(sql, "JSONCompact")
    except RuntimeError as error:
        # The answer after a failed one may begin with the rest of it.
        session.query("SELECT 1")
        return str(error)
    return ""
