"""Requests to remember or forget: hogloop keeps nothing by itself, its glossary file does."""

import re

from agent.answer import Draft
from agent.planner.objects import telling
from agent.planner.objects.asked import Asked
from agent.planner.world import World

MEANS = re.compile(
    r"^(?:our |my |the |an? |by )?[\"'“]?(?P<term>[\w ()/&-]{2,60}?)[\"'”]?\s+(?:is|are|means?|we"
    r" mean|stands? for|=|refers? to|counts? as)\s+"
    r"(?:the |an? )?(?P<meaning>.{2,200})$",
    re.IGNORECASE,
)
LEAD = re.compile(
    r"^\W*(?:please\s+)?(?:remember|memorize|memorise|note|keep in mind|for future reference|"
    r"from now on|going forward|fyi|btw|forget)"
    r"(?:\s+that)?\W*",
    re.IGNORECASE,
)


def memory_answer(asked: Asked, world: World) -> Draft | None:
    """What can be kept of a fact or definition, None when nothing is to be remembered."""
    told = asked.says("memory.remember")
    if asked.says("memory.forget") and not asked.text.rstrip().endswith("?"):
        return _forgotten(asked)
    if not told and not (asked.says("memory.fact") and not asked.text.rstrip().endswith("?")):
        return None
    text = LEAD.sub("", asked.text).strip(" .!")
    found = MEANS.match(text)
    file = asked.glossary.path or "glossary.toml in the folder of config.toml"
    if found is None:
        return telling.declined(
            f"I can't keep that: “{text}”. hogloop remembers nothing from one conversation to the"
            " next, so nothing was stored.",
            f"What it does keep are your words, in {file}: a term and what it stands for, as in "
            '"active member" = "people who did EVENT".',
            "What happened when (a campaign that ended, a release) belongs into PostHog's"
            " annotations, which hogloop reads.",
        )
    term, meaning = found["term"].strip(), found["meaning"].strip(" .").replace('"', "'")
    short = re.search(r"\(([A-Z]{2,6})\)", meaning)
    line = f'"{term}" = "{re.sub(r" *[(][A-Z]{2,6}[)]", "", meaning)}"'
    also = f'\n"{short[1]}" = "{re.sub(r" *[(][A-Z]{2,6}[)]", "", meaning)}"' if short else ""
    return telling.declined(
        f"Nothing was stored yet: put “{term}” into the glossary, and every later question"
        " understands it.",
        f"Add to {file}:\n[terms]\n{line}{also}",
        "Under [terms] the words stand for it in questions; under [definitions] they only explain.",
    )


def _forgotten(asked: Asked) -> Draft:
    file = asked.glossary.path or "glossary.toml in the folder of config.toml"
    return telling.declined(
        "There is nothing to forget: hogloop keeps no facts from one conversation to the next.",
        f"Terms are in {file}; take the line out there. A new conversation starts with nothing.",
    )
