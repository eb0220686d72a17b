"""The statement guard: what is sent, what is not, and how many rows are asked for."""

import pytest

from tools.errors import QueryRefused
from tools.hogql import check
from tools.parser import parse_select

LEGITIMATE = """
select 1
select event from events
select event, count() from events group by event order by count() desc
SELECT count(*) FROM events WHERE timestamp >= '2024-01-01' AND timestamp < '2024-02-01'
select toStartOfDay(timestamp) as day, uniq(person_id) from events group by day order by day
select properties.$browser, count() from events group by 1
select properties['$os'] from events where properties['$os'] is not null
select person.properties.email from events where person.properties.email ilike '%@example.com'
select quantile(0.9)(toFloat(properties.duration)) from events
select countIf(event = 'a') / countIf(event = 'b') from events
select count() filter (where event = 'a') from events
select count(distinct person_id) from events
select event from events where event in ('a', 'b') and not event like 'c%'
select event from events where timestamp > now() - interval 7 day
select * from events
select e.event, p.id from events e join persons p on p.id = e.person_id
select e.event from events as e left join persons as p on p.id = e.person_id where p.id is null
select id, properties.email, created_at from persons
select session_id, $session_duration from sessions where $start_timestamp > '2024-01-01'
select avg($session_duration) from sessions
select key, properties.name from groups where index = 0
select distinct_id, person_id from person_distinct_ids
with a as (select person_id from events) select count() from a
with a as (select 1 as x), b as (select x from a) select * from a, b
with 5 as n select n + 1
select event from events where person_id in (select id from persons)
select event from events union all select event from events
select 1 union distinct select 2
select number from numbers(10)
select arrayMap(x -> x + 1, [1, 2, 3])
select arrayFilter((x, y) -> x > y, [1], [2])
select case when event = 'a' then 1 when event = 'b' then 2 else 3 end from events
select case event when 'a' then 1 end from events
select if(event = 'a', 1, 2), multiIf(1, 2, 3), event = 'a' ? 1 : 2 from events
select f'{event} at {timestamp}' from events
select event || '-' || distinct_id from events
select toInt('1'), toFloat('1.5'), toString(1), '5'::int, cast('1' as float)
select row_number() over (partition by person_id order by timestamp) from events
select lag(timestamp) over w from events window w as (partition by person_id order by timestamp)
select sum(x) over (order by y rows between 1 preceding and current row) from (select 1 x, 2 y)
select event, arrayJoin([1, 2]) from events
select event, k from events array join [1, 2] as k
select event from events limit 10 by event
select event from events limit 10 offset 20
select event from events order by timestamp desc limit 10
select distinct event from events
select event, count() as c from events group by event having c > 10
select dateDiff('day', min(timestamp), max(timestamp)) from events
select dateTrunc('month', timestamp) as m, sum(toFloat(properties.price)) from events group by m
select toStartOfWeek(timestamp, 1) from events
select windowFunnel(86400)(toDateTime(timestamp), event = 'a', event = 'b') from events
select topK(5)(event) from events
select argMax(properties.plan, timestamp) from events group by person_id
select groupUniqArray(event) from events
select JSONExtractString(properties, 'a', 'b') from events
select coalesce(properties.a, properties.b, 'none') from events
select properties.a ?? 'none' from events
select event =~ '^a', event !~ 'b', event =~* 'C' from events
select round(avg(x), 2) from (select 1 as x)
select * from system.cohorts
select name, key from system.feature_flags where deleted = 0
select table_name from system.information_schema.tables
select session_id, start_time from session_replay_events
select uniqIf(person_id, event = 'a'), sumIf(1, event = 'b'), avgOrNull(1) from events
select tuple(1, 2).1, [1, 2][1], {'a': 1}
select 'it''s', 'semi;colon', '-- no comment', "event" from events
select event /* a comment */ from events -- another
select event from events;
select group_0.properties.name, count() from events group by 1
select session.$entry_pathname from events
select timestamp between '2024-01-01' and '2024-01-31' from events
select person_id in cohort 5 from events
select matchesAction('Signed up') from events
select COUNT(*), Min(timestamp), MAX(timestamp) from events
""".strip().splitlines()

ABUSIVE = """
insert into events values (1)
insert into events select * from events
update events set event = 'x'
delete from events
drop table events
drop database default
truncate table events
alter table events delete where 1
create table x (a Int32) engine = Memory
create view v as select 1
create user u
grant all on *.* to u
revoke all on *.* from u
rename table events to x
attach table x
detach table events
optimize table events final
system shutdown
system flush logs
kill query where 1
set max_memory_usage = 0
use system
show tables
show grants
describe events
explain select 1
exchange tables a and b
select 1; select 2
select 1; drop table events
select 1;;drop table events
select 1 into outfile '/tmp/x'
select 1 format JSON
select 1 from events format
select 1 from events settings
select 1 settings max_threads = 1
select * from file('/etc/passwd')
select * from url('http://example.com')
select * from remote('127.0.0.1', system.tables)
select * from remoteSecure('127.0.0.1', system.tables)
select * from mysql('h', 'd', 't', 'u', 'p')
select * from postgresql('h', 'd', 't', 'u', 'p')
select * from s3('http://example.com/x.csv')
select * from s3Cluster('c', 'http://example.com/x.csv')
select * from hdfs('hdfs://x')
select * from odbc('d', 't')
select * from jdbc('d', 't')
select * from executable('x', 'y')
select * from input('a Int32')
select * from cluster('c', system.tables)
select * from clusterAllReplicas('c', system.tables)
select * from merge('default', '.*')
select * from dictionary('d')
select * from generateRandom('a Int32')
select * from values('a Int32', 1)
select * from view(select 1)
select * from null('a Int32')
select * from zeros(10)
select * from system.tables
select * from system.users
select * from system.processes
select * from system.query_log
select * from system.functions
select * from system.one
select * from information_schema.tables
select * from INFORMATION_SCHEMA.TABLES
select * from default.events
select * from posthog.events
select * from sharded_events
select * from nothing
select * from `system.tables`
select file('/etc/passwd')
select getSetting('max_threads')
select currentUser()
select hostName()
select version()
select getMacro('x')
select sleep(10)
select sleepEachRow(1) from events
select throwIf(1)
select dictGet('d', 'a', 1)
select joinGet('j', 'a', 1)
select catboostEvaluate('m', 1)
select evalMLMethod(1)
select runningAccumulate(1)
select getenv('HOME')
select initializeAggregation('sum', 1)
select filesystemAvailable()
select serverUUID()
select buildId()
select queryID()
select tcpPort()
select currentDatabase()
select showCertificate()
select generateUUIDv4()
select fuzzBits('a', 0.1)
select nothing(1)
select COUNTIF(1)
select countif(1)
select to_float(1)
select event from events where file('/x') = 'y'
select event from events where event in (select file('/x'))
select event from events order by sleep(1)
select event from events group by file('/x')
select event from events having sleep(1)
select event from events limit 1 by file('/x')
select arrayMap(x -> file(x), ['/etc/passwd'])
select if(1, file('/x'), 2)
select sum(file('/x')) over () from events
select count() filter (where sleep(1)) from events
select 1 union all select file('/x')
with a as (select file('/x')) select * from a
with file('/x') as a select a
select * from (select * from url('http://x'))
select * from events join url('http://x') as u on 1 = 1
select event from events where event in (select * from system.tables)
with events as (select 1) select * from events
with persons as (select 1) select * from persons
with Sessions as (select 1) select * from Sessions
select {x}
select * from {x}
select event from events where {filters}
select {variables.x}
select {1 + 1}
select event from events limit {n}
select <Sparkline data={[1, 2]} />
select <a href='http://x'>click</a>
select * from <HogQLQuery query='select 1' />
select * from (values (1), (2)) as v
select * from events pivot (count() for event in ('a'))
select '1'::decimal(10, 2)
select * from events(1)
select any(event) ignore nulls from events
select event from events order by event nulls first
select event, count() from events group by event with totals
select sum(1) filter (where 1) over () from events
(select event from events) order by event
select 'open
select (1
select 1)
select `open
select /* open
select
from events

-- only a comment
select * from events where
selekt 1
hello
select 1 as team_id from events where x ==
select top 5 event from events
select event from events sample
select x from events final final
""".splitlines()


@pytest.mark.parametrize("query", LEGITIMATE)
def test_a_legitimate_query_may_be_sent(query):
    statement = check(query, 100)
    assert parse_select(statement.text)["limit"]["value"] == statement.limit + 1


@pytest.mark.parametrize("query", ABUSIVE[1:])
def test_an_abusive_query_is_never_sent(query):
    with pytest.raises(QueryRefused):
        check(query, 100)


def test_the_two_tables_are_as_long_as_they_should_be():
    assert len(LEGITIMATE) >= 60
    assert len(ABUSIVE) >= 100


def test_a_query_without_limit_gets_one_more_than_is_kept():
    statement = check("select event from events -- all of them\n;", 100)
    assert statement.text == "select event from events\nLIMIT 101"
    assert (statement.limit, statement.own_limit) == (100, False)


def test_a_limit_of_the_author_is_widened_by_the_row_that_shows_the_cut():
    statement = check("select event from events limit 5", 100)
    assert statement.text == "select event from events limit 6"
    assert (statement.limit, statement.own_limit) == (5, True)


def test_a_limit_beyond_ours_is_lowered():
    statement = check("select event from events limit 50000", 100)
    assert statement.text == "select event from events limit 101"
    assert (statement.limit, statement.own_limit) == (100, False)


def test_a_limit_in_a_comment_string_or_subquery_is_not_the_limit():
    query = "select 'limit 3', x from (select 1 as x limit 2) /* limit 4 */"
    assert check(query, 10).text == f"{query.removesuffix(' /* limit 4 */')}\nLIMIT 11"


def test_an_offset_without_limit_keeps_its_place():
    assert check("select event from events offset 3", 10).text.endswith("LIMIT 11 offset 3")


@pytest.mark.parametrize(
    "query",
    [
        "select 1 union all select 2 limit 5",
        "(select 1) union all (select 2)",
        "select event from events order by event limit 5 with ties",
        "select event from events limit 2 + 3",
    ],
)
def test_what_has_no_plain_limit_is_wrapped(query):
    statement = check(query, 10)
    assert statement.text == f"SELECT * FROM (\n{query}\n) LIMIT 11"
    assert not statement.own_limit


def test_the_tables_of_subqueries_and_joins_are_named_once():
    query = (
        "with a as (select person_id from events) "
        "select 1 from a join persons p on p.id = a.person_id"
    )
    assert set(check(query, 10).tables) == {"events", "persons"}


def test_a_placeholder_with_a_value_may_be_sent():
    query = "select event from events where event = {name}"
    assert check(query, 10, {"name": "x"}).limit == 10


def test_a_refusal_says_where():
    with pytest.raises(QueryRefused, match="character 7") as caught:
        check("select file('/etc/passwd')", 10)
    assert caught.value.position == 7


def test_an_unknown_function_gets_the_nearest_name():
    with pytest.raises(QueryRefused, match=r"Perhaps you meant 'toFloat\(\.\.\.\)'"):
        check("select toFloat64(properties.x) from events", 10)


def test_a_flood_of_parts_is_refused():
    flood = ", ".join(["1"] * 12_000)
    with pytest.raises(QueryRefused):
        check(f"select 1 from events where 1 in ({flood})", 10)
