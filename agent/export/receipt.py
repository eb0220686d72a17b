"""The receipt of an export: what was asked, how far it goes, and which file came of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.answer import Answer, AnswerTable, Window


def receipt_of(path: Path, manifest: Mapping[str, Any]) -> Answer:
    """An export that is finished, as the journal keeps it."""
    rows, late = manifest["rows"], manifest["late_rows"]
    facts = {
        "file": str(path),
        "format": manifest["format"],
        "rows": rows,
        "rows that came meanwhile": late,
        "sha256": manifest["sha256"],
        "columns": ", ".join(manifest["columns"]),
        "stored until": manifest["stored_until"],
        "key": manifest["key_id"],
        "started": manifest["started"],
        "finished": manifest["finished"],
    }
    return Answer(
        question=f"export to {path}",
        outcome="answered",
        headline=f"{rows:,} rows in {path}, as many as PostHog counted.",
        tables=(AnswerTable(("export", ""), tuple(facts.items())),),
        queries=(manifest["query"],),
        window=_window(manifest["period"]),
        project_id=manifest["project_id"],
        project_name=manifest["project"],
        project_host=manifest["host"],
        model="hogloop export",
        receipt=manifest["receipt"],
    )


def _window(period: list[str] | None) -> Window | None:
    if not period:
        return None
    start, end = (f"{at.replace(' ', 'T')}+00:00" for at in period)
    return Window(start, end, "UTC")
