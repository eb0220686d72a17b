"""Logins: what a profile connects to, and its keys in the system's keyring or a private file."""

import json
import os
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from agent.errors import SettingsError, reason

DEFAULT = "default"
POSTHOG, MODEL = "posthog", "model"
SERVICE = "hogloop"
HEADER = "# Written by hogloop login; keys are elsewhere.\n"


@dataclass(frozen=True)
class Login:
    """What one profile connects to; every field but the place may be empty."""

    host: str = ""
    project: str = ""
    model: str = ""
    base_url: str = ""
    kept_in: str = ""
    """The place of its keys: keyring or file."""


class Place(Protocol):
    """Where keys are kept."""

    @property
    def name(self) -> str:
        """Its name in profiles.toml."""
        ...

    def get(self, name: str) -> str | None:
        """The key of this name, None when there is none."""
        ...

    def put(self, name: str, key: str) -> None:
        """Keep a key."""
        ...

    def remove(self, name: str) -> None:
        """Forget a key, if it is there."""
        ...


class PrivateFile:
    """Keys in a file that only its owner can read."""

    name = "file"

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, name: str) -> str | None:
        """The key of this name, None when there is none."""
        found = self._read().get(name)
        return str(found) if found else None

    def put(self, name: str, key: str) -> None:
        """Keep a key."""
        self._write(self._read() | {name: key})

    def remove(self, name: str) -> None:
        """Forget a key, if it is there."""
        self._write({n: key for n, key in self._read().items() if n != name})

    def _read(self) -> dict[str, Any]:
        try:
            if self.path.stat().st_mode & 0o077:
                raise SettingsError(
                    f"{self.path} can be read by others: chmod 600 it, and make new keys if "
                    "somebody else uses this machine."
                )
            body: dict[str, Any] = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise SettingsError(f"{self.path} can't be read: hogloop login again.") from error
        return body

    def _write(self, keys: dict[str, Any]) -> None:
        _replace(self.path, json.dumps(keys))


class Keyring:
    """Keys in the keyring of the system."""

    name = "keyring"

    def get(self, name: str) -> str | None:
        """The key of this name, None when there is none."""
        found = self._do(lambda keyring: keyring.get_password(SERVICE, name))
        return str(found) if found else None

    def put(self, name: str, key: str) -> None:
        """Keep a key."""
        self._do(lambda keyring: keyring.set_password(SERVICE, name, key))

    def remove(self, name: str) -> None:
        """Forget a key, if it is there."""
        if self.get(name):
            self._do(lambda keyring: keyring.delete_password(SERVICE, name))

    @classmethod
    def works(cls) -> bool:
        """Whether this system has a keyring that is open now."""
        try:
            import keyring

            # Below 1 are those that refuse, and those that keep keys in the clear.
            return bool(keyring.get_keyring().priority >= 1) and cls().get("none") is None
        except (ImportError, RuntimeError, SettingsError):
            return False

    @staticmethod
    def _do(what: Callable[[Any], Any]) -> Any:
        try:
            import keyring
            from keyring.errors import KeyringError
        except ImportError as error:
            told = "The keys of this login are in the keyring: pip install 'hogloop[keyring]'."
            raise SettingsError(told) from error
        try:
            return what(keyring)
        except KeyringError as error:
            told = f"The keyring can't be used ({error}): unlock it, or hogloop login again."
            raise SettingsError(told) from error


class Logins:
    """The profiles of one person, in profiles.toml."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "profiles.toml"
        self._file = PrivateFile(folder / "keys.json")
        self._body = self._read()

    @property
    def usual(self) -> str:
        """The profile that is used when none is named."""
        return str(self._body.get("usual", DEFAULT))

    @property
    def names(self) -> tuple[str, ...]:
        """The profiles there are."""
        return tuple(self._body.get("profiles", {}))

    def find(self, name: str) -> Login | None:
        """What a profile connects to, None when there is none of the name."""
        body = self._body.get("profiles", {}).get(name)
        known = Login.__dataclass_fields__
        return Login(**{k: str(v) for k, v in body.items() if k in known}) if body else None

    def key(self, name: str, what: str) -> str | None:
        """The key of a profile for PostHog or for its model."""
        login = self.find(name)
        return self.place_of(login.kept_in).get(f"{name} {what}") if login else None

    def keep(self, name: str, login: Login, what: str, key: str) -> None:
        """Keep a profile with a key, and make it the usual one."""
        self.place_of(login.kept_in).put(f"{name} {what}", key)
        profiles = self._body.get("profiles", {}) | {name: asdict(login)}
        self._write(name, profiles)

    def forget(self, name: str) -> Login:
        """Remove a profile with its keys."""
        login = self.find(name)
        if login is None:
            known = ", ".join(self.names)
            there = f"; there are: {known}" if known else ", nor any other login"
            raise SettingsError(f"There is no profile {name}{there}.")
        for what in (POSTHOG, MODEL):
            self.place_of(login.kept_in).remove(f"{name} {what}")
        profiles = {n: body for n, body in self._body["profiles"].items() if n != name}
        usual = self.usual if self.usual in profiles else next(iter(profiles), DEFAULT)
        self._write(usual, profiles)
        return login

    def place_of(self, kept_in: str) -> Place:
        """The place of this name."""
        return Keyring() if kept_in == Keyring.name else self._file

    def _read(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise SettingsError(f"{self._path} can't be read: {reason(error)}.") from error

    def _write(self, usual: str, profiles: dict[str, dict[str, str]]) -> None:
        lines = [HEADER, f"usual = {json.dumps(usual)}"]
        for name, body in profiles.items():
            lines.append(f"\n[profiles.{json.dumps(name)}]")
            lines += [f"{field} = {json.dumps(value)}" for field, value in body.items() if value]
        _replace(self._path, "\n".join([*lines, ""]))
        self._body = self._read()


def _replace(path: Path, text: str) -> None:
    """Write a private file in one go."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        draft.replace(path)
    except OSError as error:
        raise SettingsError(f"{path} can't be written ({error.strerror}): check it.") from error
