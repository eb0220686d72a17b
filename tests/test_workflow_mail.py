"""Answers as letters, through a mail server on loopback."""

import email
import socketserver
import threading
from contextlib import contextmanager
from email.policy import default

import pytest

from agent.answer import Answer, AnswerTable, Window
from agent.errors import SettingsError
from agent.workflows.again import Passing, Undelivered, again
from agent.workflows.file import Mail
from agent.workflows.mail import letter, send_mail

ANSWER = Answer(
    "signups?",
    "answered",
    "315 people signed up.\nBcc: eve@example.com",
    tables=(AnswerTable(("plan", "people"), (("<b>free</b>\x1b[2J", 300), ("pro", 15))),),
    window=Window("2026-11-01T00:00:00+00:00", "2026-11-15T00:00:00+00:00", "UTC"),
    receipt="r_abcdefgh",
)


@contextmanager
def server(**replies):
    """A mail server that takes letters, but for the commands it is told to answer otherwise."""
    got = {"letters": [], "said": []}

    class Handler(socketserver.StreamRequestHandler):
        def say(self, text):
            self.wfile.write(f"{text}\r\n".encode())

        def handle(self):
            self.say("220 here")
            while line := self.rfile.readline().decode().strip():
                got["said"].append(line)
                verb = line.split()[0].upper()
                if verb in replies:
                    self.say(replies[verb])
                elif verb == "EHLO":
                    self.say("250-here\r\n250 AUTH PLAIN")
                elif verb == "DATA":
                    self.say("354 go on")
                    body = b""
                    while (part := self.rfile.readline()) != b".\r\n":
                        body += part
                    got["letters"].append(email.message_from_bytes(body, policy=default))
                    self.say("250 taken")
                else:
                    self.say("235 yes" if verb == "AUTH" else "250 yes")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as made:
        made.daemon_threads = True
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield made.server_address[1], got
        finally:
            made.shutdown()


def mail(port, **more):
    return Mail(host="127.0.0.1", port=port, sender="hogloop@example.com", **more)


def test_a_letter_says_the_answer_as_text_and_as_a_page():
    with server() as (port, got):
        send_mail(ANSWER, "ann@example.com", mail(port))
    (found,) = got["letters"]
    assert found["To"] == "ann@example.com"
    assert found["Bcc"] is None, "a headline adds no header"
    assert found["Subject"].startswith("315 people signed up.")
    text = found.get_body(("plain",)).get_content()
    page = found.get_body(("html",)).get_content()
    assert "r_abcdefgh" in text
    assert "\x1b" not in text + page
    assert "<b>free" not in page
    assert 'src="http' not in page
    assert not [line for line in got["said"] if "eve@example.com" in line]


def test_the_password_is_read_from_its_variable_and_told_nowhere(monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", "wrong-secret")
    known = {"user": "hogloop", "password_variable": "MAIL_PASSWORD"}
    with server(AUTH="535 no") as (port, _), pytest.raises(SettingsError) as caught:
        send_mail(ANSWER, "ann@example.com", mail(port, **known))
    assert "set MAIL_PASSWORD" in str(caught.value)
    assert "wrong-secret" not in str(caught.value)
    monkeypatch.delenv("MAIL_PASSWORD")
    with pytest.raises(SettingsError, match="The variable MAIL_PASSWORD is not set"):
        send_mail(ANSWER, "ann@example.com", mail(1, **known))


@pytest.mark.parametrize(
    ("replies", "kind", "told"),
    [
        ({"RCPT": "550 nobody"}, Undelivered, "takes no letters to ann@example.com"),
        ({"MAIL": "554 never"}, Undelivered, "refused the letter"),
        ({"MAIL": "451 later"}, Passing, "has no time"),
        ({"RCPT": "450 later"}, Passing, "has no time"),
    ],
)
def test_what_a_mail_server_refuses_is_told(replies, kind, told):
    with server(**replies) as (port, _), pytest.raises(kind, match=told):
        send_mail(ANSWER, "ann@example.com", mail(port))


def test_a_server_that_is_away_is_tried_again_with_longer_waits():
    waits = []
    with pytest.raises(Passing, match="can't be reached"):
        again(lambda: send_mail(ANSWER, "ann@example.com", mail(1)), 2, waits.append)
    assert waits == [2, 4]


def test_a_long_headline_is_cut_in_the_subject():
    made = letter(Answer("q", "answered", "x" * 500), "ann@example.com", "hogloop@example.com")
    assert len(made["Subject"]) == 150
