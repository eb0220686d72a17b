"""How an event stands in an actor's list: one number of its time and the steps it matches.

From the lowest bit: two flags, the steps, the steps that it is an exclusion before, the time in
microseconds. So numbers sort by time, and within one time by the steps.
"""

from dataclasses import dataclass

from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node

VALUE, OWN = 1, 2
"""The flags: has the value its actor is counted under; lies in the interval counted."""

_FLAGS = 2
_TIME = 52


@dataclass(frozen=True)
class Layout:
    """The places of the bits for a number of steps."""

    steps: int
    excludes: bool = False

    @property
    def shift(self) -> int:
        """How far left the time stands."""
        return _FLAGS + self.steps * (2 if self.excludes else 1)

    @property
    def wide(self) -> bool:
        """Whether 64 bits are too few."""
        return self.shift + _TIME > 63

    @property
    def any_step(self) -> int:
        """The bits of all steps."""
        return ((1 << self.steps) - 1) << _FLAGS

    @property
    def any_exclusion(self) -> int:
        """The bits of all exclusions."""
        return self.any_step << self.steps if self.excludes else 0

    @property
    def bits(self) -> list[int]:
        """The bit of each step."""
        return [self.step(number) for number in range(1, self.steps + 1)]

    def step(self, number: int) -> int:
        """The bit of a step, counted from one."""
        return 1 << (_FLAGS + number - 1)

    def exclusion(self, number: int) -> int:
        """The bit of an exclusion before a step."""
        return self.step(number) << self.steps

    def time(self, entry: Node) -> Node:
        """The time in an entry, in microseconds."""
        moved = nodes.call("bitShiftRight", entry, self._shift())
        return nodes.call("_toInt64", moved) if self.wide else moved

    def matches(self, entry: Node) -> Node:
        """An entry without its flags."""
        return nodes.call("bitShiftRight", entry, nodes.constant(_FLAGS))

    def entry(self, at: Node, bits: Node) -> Node:
        """The entry of a time and its bits."""
        integer = "reinterpretAsInt128" if self.wide else "reinterpretAsInt64"
        moved = nodes.call("bitShiftLeft", nodes.call(integer, at), self._shift())
        return nodes.arithmetic("+", moved, bits)

    def _shift(self) -> Node:
        return nodes.constant(self.shift)


def has(entry: Node, bits: int) -> Node:
    """Whether an entry has all of some bits."""
    found = nodes.call("bitAnd", entry, nodes.constant(bits))
    return nodes.compare("==", found, nodes.constant(bits))


def has_any(entry: Node, bits: int) -> Node:
    """Whether an entry has one of some bits."""
    found = nodes.call("bitAnd", entry, nodes.constant(bits))
    return nodes.compare("!=", found, nodes.constant(0))
