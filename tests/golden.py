"""Golden files: text that people or a model read, kept for review."""

import difflib
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"

Golden = Callable[[str, str], None]


def compare(name: str, text: str, *, update: bool) -> None:
    """Fail with a diff unless `text` is what the golden file holds; or rewrite the file."""
    path = FOLDER / name
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    if text == kept:
        return
    if update:
        path.write_text(text, encoding="utf-8")
        return
    lines = difflib.unified_diff(
        kept.splitlines(), text.splitlines(), f"golden/{name}", "now", lineterm=""
    )
    raise AssertionError("\n".join([*lines, "to accept this: pytest --update-golden"]))
