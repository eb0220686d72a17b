"""What a client reads: answers, failures and cards, none of which can pose as more."""

from typing import Any

from agent.answer import Answer, AnswerTable
from agent.redact import redact
from agent.render import period
from agent.writing.card import Card
from tools.fence import cleaned, fence

ROWS = 50
FENCE = "````"


def told(answer: Answer) -> dict[str, Any]:
    """An answer in few words, as plain JSON; what is empty is left out."""
    facts = {
        "outcome": answer.outcome,
        "headline": answer.headline,
        "text": [line for line in answer.text.splitlines() if line.strip()],
        "tables": [_table(one) for one in _shown(answer)],
        "period": period(answer.window) if answer.window else "",
        "assumed": list(answer.assumptions),
        "choices": list(answer.choices),
        "numbers_without_source": [one.text for one in answer.unmatched],
        "project": answer.project_name or answer.project_id,
        "answered_by": answer.model,
        "receipt": answer.receipt,
    }
    kept: dict[str, Any] = cleaned({name: fact for name, fact in facts.items() if fact})
    return kept


def failed(sentence: str) -> str:
    """One sentence on what went wrong, as data, since it may quote some."""
    return fence(redact(sentence))


def card_lines(card: Card) -> list[str]:
    """The whole card, one fact a line."""
    lines = [card.headline, *(f"{what}: {now} → {after}" for what, now, after in card.rows)]
    lines += [f"{name}: {fact}" for name, facts in card.facts for fact in facts]
    lines.append(f"Change: {card.id}")
    return [*lines, f"To approve, type: {card.typed}"] if card.typed else lines


def card_text(card: Card) -> str:
    """The card for a person, literally: within the fence a page shows no link and no picture."""
    return "\n".join([FENCE, *map(_within, card_lines(card)), FENCE])


def _within(line: str) -> str:
    """A line that can't end the fence it stands in."""
    return f" {line}" if line.lstrip().startswith("`") else line


def _shown(answer: Answer) -> list[AnswerTable]:
    """The tables that say more than the headline, each once."""
    kept: list[AnswerTable] = []
    for one in answer.tables:
        single = (len(one.rows), len(one.columns)) == (1, 1)
        if one.rows and not single and one not in kept:
            kept.append(one)
    return kept


def _table(table: AnswerTable) -> dict[str, Any]:
    rows = [list(row) for row in table.rows[:ROWS]]
    made: dict[str, Any] = {"columns": list(table.columns), "rows": rows}
    if not table.whole or len(rows) < len(table.rows):
        made["cut"] = f"Only {len(rows)} rows are shown: take no totals or maxima from them."
    return made
