"""Words that say which way something went."""

from agent.numbers.words import listed

UP = listed(
    "up rose rise risen rises rising grew grow grown grows growing increase increased increases "
    "increasing climbed climb climbs climbing gain gained gains higher more jumped jump jumps "
    "surged surge above extra added improved doubled tripled quadrupled doubling lift uplift ahead "
    "greater larger expanded soared spike spiked bigger leads better improvement improves "
    "beat beats outpaced exceeds exceeded"
)

DOWN = listed(
    "down fell fall fallen falls falling dropped drop drops dropping decline declined declines "
    "declining decrease decreased decreases decreasing slipped slip slips slipping dipped dip dips "
    "lower less fewer shrank shrunk shrink lost lose losing below halved halving sank sink plunged "
    "reduced reduction slid slide smaller behind short cheaper declines dipping tumbled "
    "worse worsened worsens fewest"
)


def turn(word: str) -> int:
    """Whether a word says up (1) or down (-1)."""
    plain = word.lower()
    return 1 if plain in UP else -1 if plain in DOWN else 0
