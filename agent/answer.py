"""The answer to one question, and the draft a model makes of it."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

Outcome = Literal["answered", "asked", "declined", "failed"]


@dataclass(frozen=True)
class AnswerTable:
    """Rows behind an answer; `whole` is false when rows were left out."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    whole: bool = True
    total_rows: int | None = None
    """Rows in all, None when it is not known."""


@dataclass(frozen=True)
class Window:
    """The period an answer covers: `from` inclusive, `to` exclusive, ISO 8601 with zone."""

    start: str | None
    end: str | None
    """None on a side where the query of a language model has no certain bound."""

    timezone: str

    @property
    def words(self) -> str:
        """Whole days by their dates, else up to the minute."""
        start, end = (side and datetime.fromisoformat(side) for side in (self.start, self.end))
        clocked = any(at and at.time() != datetime.min.time() for at in (start, end))
        shape = "%Y-%m-%d %H:%M" if clocked else "%Y-%m-%d"
        if not start or not end:
            return (
                f"from {start:{shape}} on" if start else f"up to {end:{shape}}" if end else "open"
            )
        if clocked:
            return f"{start:{shape}} up to {end:{shape}}"
        last = end - timedelta(days=1)
        return f"{start:{shape}}" if last <= start else f"{start:{shape}} to {last:{shape}}"


@dataclass(frozen=True)
class Draft:
    """What a model that plans by itself says about its answer."""

    outcome: Outcome
    headline: str
    text: str = ""
    tables: tuple[AnswerTable, ...] = ()
    window: Window | None = None
    assumptions: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    error: str | None = None
    suggestions: tuple[str, ...] = ()
    """Questions that go on from the answer."""

    stated: str = ""
    """Those of its words that tell the plan or the method, whose numbers no result holds."""

    plan: Any = None
    """The planner's own reading, for the follow-up that changes it; never shown."""


@dataclass(frozen=True)
class Unmatched:
    """A number in an answer's words that nothing of its turn founds, and where it stands."""

    part: Literal["headline", "text"]
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Answer:
    """The last message of a turn; `as_json` is the contract of `hogloop ask --json`."""

    question: str
    outcome: Outcome
    headline: str
    text: str = ""
    tables: tuple[AnswerTable, ...] = ()
    queries: tuple[Any, ...] = ()
    window: Window | None = None
    project_id: int | None = None
    project_name: str = ""
    project_host: str = ""
    model: str = ""
    assumptions: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    error: str | None = None
    suggestions: tuple[str, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()
    """Numbers in headline and text that are in no result and follow from none."""

    receipt: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    tokens_estimated: bool = False
    dollars: float | None = None
    """What the tokens cost, None where the model's price is not known."""

    steps: int = 0
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The answer as one JSON object."""
        return {
            "outcome": self.outcome,
            "headline": self.headline,
            "text": self.text,
            "tables": [asdict(table) for table in self.tables],
            "queries": list(self.queries),
            "window": self.window
            and {
                "from": self.window.start,
                "to": self.window.end,
                "timezone": self.window.timezone,
            },
            "project": {
                "id": self.project_id,
                "name": self.project_name,
                "host": self.project_host,
            },
            "model": self.model,
            "assumptions": list(self.assumptions),
            "choices": list(self.choices),
            "suggestions": list(self.suggestions),
            "unmatched": [asdict(one) for one in self.unmatched],
            "error": self.error,
            "receipt": self.receipt,
            "usage": {
                "input_tokens": self.input_tokens,
                "output_tokens": self.output_tokens,
                "tokens_estimated": self.tokens_estimated,
                "dollars": self.dollars,
                "steps": self.steps,
                "seconds": round(self.seconds, 3),
            },
        }
