"""An open project folder: what every route works on."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.local.activity import Activity
from tools.local.background import Background
from tools.local.creation import Creator
from tools.local.folder import server_address
from tools.local.importer import Importer
from tools.local.ingest import Ingest
from tools.local.latest import Latest
from tools.local.materialise import Materialiser
from tools.local.meta import Meta
from tools.local.query_desk import Desk, open_desk
from tools.local.store import Store, open_store
from tools.local.turns import Turns


@dataclass(frozen=True)
class Home:
    """The open project of this process."""

    folder: Path
    meta: Meta
    store: Store
    activity: Activity
    background: Background
    importer: Importer
    creator: Creator
    materialiser: Materialiser
    ingest: Ingest
    desk: Desk
    started: float
    """When, on the clock that never jumps."""

    stop: Callable[[], None]
    """Ends the process once all requests are answered."""

    calculating: AbstractContextManager[Any] = field(default_factory=threading.RLock)
    """Held while the members of a cohort are calculated."""

    latest: Latest = field(default_factory=Latest)
    """What every query needs and few changes touch."""

    def close(self) -> None:
        """Give the folder back."""
        self.background.close()
        self.desk.close()
        self.materialiser.close()
        self.store.close()
        self.meta.close()


def open_home(folder: Path, stop: Callable[[], None]) -> Home:
    """Open a folder; only the process that holds its lock may."""
    meta, activity = Meta(folder), Activity()
    store = open_store(folder, server_address(folder))
    filling = Turns()
    return Home(
        folder=folder,
        meta=meta,
        store=store,
        activity=activity,
        background=Background(activity),
        importer=Importer(folder, meta, store, filling),
        creator=Creator(folder, meta, store, filling),
        materialiser=Materialiser(meta, store, activity, filling),
        ingest=Ingest(folder, meta, store, filling),
        desk=open_desk(store),
        started=time.monotonic(),
        stop=stop,
    )
