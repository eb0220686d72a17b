"""What tokens cost: list prices from a file, and those that a person sets beside it."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from agent.errors import SettingsError

MILLION = 1_000_000
VERSION = ".@:-"
"""What may follow a model's name where the rest is its version."""

Price = tuple[float, float]


@dataclass(frozen=True)
class Prices:
    """Dollars for a million tokens in and out, by the beginning of a model's name."""

    known: Mapping[str, Price] = field(default_factory=dict)

    def of(self, model: str, tokens_in: int, tokens_out: int) -> float | None:
        """What a model's tokens cost in dollars; None where its price is not known."""
        name = model.rpartition("/")[2]
        fitting = [
            one for one in self.known if re.match(rf"{re.escape(one)}(?:[{VERSION}]|$)", name)
        ]
        if not fitting:
            return None
        price_in, price_out = self.known[max(fitting, key=len)]
        return (tokens_in * price_in + tokens_out * price_out) / MILLION


def load_prices(path: Path) -> Prices:
    """The list prices, with those of a person's own file, which need not be there."""
    listed = files("agent").joinpath("prices.toml").read_text("utf-8")
    try:
        return Prices(_read(listed) | _read(path.read_text("utf-8")))
    except FileNotFoundError:
        return Prices(_read(listed))
    except (OSError, ValueError, TypeError) as error:
        raise SettingsError(
            f'The prices {path} can\'t be read ({error}): write "model" = [2.0, 8.0], say.'
        ) from None


def _read(text: str) -> dict[str, Price]:
    return {name: (float(one[0]), float(one[1])) for name, one in _pairs(text).items()}


def _pairs(text: str) -> dict[str, list[float]]:
    found = tomllib.loads(text)
    if not all(isinstance(one, list) and len(one) == 2 for one in found.values()):
        raise ValueError("a price is two numbers")
    return found
