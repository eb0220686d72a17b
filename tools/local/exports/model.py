"""What a request for files of rows may ask for, refused where the embedded project can't."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tools.local.bodies import forbidden, invalid
from tools.local.clock import utc
from tools.local.exports.rows import COMPRESSIONS, Extract, Form, Model

NO_HOGQL = "HogQL batch exports are not enabled for this team."
NO_PERSONS = (
    "The embedded project does not know when persons changed: export them with a query (exports/)."
)
NO_SIZE = "Files have at most 50,000 rows in the embedded project: leave max_size_mb out."


class File(BaseModel):
    """How files are written."""

    model_config = ConfigDict(extra="forbid")

    format: Form
    compression: str | None = None
    max_size_mb: int | None = None

    def checked(self, attr: str) -> "File":
        """The same, refused where it can't be written so."""
        if self.max_size_mb is not None:
            raise invalid(NO_SIZE, attr=attr)
        if self.compression not in (None, *COMPRESSIONS[self.format]):
            choices = ", ".join(COMPRESSIONS[self.format])
            said = f"{self.format} files are compressed with {choices}, or not at all."
            raise invalid(said, attr=attr)
        return self


class Rows(BaseModel):
    """Which rows."""

    model_config = ConfigDict(extra="ignore")

    model: Literal["events", "persons", "sessions", "hogql"] = "events"
    include: list[str] | None = None
    exclude: list[str] | None = None

    def table(self) -> Model:
        """The table, if the embedded project exports it."""
        if self.model == "hogql":
            raise forbidden(NO_HOGQL)
        if self.model == "persons":
            raise invalid(NO_PERSONS, attr="model")
        if self.model == "sessions" and (self.include or self.exclude):
            raise invalid("Only events are picked by name: leave include out.", attr="include")
        return self.model


def extract(rows: Rows, file: File, start: datetime, end: datetime) -> Extract:
    """The files of one interval."""
    return Extract(
        model=rows.table(),
        form=file.format,
        compression=file.compression,
        start=utc(start),
        end=utc(end),
        include=tuple(rows.include or ()),
        exclude=tuple(rows.exclude or ()),
    )
