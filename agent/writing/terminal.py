"""A card in the terminal, and what the person at the keyboard says to it."""

import sys
import termios
from collections.abc import Callable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.writing.approval import Choice, Decision
from agent.writing.card import Card


def answer(prompt: str) -> str:
    """What is typed once the prompt shows; what was typed before answered something else."""
    if sys.stdin.isatty():
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
    return input(prompt)


class TerminalApprover:
    """Shows the card and asks; risky changes want their name typed."""

    def __init__(self, out: Console, who: str, read: Callable[[str], str] = answer) -> None:
        self._out = out
        self._who = who
        self._read = read

    def decide(self, card: Card) -> Decision:
        """Yes only for a clear yes, or for the name where that is asked for."""
        show_card(self._out, card)
        if card.waits_for:
            return Decision(Choice.LATER)
        try:
            said = self._read(_prompt(card)).strip()
        except EOFError:
            return Decision(Choice.LATER)
        if card.typed:
            choice = Choice.YES if said == card.typed else Choice.NO
        else:
            choice = Choice.YES if said.lower() in ("y", "yes") else Choice.NO
        return Decision(choice, self._who, "terminal", said if card.typed else "")


def show_card(out: Console, card: Card) -> None:
    """The whole card; nothing of it is left out."""
    out.print()
    out.print(Text(f"Change {card.id}", "dim"))
    out.print(Text(card.headline, "bold"))
    rows = Table(box=None, pad_edge=False, show_edge=False)
    for name in ("", "now", "after"):
        rows.add_column(name, overflow="fold", header_style="dim")
    for row in card.rows:
        rows.add_row(*map(Text, row))
    out.print(rows)
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, lines in card.facts:
        for i, line in enumerate(lines):
            facts.add_row("" if i else name, Text(line))
    out.print(facts)


def _prompt(card: Card) -> str:
    if card.typed:
        return f"Type {card.typed} to approve, anything else to leave it: "
    return "Approve? [y/N] "
