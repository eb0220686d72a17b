"""Where PostHog may be: an address as people write it, checked."""

from urllib.parse import urlsplit

from agent.errors import SettingsError

CLOUD = "https://us.posthog.com"
INGESTION = {
    "us.i.posthog.com": CLOUD,
    "eu.i.posthog.com": "https://eu.posthog.com",
    "app.posthog.com": CLOUD,
}


def as_host(host: str) -> str:
    """The host as an origin with scheme; a bare name means https."""
    try:
        url = urlsplit(host if "://" in host else f"https://{host}")
    except ValueError:
        raise _no_address(host) from None
    if "@" in url.netloc:
        raise SettingsError("POSTHOG_HOST holds a user or a password: write the address alone.")
    if url.scheme not in ("http", "https") or not url.hostname:
        raise _no_address(host)
    if url.hostname in INGESTION:
        right = INGESTION[url.hostname]
        raise SettingsError(f"{url.hostname} does not answer questions: set POSTHOG_HOST={right}.")
    return f"{url.scheme}://{url.netloc}{url.path}".rstrip("/")


def _no_address(host: str) -> SettingsError:
    return SettingsError(f"POSTHOG_HOST is not a web address: {host!r}; use {CLOUD}, say.")
