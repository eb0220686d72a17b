"""Rows for the routes that list what is not a document: asked in HogQL, refused as PostHog does."""

from typing import Any

from tools.local.bodies import invalid
from tools.local.dates import DateError
from tools.local.failures import StoreError, failed
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.reader import Reader
from tools.local.routes import Call

MOST_VALUES = 10


def rows(reader: Reader, tree: Node) -> list[list[Any]]:
    """The rows of a query built from what a request asks for."""
    try:
        return reader.rows(tree)
    except (HogQLError, DateError) as error:
        raise invalid(str(error)) from None
    except StoreError as error:
        raise failed(error) from None


def values(call: Call, table: str, column: Node, test: Node = nodes.TRUE) -> list[list[Any]]:
    """The most frequent values of a column that contain the text asked for, with their counts."""
    text = call.request.args.get("value", "").strip()
    like = nodes.compare(
        "ilike", nodes.call("toString", column), nodes.constant(f"%{text}%" if text else "%")
    )
    tree = nodes.query(
        "SELECT {column} AS value, count() AS times FROM {table} WHERE {test} "
        "GROUP BY value ORDER BY times DESC, value LIMIT {most}",
        column=column,
        table=nodes.field(table),
        test=nodes.all_of([nodes.compare("!=", column, nodes.constant(None)), like, test]),
        most=nodes.constant(MOST_VALUES),
    )
    return rows(Reader.of(call.home), tree)
