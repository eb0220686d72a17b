"""Reports that are handed on: one file, which loads and runs nothing, whatever the data says."""

import re
import shutil
import subprocess
from base64 import b64decode
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

from agent.answer import Answer, AnswerTable, Unmatched, Window
from agent.cli import app
from agent.errors import SettingsError
from agent.journal import Journal
from agent.report import write_report
from agent.report.html import page
from agent.report.markdown import markdown

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DAYS = AnswerTable(("day", "people"), tuple((f"2026-11-{d:02}", d * 3) for d in range(1, 15)))
PLANS = AnswerTable(("plan", "people", "% of all"), (("free", 30, 75.0), ("pro", 10, 25.0)))
SPLIT = AnswerTable(
    ("week", "plan", "people"),
    tuple((f"2026-11-{d:02}", plan, d) for d in (2, 9, 16) for plan in ("free", "pro")),
)
ANSWER = Answer(
    question="signups per day",
    outcome="answered",
    headline="315 people signed up.",
    text="315 people signed up.\nThe most on Friday.",
    tables=(DAYS, PLANS, SPLIT),
    queries=("SELECT count()\nFROM events", {"kind": "TrendsQuery"}),
    window=Window("2026-11-01T00:00:00+00:00", "2026-11-15T00:00:00+00:00", "UTC"),
    project_id=1,
    project_name="Shop",
    project_host="https://us.posthog.com",
    model="built-in planner",
    receipt="r_abcdefgh",
)
EVIL = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "</style><style>body{display:none}</style>",
    "'\"><svg onload=alert(1)>",
    "[click](javascript:alert(1)) ![p](https://evil.example/p.png) <https://evil.example>",
    "a | b\n| c |\n# heading\n```\n@everyone",
    "\x1b]8;;https://evil.example\x07here\x1b]8;;\x07\u202egnp.exe",
)
WORSE = [
    replace(
        ANSWER,
        question=evil,
        headline=evil,
        text=f"{evil}\n{evil}",
        tables=(
            AnswerTable((evil, "people"), ((evil, 2), ("b", 1))),
            AnswerTable(("day", evil, "n"), (("2026-11-01", evil, 1), ("2026-11-02", "b", 2))),
        ),
        queries=(evil, {"event": evil}),
        project_name=evil,
        model=evil,
        assumptions=(evil,),
        choices=(evil,),
    )
    for evil in EVIL
]


class Tags(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *one) for one in attributes]

    def handle_data(self, data):
        self.text += data


DRAWN = "data:image/svg+xml;base64,"
LOADING = ("src", "href", "style", "xlink:href")
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "main", "article", "h2", "p", "figure"),
    *(
        "img",
        "div",
        "table",
        "thead",
        "tr",
        "th",
        "tbody",
        "td",
        "dl",
        "dt",
        "dd",
        "details",
        "summary",
        "pre",
        "ol",
        "li",
    ),
}


def test_a_page_holds_the_answer_and_nothing_from_outside():
    read = Tags(page([ANSWER]))
    assert set(read.tags) <= ALLOWED
    (picture,) = [a[2] for a in read.attributes if a[1] in LOADING]
    assert picture.startswith(DRAWN)
    drawn = b64decode(picture.removeprefix(DRAWN)).decode()
    assert "<svg" in drawn
    assert "people signed up" not in drawn, "the headline stands on the page already"
    assert not [a for a in read.attributes if a[1].startswith("on")]
    for part in ("315 people signed up.", "The most on Friday.", "2026-11-14", "42", "r_abcdefgh"):
        assert part in read.text
    assert read.text.count("315 people signed up.") == 1
    (policy,) = [a[2] for a in read.attributes if a[2] and "default-src" in a[2]]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


@pytest.mark.parametrize("answer", WORSE, ids=range(len(WORSE)))
def test_nothing_of_the_data_is_markup_on_a_page(answer):
    text = page([answer])
    read = Tags(text)
    assert set(read.tags) <= ALLOWED
    assert read.tags.count("style") == 1
    assert not [a for a in read.attributes if a[1].startswith("on")]
    pictures = [a[2] for a in read.attributes if a[1] in LOADING]
    assert all(one.startswith(DRAWN) for one in pictures)
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("answer", WORSE, ids=range(len(WORSE)))
def test_nothing_of_the_data_is_markup_in_markdown(answer):
    text = re.sub(r"(?s)^(`{3,})\w*\n.*?^\1$", "", markdown([answer]), flags=re.M)
    bare = re.sub(r"\\.", "", text)
    assert not re.search(r"[<>`\[\]]|://|@", bare)
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        line for line in text.splitlines() if line.startswith("## ")
    ]
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {re.sub(r"\\.", "", line).count("|") for line in tables} == {3, 4}


def test_markdown_says_what_the_page_says():
    text = markdown([ANSWER])
    assert text.startswith("## signups per day\n\n**315 people signed up.**\n\nThe most on Friday.")
    assert "| plan | people | % of all |\n| --- | ---: | ---: |\n| free | 30 | 75 |" in text
    assert "- Period: 2026-11-01 to 2026-11-14 (UTC)" in text
    assert "```sql\nSELECT count()\nFROM events\n```" in text


def test_a_number_that_no_result_founds_is_marked_here_too():
    answer = replace(ANSWER, unmatched=(Unmatched("headline", 0, 3, "315"),))
    assert "315[?] people signed up." in page([answer])
    assert "[?] marks a number" in page([answer])


def test_a_chart_shows_no_key_that_a_name_holds():
    key = "phx_" + "Ab1" * 12
    table = AnswerTable(("plan", "people"), ((key, 3), ("free", 2)))
    drawn = page([replace(ANSWER, tables=(table,))]).partition(DRAWN)[2].partition('"')[0]
    text = b64decode(drawn).decode()
    assert "free" in text
    assert key not in text


def test_rows_left_out_are_told():
    many = AnswerTable(("plan", "people"), tuple((f"p{n}", n) for n in range(500)))
    assert "The first 200 of 500 rows." in page([replace(ANSWER, tables=(many,))])
    cut = replace(many, whole=False)
    assert "The first 200 rows only; there are more." in markdown([replace(ANSWER, tables=(cut,))])


def test_a_report_is_not_written_over_another_file(tmp_path):
    path = tmp_path / "report.html"
    write_report([ANSWER], path)
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(
        SettingsError, match="is there already: choose another name, or --overwrite it"
    ):
        write_report([ANSWER], path)
    write_report([ANSWER], path, overwrite=True)
    with pytest.raises(SettingsError, match=r"is neither \.html nor \.md"):
        write_report([ANSWER], tmp_path / "report.pdf")
    with pytest.raises(SettingsError, match="There is no answer to share yet"):
        write_report([], tmp_path / "other.html")


def test_a_receipt_is_shared_from_the_command_line(tmp_path):
    kept = Journal(tmp_path / "journal.db").keep(ANSWER)
    env, path = {"HOGLOOP_HOME": str(tmp_path)}, tmp_path / "report.md"
    done = CliRunner().invoke(app, ["share", kept.receipt, "-o", str(path)], env=env)
    assert (done.exit_code, done.stderr) == (0, f"{path}: 1 answer.\n")
    assert kept.receipt in path.read_text().replace("\\", "")


@pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM HERE: the page was opened by no browser")
def test_a_browser_shows_the_page_and_complains_of_nothing(tmp_path):
    path, picture = tmp_path / "report.html", tmp_path / "page.png"
    write_report([ANSWER, *WORSE], path)
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
         f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={picture}", "--dump-dom",
         "--window-size=420,900", path.as_uri()],
        capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert said == []
    assert "<title>signups per day</title>" in done.stdout
    assert done.stdout.count("<article>") == 1 + len(WORSE)
    assert picture.stat().st_size > 10_000
