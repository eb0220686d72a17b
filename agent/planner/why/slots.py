"""Which of several periods an event lies in, as HogQL that stays short and flat.

The bounds of periods are counted as seconds, so that one number of bounds passed tells the period.
Flat texts are read quickly by every parser of HogQL; nested ones are not.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from agent.planner.english.windows import Span
from agent.planner.why.comparable import end, start
from tools.literals import moment

AT = "toUnixTimestamp(timestamp) AS at"
"""The column that the slots are worked out from."""


class Slots:
    """Periods in layers, none of which overlaps another in the same layer."""

    def __init__(self, spans: Sequence[Span], zone: ZoneInfo) -> None:
        self.spans = tuple(dict.fromkeys(spans))
        self._zone = zone
        self._layers: list[list[Span]] = []
        for span in sorted(self.spans, key=start):
            free = (one for one in self._layers if end(one[-1]) <= start(span))
            layer = next(free, None)
            if layer is None:
                self._layers.append([span])
            else:
                layer.append(span)

    @property
    def columns(self) -> list[str]:
        """How many bounds an event has passed in each layer; they need `at`."""
        return [
            f"arrayCount(b -> at >= b, [{', '.join(map(str, self._bounds(layer)))}]) AS slot{n}"
            for n, layer in enumerate(self._layers)
        ]

    @property
    def names(self) -> list[str]:
        """The names of these columns."""
        return [f"slot{n}" for n in range(len(self._layers))]

    def inside(self, span: Span) -> str:
        """The condition that an event lies in a period."""
        for n, layer in enumerate(self._layers):
            if span in layer:
                return f"slot{n} = {2 * layer.index(span) + 1}"
        raise ValueError(span)

    @property
    def envelope(self) -> list[str]:
        """The conditions that an event lies between the first and the last bound."""
        first, last = min(map(start, self.spans)), max(map(end, self.spans))
        return [f"timestamp >= {moment(first)}", f"timestamp < {moment(last)}"]

    def seconds(self, span: Span) -> tuple[int, int]:
        """The bounds of a period in seconds since 1970."""
        first, last = (at.replace(tzinfo=self._zone) for at in (start(span), end(span)))
        return int(first.timestamp()), int(last.timestamp())

    def _bounds(self, layer: Sequence[Span]) -> list[int]:
        return [bound for span in layer for bound in self.seconds(span)]
