"""Endpoints by their names, so that nobody has to look up an address."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from agent.errors import SettingsError

AUTO = "auto"
"""The word that lets the planner answer what is certain, and the language model the rest."""


@dataclass(frozen=True)
class Provider:
    """An OpenAI-compatible endpoint."""

    name: str
    base_url: str = ""
    """Empty where each customer has an address of their own."""

    key: str = ""
    """The variable that holds its key, empty where none is needed."""


@cache
def providers() -> Mapping[str, Provider]:
    """The endpoints there are presets for."""
    text = files("agent").joinpath("providers.toml").read_text("utf-8")
    return {name: Provider(name, **fields) for name, fields in tomllib.loads(text).items()}


def chosen(model: str | None, usual: str | None, environ: Mapping[str, str]) -> dict[str, Any]:
    """The settings that follow from the name of a model: who answers, where, and with which key.

    `usual` is the model that is set, which `auto` takes for the rest.
    """
    mixed = model == AUTO
    named = (None if usual == AUTO else usual) if mixed else model
    return {"mixed": mixed, "model": named} | _at_provider(named or "", environ)


def _at_provider(model: str, environ: Mapping[str, str]) -> dict[str, str | None]:
    """Address and key of the provider that a model is named with; its key goes nowhere else."""
    name, _, rest = model.partition(":")
    provider = providers().get(name) if rest else None
    if provider is None:
        return {}
    key = environ.get(provider.key, "").strip()
    if provider.key and not key:
        raise SettingsError(f"{model} needs a key of {name}: set {provider.key}.")
    if not provider.base_url and not environ.get("OPENAI_BASE_URL"):
        raise SettingsError(f"{model} has an address of your own: set OPENAI_BASE_URL to it.")
    found: dict[str, str | None] = {"model": rest, "openai_key": key or None}
    return found | ({"base_url": provider.base_url} if provider.base_url else {})
