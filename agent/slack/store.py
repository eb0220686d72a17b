"""What the bot knows: its threads, who is who, the cards of changes, what people said of it."""

from dataclasses import dataclass

from agent.slack.database import Database
from agent.slack.inbox import Place
from agent.slack.payloads import Incoming


@dataclass(frozen=True)
class CardAt:
    """The card of a change that stands somewhere in Slack."""

    change: str
    place: Place
    asker: str


class Store:
    """All that outlives a restart but the inbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def transcript(self, thread: str) -> str | None:
        """The transcript of a thread that is the bot's own; None when it isn't."""
        row = self._database.one("SELECT transcript FROM threads WHERE thread = ?", thread)
        return row[0] if row else None

    def own(self, thread: str, transcript: str) -> None:
        """Note that a thread is the bot's own, and where what was said in it is kept."""
        now = self._database.now()
        self._database.write(
            "INSERT OR REPLACE INTO threads VALUES (?, ?, ?)", thread, transcript, now
        )

    def offer_link(self, team: str, user: str, code: str) -> None:
        """Note the code by which somebody may prove who they are in PostHog."""
        self._database.write(
            "INSERT INTO links VALUES (?, ?, '', ?, ?) ON CONFLICT (team, user)"
            " DO UPDATE SET code = excluded.code, time = excluded.time",
            *(team, user, code, self._database.now()),
        )

    def offered(self, team: str, user: str, seconds: float) -> str:
        """The code that was given to somebody not longer ago than that, or ""."""
        row = self._database.one(
            "SELECT code, time FROM links WHERE team = ? AND user = ?", team, user
        )
        return str(row[0]) if row and self._database.now() - row[1] <= seconds else ""

    def link(self, team: str, user: str, mail: str) -> None:
        """Note who somebody is in PostHog."""
        now = self._database.now()
        self._database.write(
            "INSERT OR REPLACE INTO links VALUES (?, ?, ?, '', ?)", team, user, mail, now
        )

    def linked(self, team: str, user: str) -> str:
        """The e-mail address that somebody has in PostHog, or ""."""
        row = self._database.one("SELECT mail FROM links WHERE team = ? AND user = ?", team, user)
        return str(row[0]) if row else ""

    def post_card(self, change: str, place: Place, asker: str, expires: float) -> None:
        """Note where the card of a change stands."""
        self._database.write(
            "INSERT OR REPLACE INTO cards VALUES (?, ?, ?, ?, 1, ?)",
            *(change, place.channel, place.ts, asker, expires),
        )

    def card(self, change: str) -> CardAt | None:
        """Where the card of a change stands."""
        row = self._database.one(
            "SELECT change, channel, ts, asker FROM cards WHERE change = ?", change
        )
        return CardAt(row[0], Place(row[1], ts=row[2]), row[3]) if row else None

    def settle_card(self, change: str) -> None:
        """Note that a card needs nobody any more."""
        self._database.write("UPDATE cards SET open = 0 WHERE change = ?", change)

    def expired_cards(self) -> list[str]:
        """Changes whose time is over and whose cards still stand as if they could be approved."""
        now = self._database.now()
        rows = self._database.all("SELECT change FROM cards WHERE open AND expires < ?", now)
        return [row[0] for row in rows]

    def say(self, receipt: str, user: str, said: str) -> None:
        """Keep what somebody thinks of an answer."""
        self._database.write(
            "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?)",
            *(receipt, user, said, self._database.now()),
        )

    def refuse(self, asked: Incoming, reason: str) -> None:
        """Note who was refused what, and why."""
        self._database.write(
            "INSERT INTO refused VALUES (?, ?, ?, ?, ?, ?)",
            *(self._database.now(), asked.team, asked.user, asked.channel, asked.entry, reason),
        )
