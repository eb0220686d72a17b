"""Events that the API itself sends, as PostHog does to change persons and groups."""

from collections.abc import Mapping
from typing import Any

from tools.local.bodies import server_error
from tools.local.capture_event import event
from tools.local.ingest import NotStored
from tools.local.routes import Call


def capture(call: Call, name: str, distinct_id: str, properties: Mapping[str, Any]) -> None:
    """Store one event of this moment."""
    made = event(
        name=name,
        distinct_id=distinct_id,
        uuid=None,
        timestamp=call.home.ingest.now(),
        properties=properties,
        ip=None,
    )
    try:
        call.home.ingest.take([made])
    except NotStored as error:
        raise server_error(503, str(error)) from None
