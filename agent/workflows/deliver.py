"""Where an answer goes: stdout, a file beside the workflow, a Slack channel, a letter."""

import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.answer import Answer
from agent.chart.picture import write_picture
from agent.errors import SettingsError
from agent.render import Terminal, as_json, show, write_csv
from agent.report import FORMS as REPORTS
from agent.report import write_report
from agent.workflows.file import MAIL, SLACK, STDOUT, Mail
from agent.workflows.mail import send_mail
from agent.workflows.webhook import post


@dataclass(frozen=True)
class Post:
    """How the answers of one workflow leave."""

    folder: Path
    """What the names of files start from."""

    mail: Mail | None

    def send(self, answer: Answer, place: str) -> None:
        """Bring an answer to one place."""
        if place == STDOUT:
            Terminal(sys.stdout).print(show(answer))
        elif place.startswith(SLACK):
            post(answer, place.removeprefix(SLACK))
        elif place.startswith(MAIL):
            assert self.mail is not None
            send_mail(answer, place.removeprefix(MAIL), self.mail)
        else:
            self._write(answer, self.path(place))

    def path(self, place: str) -> Path:
        """A file, whose name counts from the folder of the workflow."""
        path = (self.folder / Path(place).expanduser()).absolute()
        if not path.parent.is_dir():
            raise SettingsError(f"The folder {path.parent} is not there: make it.")
        return path

    def _write(self, answer: Answer, path: Path) -> None:
        """Write the file anew, in the form its name asks for; the old one stays until then."""
        form = path.suffix.lower()
        if form in REPORTS:
            write_report([answer], path, overwrite=True)
            return
        write = {".csv": _csv, ".json": _json}.get(form, write_picture)
        with TemporaryDirectory(prefix=".hogloop-", dir=path.parent) as beside:
            draft = Path(beside) / path.name
            write(answer, draft)
            draft.replace(path)


def _csv(answer: Answer, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        if not write_csv(answer, file):
            raise SettingsError(f"{path.name} is not written: this answer has no table.")


def _json(answer: Answer, path: Path) -> None:
    path.write_text(f"{as_json(answer)}\n", encoding="utf-8")
