"""Keys that people paste by mistake, taken out of what is kept."""

import re

BEGINNING = r"(?:(?<![A-Za-z0-9])|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4})|(?<=%[0-9A-Fa-f]{2}))"
"""No letter before it but the last of an escape of JSON or of an address."""

RANDOM = (
    r"(?=[A-Za-z0-9_-]*[A-Za-z0-9]{16}|"
    r"(?=[A-Za-z0-9_-]*[0-9])(?=[A-Za-z0-9_-]*[A-Z])[A-Za-z0-9_-]{20})"
)
"""Sixteen letters without a hyphen, or twenty of all sorts: `sk-new-checkout` is no key."""

KEY = re.compile(BEGINNING + rf"(ph[a-z]_|sk-{RANDOM}|xox[a-z]-|xapp-)[A-Za-z0-9_-]{{8,}}")


def holds_secret(text: str) -> bool:
    """Whether a text holds a key that is secret; a project's own key (phc_…) is public."""
    return any(found[1] != "phc_" for found in KEY.finditer(text))


def redact(text: str) -> str:
    """The text with the secret part of every key replaced."""
    return KEY.sub(r"\1[removed]", text)
