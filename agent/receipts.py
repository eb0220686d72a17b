"""What a receipt says besides the answer: when, over what, and how it can be checked."""

from collections.abc import Iterator, Mapping
from typing import Any

from agent.answer import Answer
from agent.cells import one_line
from agent.evidence import Evidence, Run
from agent.render import priced

HASH = 16
"""How much of a hash is shown; all of it is in JSON."""


def facts(answer: Answer, evidence: Evidence | None) -> Iterator[tuple[str, str]]:
    """Each further fact of an answer with its name."""
    yield "Question", one_line(answer.question)
    if answer.window:
        start, end = answer.window.start or "open", answer.window.end or "open"
        yield "Window", f"{start} up to {end}"
    yield "Tokens", _tokens(answer)
    if evidence is None:
        return
    yield (
        "Made",
        f"{evidence.made_at[:19]} UTC, hogloop {evidence.version}, zone {evidence.timezone}",
    )
    for run in evidence.runs:
        yield "Call", f"{run.name}: {rows(run)}, result {run.hash[:HASH]}"
        yield "", f"conditions: {conditions(run)}"
    for label in evidence.definitions:
        yield "Uses", one_line(label)
    yield "Result", evidence.hash[:HASH]


def as_json(answer: Answer, evidence: Evidence | None) -> dict[str, Any]:
    """The answer with its evidence as one JSON object."""
    kept = evidence and evidence.as_json()
    return {**answer.as_json(), "question": answer.question, "evidence": kept}


def rows(run: Run) -> str:
    """How many rows a call found, and whether these are all."""
    count = len(run.rows)
    there = "all there are" if run.whole else "cut, there are more"
    return f"{count:,} row{'s' * (count != 1)}, {there}"


def conditions(run: Run) -> str:
    """The conditions of a call in words."""
    if run.name == "run_hogql":
        return "those of the query"
    found = dict.fromkeys(_condition(one) for one in _wheres(run.arguments))
    return one_line(" and ".join(found)) or "none, test accounts are counted"


def _wheres(arguments: Any) -> Iterator[Mapping[str, Any]]:
    """Every condition within the arguments of a call."""
    if isinstance(arguments, Mapping):
        for name, part in arguments.items():
            if name == "where" and isinstance(part, list | tuple):
                yield from part
            else:
                yield from _wheres(part)
    elif isinstance(arguments, list | tuple):
        for part in arguments:
            yield from _wheres(part)


def _condition(one: Mapping[str, Any]) -> str:
    values = ", ".join(map(str, one.get("values") or ()))
    name = one.get("property") or one.get("of", "")
    return f"{name} {one.get('operator', '=')} {values}".strip()


def _tokens(answer: Answer) -> str:
    if not answer.input_tokens + answer.output_tokens:
        return "none, nothing was spent"
    about = "about " if answer.tokens_estimated else ""
    read, written = f"{answer.input_tokens:,}", f"{answer.output_tokens:,}"
    price = priced(answer.dollars) or "; what they cost, your provider says"
    return f"{about}{read} read and {written} written{price}"
