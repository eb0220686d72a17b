"""Versions as the flags service compares them: semver 2.0, forgiving about short ones.

After rust/feature-flags/src/properties/property_matching.rs and Rust's semver crate: `3.8` is
`3.8.0`, leading zeros fall away, a pre-release meets a range only if the range names its version.
"""

import re
from dataclasses import dataclass

Part = tuple[int, int, str]
_CORE = re.compile(r"(\d{1,19})\.(\d{1,19})\.(\d{1,19})")
_WORD = re.compile(r"[0-9A-Za-z-]+")


@dataclass(frozen=True, order=True)
class Version:
    """A version; a pre-release comes before its release, a build after it."""

    core: tuple[int, int, int]
    released: bool
    pre: tuple[Part, ...]
    build: tuple[Part, ...]


def version(text: str) -> Version | None:
    """The version a text names, None when it names none."""
    text = text.removeprefix("v").strip()
    core, pre, build = _split(text)
    found = _CORE.fullmatch(_whole(core))
    if not found or "" in (pre, build):
        return None
    parts = (_parts(pre), _parts(build))
    if None in parts:
        return None
    numbers = (int(found[1]), int(found[2]), int(found[3]))
    return Version(numbers, pre is None, parts[0] or (), parts[1] or ())


def within(operator: str, wanted: str, found: Version) -> bool:
    """Whether a version lies in a range; a range that can't be read holds none."""
    if operator == "semver_wildcard":
        return _matches_wildcard(wanted, found)
    base = version(wanted)
    if base is None or not _eligible(found, base):
        return False
    if operator == "semver_tilde":
        same = 2
    else:
        same = 1 + next((at for at, number in enumerate(base.core) if number), 2)
    return found.core[:same] == base.core[:same] and _at_least(found, base)


def _at_least(found: Version, base: Version) -> bool:
    """Builds are no part of a range."""
    return (found.core, found.released, found.pre) >= (base.core, base.released, base.pre)


def _eligible(found: Version, base: Version) -> bool:
    return found.released or (not base.released and found.core == base.core)


def _matches_wildcard(wanted: str, found: Version) -> bool:
    parts = [_trimmed(part) for part in wanted.removeprefix("v").strip().split(".")]
    stars = [part in ("*", "x", "X") for part in parts]
    numbers = [part for part, star in zip(parts, stars, strict=True) if not star]
    if len(parts) > 3 or stars != sorted(stars) or not all(_is_number(one) for one in numbers):
        return False
    if not any(stars):
        return within("semver_caret", wanted, found)
    return found.released and found.core[: len(numbers)] == tuple(int(one) for one in numbers)


def _split(text: str) -> tuple[str, str | None, str | None]:
    """The numbers, what follows their first `-`, and what follows a `+`."""
    rest, plus, build = text.partition("+")
    core, minus, pre = rest.partition("-")
    return core, pre if minus else None, build if plus else None


def _whole(core: str) -> str:
    parts = [_trimmed(part) for part in core.split(".")]
    return ".".join([*parts, *["0"] * (3 - len(parts))])


def _trimmed(part: str) -> str:
    return (part.lstrip("0") or "0") if _is_number(part) else part


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _parts(text: str | None) -> tuple[Part, ...] | None:
    if text is None:
        return ()
    words = text.split(".")
    if not all(_WORD.fullmatch(word) for word in words):
        return None
    return tuple((0, int(word), "") if _is_number(word) else (1, 0, word) for word in words)


def readable(operator: str, value: object) -> bool:
    """Whether a value can be compared with by this operator."""
    if not isinstance(value, str):
        return False
    return version(value.rstrip(".*") if operator == "semver_wildcard" else value) is not None
