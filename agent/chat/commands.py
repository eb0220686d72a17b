"""Every command of the conversation, by what it is about."""

from collections.abc import Mapping

from agent.chat.changing import save, undo, write
from agent.chat.command import Command
from agent.chat.helping import usage
from agent.chat.looking import chart, csv, export, kinds, sql
from agent.chat.moving import cost, embedded, model, models, new, project, scopes, why
from agent.chat.remembering import again, earlier, receipt, resume, share

GROUPS: Mapping[str, tuple[Command, ...]] = {
    "The last answer": (
        Command("sql", "", "its queries in full", sql),
        Command("csv", "", "its table as CSV", csv),
        Command("chart", "FILE", "its chart; bar, line, stacked or table; FILE.png", chart, kinds),
        Command("why", "", "what is behind it", why),
        Command("save", "NAME", "propose to save it as an insight", save),
        Command("export", "FILE", "the events it counted: CSV, JSONL, Parquet, XLSX", export),
        Command(
            "receipt", "ID", "an answer with all it rests on, the last one without ID", receipt
        ),
        Command("rerun", "ID", "its queries run again, and why they differ now", again),
    ),
    "Changes": (
        Command("write", "", "let changes be proposed for 30 minutes; each asks you first", write),
        Command("undo", "ID", "propose to take a change back, the latest one without ID", undo),
    ),
    "This conversation": (
        Command(
            "project", "NAME", "another project; without NAME, which there are", project, embedded
        ),
        Command("model", "NAME", "another model, or built-in", model, models),
        Command("new", "", "begin again", new),
        Command("cost", "", "tokens, queries and seconds, of the day too", cost),
        Command("scopes", "", "what the key may do", scopes),
        Command(
            "resume",
            "ID",
            "go on with an earlier one; without ID, which there are",
            resume,
            earlier,
        ),
        Command("share", "FILE", "all of it as one file: .html or .md", share),
        Command("help", "", "this list", usage),
    ),
}
"""A further command is one more line here, and a function that takes the chat and the words."""
