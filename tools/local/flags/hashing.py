"""The place of an id in a flag: PostHog's own hash, the same everywhere."""

from hashlib import sha1

_FULL = float(0xFFFFFFFFFFFFFFF)


def place(key: str, identifier: str, salt: str = "") -> float:
    """Where an id stands in the rollout of a flag, from 0 to 1."""
    return _hashed(f"{key}.{identifier}{salt}")


def holdout_place(identifier: str) -> float:
    """Where an id stands among those held out of all experiments, from 0 to 1."""
    return _hashed(f"holdout-{identifier}")


def _hashed(text: str) -> float:
    digest = sha1(text.encode(errors="surrogatepass"), usedforsecurity=False).hexdigest()
    return int(digest[:15], 16) / _FULL
