"""What a model asks of the person, and of the tools that are not laid out."""

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from agent.answer import AnswerTable
from tools.base import Args
from tools.fence import clean, fenced


@dataclass(frozen=True)
class Asked:
    """A question to the person, which ends the turn."""

    question: str
    choices: tuple[str, ...]

    def for_model(self) -> str:
        """That the person will answer."""
        return "The person is asked."


@dataclass(frozen=True)
class Laid:
    """Tools that may be called from now on."""

    names: tuple[str, ...]
    unreachable: tuple[str, ...] = ()
    """What the key lacks for others that were meant, in words."""

    def for_model(self) -> str:
        """Which they are."""
        told = [f"You can call {', '.join(self.names)} now."] if self.names else []
        return " ".join([*told, *self.unreachable])


@dataclass(frozen=True)
class Findings:
    """What an investigation found, in words and tables."""

    headline: str
    text: str
    tables: tuple[AnswerTable, ...] = ()
    queries: tuple[Any, ...] = ()

    def for_model(self) -> str:
        """The words, fenced, since names of the data stand in them; the person gets the tables."""
        lines = (self.headline, *self.text.splitlines())
        return fenced("\n".join(clean(line).replace("<", "(") for line in lines if line))


class FindTool(Args):
    """Arguments of find_tool."""

    wanted: str
    """A name, or words."""


class AskPerson(Args):
    """Arguments of ask_person."""

    question: str = Field(min_length=1)
    """One short question."""

    choices: tuple[str, ...] = Field(max_length=6)
    """Two to six answers, each a question by itself."""


class Investigate(Args):
    """Arguments of investigate."""

    question: str
    """Such as: why did signed_up drop last week?"""
