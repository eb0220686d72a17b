"""What typed queries read with."""

import pytest

from tests.streams import stream_project
from tools.local.hogql import HogQLError, nodes
from tools.local.queries.reader import MAX_ROWS, Reader


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("reader")) as made:
        yield Reader.of(made.home)


def numbers(count):
    return nodes.query("SELECT number FROM numbers({count})", count=nodes.constant(count))


def test_a_result_is_whole_or_refused(reader):
    assert len(reader.rows(numbers(MAX_ROWS))) == MAX_ROWS
    with pytest.raises(HogQLError, match="more than 99,000"):
        reader.rows(numbers(MAX_ROWS + 1))


def test_a_query_with_a_limit_of_its_own_is_whole_with_that(reader):
    limited = {**numbers(MAX_ROWS + 1), "limit": nodes.constant(3)}
    assert reader.rows(limited) == [[0], [1], [2]]


def test_what_was_read_is_known_afterwards(reader):
    reader.rows(numbers(1))
    assert reader.ran[-1] == numbers(1)
