"""The words a language model reads, one Markdown file each."""

import re
from importlib.resources import files

PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


def load(name: str, **values: str) -> str:
    """The prompt with its `{{placeholders}}` filled; none may be missing and no value unused."""
    text = files("prompts").joinpath(f"{name}.md").read_text(encoding="utf-8")
    wanted = set(PLACEHOLDER.findall(text))
    if wanted != values.keys():
        raise KeyError(f"{name}.md needs {sorted(wanted)}, not {sorted(values)}")
    return PLACEHOLDER.sub(lambda found: values[found[1]], text)
