"""Answers as letters, by a mail server of one's own."""

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from io import StringIO

from agent.answer import Answer
from agent.cells import one_line
from agent.errors import AgentError, SettingsError
from agent.redact import redact
from agent.render import Terminal, show
from agent.report.html import page
from agent.settings import variable
from agent.workflows.again import Passing, Undelivered
from agent.workflows.file import Mail
from agent.workflows.webhook import is_here

SECONDS = 30
IMPLICIT_TLS = 465
SUBJECT = 150
WIDTH = 78


def letter(answer: Answer, to: str, sender: str) -> EmailMessage:
    """The answer as text, and as a page that loads nothing."""
    made = EmailMessage()
    made["From"], made["To"] = sender, to
    made["Subject"] = redact(one_line(answer.headline))[:SUBJECT]
    made["Date"], made["Message-ID"] = formatdate(localtime=False), make_msgid(domain="hogloop")
    out = StringIO()
    Terminal(out, width=WIDTH).print(show(answer, chart=False))
    made.set_content(redact(out.getvalue()))
    made.add_alternative(redact(page([answer])), subtype="html")
    return made


def send_mail(answer: Answer, to: str, server: Mail) -> None:
    """Send an answer to one address; the way to the server is encrypted, but on this machine."""
    message = letter(answer, to, server.sender)
    password = variable(server.password_variable) if server.password_variable else ""
    try:
        connection = _connected(server)
        try:
            if server.user:
                connection.login(server.user, password)
            connection.send_message(message)
        finally:
            # Once it is taken, a goodbye that goes wrong must not have it sent again.
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
    except (OSError, smtplib.SMTPException) as error:
        raise _failure(error, server, to) from None


def _failure(error: Exception, server: Mail, to: str) -> AgentError:
    """What to tell of a letter that did not leave."""
    host = f"The mail server {server.host}"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Undelivered(f"{host} does not encrypt or take passwords: name another port.")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        name = server.password_variable or "password_variable"
        return SettingsError(f"{host} does not take the password of {server.user}: set {name}.")
    if isinstance(error, smtplib.SMTPRecipientsRefused) and _is_final(error):
        return Undelivered(f"{host} takes no letters to {to}: check the address.")
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500:
        return Undelivered(f"{host} refused the letter ({error.smtp_code}): check [mail].")
    if isinstance(error, ssl.SSLError):
        return Undelivered(f"{host} can't be trusted ({error.reason}): check its name.")
    return Passing(f"{host} can't be reached or has no time: check [mail] and the network.")


def _is_final(error: smtplib.SMTPRecipientsRefused) -> bool:
    """Whether an address was refused for good, not only for now."""
    return all(code >= 500 for code, _ in error.recipients.values())


def _connected(server: Mail) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.port == IMPLICIT_TLS:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context)
    connection = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    if not is_here(server.host):
        connection.starttls(context=context)
    return connection
