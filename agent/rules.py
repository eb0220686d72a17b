"""Rules that people write in TOML files of their own."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from agent.errors import SettingsError

Rules = TypeVar("Rules", bound=BaseModel)


def read_rules(path: Path, kind: type[Rules]) -> Rules:
    """The rules in a file; no file means the defaults, an unknown rule is an error."""
    try:
        return kind.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return kind()
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise SettingsError(f"{path}: the rule {where} can't be used: {first['msg']}.") from None
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} can't be read: {error}.") from None
