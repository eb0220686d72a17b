"""Which words name numbers that are added up, and which of them are money."""

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.reading.properties import rank
from agent.planner.reading.said import Said


def adds(said: Said, chunk: Chunk) -> bool:
    """Whether a property holds a number that is added up."""
    if chunk.kind == "revenue":
        return True
    found = rank(chunk.value, said.world.held["event"], said.world)
    return is_money(said, chunk) or bool(found and found[0][1].numeric)


def is_money(said: Said, chunk: Chunk) -> bool:
    """Whether words name money rather than another number."""
    if chunk.kind == "revenue":
        return True
    words = [said.tokens[i].stem for i in range(chunk.start, chunk.end)]
    ideas = {c for w in words for c in lexicon().concepts.get(w, ())}
    return bool(ideas & {"money", "revenue", "price"})
