"""What is wrong with a HogQL query, and where."""

from typing import NoReturn

from tools.local.hogql.kinds import Node


class HogQLError(Exception):
    """A query that is wrong or not supported; offsets count the characters of its text."""

    def __init__(self, message: str, start: int | None = None, end: int | None = None) -> None:
        self.message = message
        self.start = start
        self.end = end
        super().__init__(message)


def refuse(node: Node, message: str) -> NoReturn:
    """Stop because of this node."""
    raise HogQLError(message, node.get("start"), node.get("end"))
