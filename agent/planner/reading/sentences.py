"""Which sentences of a message ask something, and which only tell why it is asked."""

import re

from agent.planner.english.dates import readings
from agent.planner.english.windows import Clock
from agent.planner.english.words import tokenize

END = re.compile(r"(?<=[a-z0-9)\]][.!?…])\s+(?=\S)|(?<=\.\.\.)\s+(?=\S)", re.IGNORECASE)
SHORTENED = re.compile(
    r"\b(?:i\.e|e\.g|vs|no|approx|incl|excl|etc|nr|max|min|avg)\.$", re.IGNORECASE
)
ASKS = re.compile(
    r"\?|\b(?:how|what|which|who|where|when|whether|show|list|give|count|top|average|median|need"
    r"|want|like|looking|wonder|know|see|please|pls|only|exclud\w+|without|by|per|split)\b",
    re.IGNORECASE,
)
"""What a sentence has that asks for something, or says how it is meant."""

TELLS = re.compile(
    r"^(?:(?:hi|hey|hello|ok|so|and|well)\b[\s,]*)?(?:we|i|they|he|she|somebody|someone|people|our"
    r"|my|the (?:team|board|ceo|cfo|boss)|there|watching|preparing|thinking|working|curious"
    r"|following|context|background|fyi)\b",
    re.IGNORECASE,
)
"""How a sentence begins that only tells of something."""

BEGUN = re.compile(
    r"^(?:(?:hi|hey|hello|ok|so|well)\b[\s,]*)?(?:"
    r"(?:i|we)(?:['’]m|['’]re| am| are) [^.?!:;]{3,90}? and (?:i |we )?(?:would|want|need|['’]?d)"
    r"(?: to)?(?: (?:like|love|know|see|have))?(?: to (?:know|see|have))?"
    r"|(?:my|our|the|some|somebody|someone|a)(?: [\w-]+){0,5}? (?:claims?|says?|said|thinks?"
    r"|believes?|insists?|wonders?|keeps? \w+ing|(?:wants?|asks?|asked)(?: me| us)?"
    r"|(?:wants?|needs?|would (?:like|love)) to know|is asking)(?: that| if| whether)?"
    r")[\s:,]+(?=(?:how|what|which|who|where|when|whether|if|are|is|do|does|did|the)\b)",
    re.IGNORECASE,
)
"""What begins a question and only says why it is asked, or who asks."""

SINCE = re.compile(
    r"\b(?:since then|from then on|ever since|after that|since that)\b", re.IGNORECASE
)


def asked(message: str, clock: Clock) -> str:
    """A message without the sentences that only tell something: “We sent it on 3 May. Since …”."""
    message = BEGUN.sub("", message)
    found = _sentences(message)
    told = [one for one in found if TELLS.match(one) and not ASKS.search(one)]
    kept = [one for one in found if one not in told]
    if not told or not kept:
        return message
    return SINCE.sub(lambda match: _since(told, clock) or match[0], " ".join(kept))


def _sentences(message: str) -> list[str]:
    found: list[str] = []
    for part in END.split(message):
        if found and SHORTENED.search(found[-1]):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return found


def _since(told: list[str], clock: Clock) -> str:
    """“Since then”, with the last date that was told."""
    for sentence in reversed(told):
        tokens = tokenize(sentence)
        dates = [one for one in readings(tokens, clock) if one.span.start]
        if dates:
            last = max(dates, key=lambda one: (one.j - one.i, one.j))
            words = sentence[tokens[last.i].start : tokens[last.j - 1].end]
            return "since " + re.sub(r"^(?:on|in|at|since|from)\s+(?:the\s+)?", "", words)
    return ""
