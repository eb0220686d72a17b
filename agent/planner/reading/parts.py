"""Several questions in one message, and words that a message defines itself."""

import re

JOINT = re.compile(
    r"(?:,|;|\?|\.)?\s+(?:and|also|plus)\s+(?=(?:how many|how much|what|which|who|where)\b)"
    r"|\?\s+(?=\S)",
    re.IGNORECASE,
)
"""Where one question ends and another begins."""

ASKING = re.compile(
    r"\b(how many|how much|how often|what|which|who|where|when|show|list|give|average|median|total"
    r"|top|number of)\b",
    re.IGNORECASE,
)
DICTATED = re.compile(
    r"^(return|output|include|format|respond|show (?:the|me the|it as))\b", re.IGNORECASE
)
"""What begins a sentence about the form of the answer."""

LEAST = 4
"""Words of a question that stands by itself: “top 3?” belongs to the one before."""

BACK = re.compile(
    r"^\W*(?:\w+\W+){0,4}?(it|that|they|them|those|these|this|its|their)\b", re.IGNORECASE
)
"""What points back to the question before: such a part says more of it and is none of its own."""

RANKING = re.compile(r"^(?:the )?top \w+(?: by\b|\W*$)", re.IGNORECASE)
"""How many of what was asked for before: “top ten by average stars”."""

INLINE = re.compile(
    r"\((?P<term>[A-Za-z][\w -]{2,40}?)\s*(?:=|means|:=|being)\s*(?P<meaning>[^()]{3,120})\)"
)
IF = re.compile(
    r"^if an? (?P<term>[\w -]{3,40}?) (?:is|means|equals) (?:someone|somebody|a (?:user|person"
    r"|member|customer)|an? \w+) "
    r"(?P<meaning>(?:who|that|with) [^,]{3,120}),\s*(?P<question>.+)$",
    re.IGNORECASE,
)


CORRECTED = re.compile(
    r"^(?P<head>.*?\w\W*?)[.…,;?!—–-]+\s*(?:oh\s+)?"
    r"(?:no,?\s+wait|wait,?\s+no|wait,|no,?\s+sorry|sorry,|scratch that|never\s?mind|actually no"
    r"|(?:no,?\s+)?i mean(?:t)?|or rather)\b[\s,:—–-]*(?:no,?\s+)?(?:just\s+|make (?:it|that)\s+)?"
    r"(?P<tail>\w.+)$",
    re.IGNORECASE,
)
"""What was said first, and what was meant instead."""


def corrected(message: str) -> tuple[str, str] | None:
    """A message that takes itself back: what it began with, and what it means."""
    match = CORRECTED.match(message)
    return (match["head"].strip(), match["tail"].strip()) if match else None


def parts(message: str) -> list[str]:
    """The questions of a message, each as it would be asked alone."""
    found: list[str] = []
    start = 0
    for match in JOINT.finditer(message):
        head, tail = message[start : match.start()].strip(), message[match.end() :]
        if (
            not ASKING.search(head)
            or not ASKING.search(tail)
            or len(tail.split()) < LEAST
            or BACK.match(tail)
            or RANKING.match(tail)
            or DICTATED.match(tail)
        ):
            continue
        found.append(head)
        start = match.end()
    rest = message[start:].strip()
    return [*found, rest] if rest else found


def defined(message: str) -> tuple[str, tuple[str, ...]]:
    """A message with the terms it defines replaced by their meaning, and a remark on each."""
    remarks: list[str] = []
    for match in INLINE.finditer(message):
        term, meaning = match["term"].strip(), match["meaning"].strip()
        rest = message.replace(match[0], " ")
        if re.search(rf"\b{re.escape(term)}\b", rest, re.IGNORECASE):
            message = re.sub(rf"\b{re.escape(term)}\b", meaning, rest, flags=re.IGNORECASE)
            remarks.append(f"{term} is {meaning}, as you said")
    if stated := IF.match(message):
        term, meaning, question = stated["term"], stated["meaning"], stated["question"]
        asked = re.sub(
            rf"\b{re.escape(term)}s?\b",
            f"people {meaning}",
            question,
            flags=re.IGNORECASE,
        )
        asked = asked if meaning in asked else f"{question} people {meaning}"
        return asked, (*remarks, f"{term} is one {meaning}, as you said")
    return message, tuple(remarks)
