"""Which words name numbers that are added up, and which of them are money."""

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.english.names import read_name
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


def is_of_one(name: str) -> bool:
    """Whether a number is the price of one piece, which it makes no sense to add up."""
    units = read_name(name).units
    priced = any("price" in unit.concepts for unit in units)
    return priced and any({"unit", "per", "each"} & set(unit.parts) for unit in units)


def is_split(said: Said, chunk: Chunk) -> bool:
    """Whether a property is what results are split or ranked by, rather than the number."""
    before, after = said.before(chunk), said.after(chunk)
    if before and before.kind == "rank" and _tells_how(said, chunk, after):
        return True
    if before and before.kind == "rank" and before.value.limit is None:
        return not any(one is not chunk for one in said.all("property", "group"))
    return bool(before and before.kind in ("by", "rank"))


IRREGULAR = frozenset({"read", "sold", "bought", "seen", "sent", "paid", "spent", "won", "lost"})


def _tells_how(said: Said, chunk: Chunk, after: Chunk | None) -> bool:
    """“Most read articles”: a word that tells what is done with the thing that is ranked."""
    beside = after is not None and after.start == chunk.end and after.kind == "property"
    word = said.tokens[chunk.start].word
    return beside and chunk.end - chunk.start == 1 and (word.endswith("ed") or word in IRREGULAR)
