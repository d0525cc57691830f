"""What carries mail away: a server that speaks SMTP, or a folder that it is written into where there is none."""

import os
import smtplib
import ssl
import tempfile
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from workforce.core.settings import Settings

_SECONDS: Final = 20.0
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Letter:
    """A mail as it is carried.

    Attributes:
        id: of the mail; with the sender's domain it makes the Message-ID, so that a second copy can be recognised.
        recipient: an address.
        subject: one line.
        text: plain.
        locale: the language that it is written in.
        at: when it was written.

    """

    id: int
    recipient: str
    subject: str
    text: str
    locale: str
    at: datetime


class Refused(Exception):
    """This letter was not taken; others may be.

    Attributes:
        for_good: is there no use in trying again?

    """

    def __init__(self, problem: str, *, for_good: bool) -> None:
        self.for_good = for_good
        super().__init__(problem)


class Unreachable(Exception):
    """No letter can be carried now: the server is away, or does not let us in."""


class Carrier(Protocol):
    """Carries letters, one after another, until it is closed."""

    def carry(self, letter: Letter) -> None:
        """Hand a letter over; when this returns, somebody else answers for it.

        Raises:
            Refused: this letter was not taken.
            Unreachable: none can be carried now.

        """

    def close(self) -> None:
        """Let go of whatever is open."""


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """Write a letter as a message of RFC 5322.

    Raises:
        Refused: it cannot be written as one.

    """
    message = EmailMessage()
    try:
        message["From"] = sender
        message["To"] = letter.recipient
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(letter.at)
        domain = sender.rpartition("@")[2].strip("<> ") or "localhost"
        message["Message-ID"] = f"<daybook.{letter.id}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer of a machine is wanted
    except ValueError as problem:
        raise Refused(f"it cannot be written: {problem}", for_good=True) from problem
    message.set_content(letter.text)
    message["Content-Language"] = letter.locale.replace("_", "-")  # set_content drops what was said of the content
    return message


class SmtpCarrier:
    """A server that speaks SMTP, by smtp://user:password@host:port?from=address, or smtps:// for TLS from the start.

    STARTTLS is taken where it is offered, with a certificate that is checked. A password is never sent in the clear
    over a network.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (465 if self._tls else 25)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        user = self._user if "@" in self._user else f"daybook@{self._host}"
        self._sender = parse_qs(parts.query).get("from", [user])[0]
        self._link: smtplib.SMTP | None = None

    def carry(self, letter: Letter) -> None:
        """Hand a letter to the server."""
        message = message_of(letter, self._sender)
        try:
            self._open().send_message(message)
        except smtplib.SMTPRecipientsRefused as problem:
            code, words = next(iter(problem.recipients.values()))
            raise Refused(f"{code} {_words(words)}", for_good=500 <= code < 600) from problem
        except smtplib.SMTPDataError as problem:
            raise Refused(f"{problem.smtp_code} {_words(problem.smtp_error)}", for_good=False) from problem
        except smtplib.SMTPNotSupportedError as problem:  # an address in letters that the server does not know
            raise Refused(str(problem), for_good=True) from problem
        except (smtplib.SMTPException, OSError) as problem:
            self.close()
            raise Unreachable(f"{type(problem).__name__}: {problem}") from problem

    def close(self) -> None:
        """Take leave of the server."""
        link, self._link = self._link, None
        if link is not None:
            try:
                link.quit()
            except (smtplib.SMTPException, OSError):
                link.close()

    def _open(self) -> smtplib.SMTP:
        if self._link is not None:
            return self._link
        secure = ssl.create_default_context()
        if self._tls:
            link: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=_SECONDS, context=secure)
        else:
            link = smtplib.SMTP(self._host, self._port, timeout=_SECONDS)
        self._link = link
        link.ehlo_or_helo_if_needed()
        safe = self._tls or self._host in _LOCAL
        if not self._tls and link.has_extn("starttls"):
            link.starttls(context=secure)
            link.ehlo()
            safe = True
        if self._user:
            if not safe:
                raise smtplib.SMTPException("the server offers no TLS, and a password is not sent in the clear")
            link.login(self._user, self._password)
        return link


class FolderCarrier:
    """A folder in which every letter becomes a file, for machines without a mail server."""

    def __init__(self, folder: Path, sender: str = "daybook@localhost") -> None:
        self._folder, self._sender = folder, sender

    def carry(self, letter: Letter) -> None:
        """Write a letter into the folder; a second copy of it replaces the first."""
        message = message_of(letter, self._sender)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, draft = tempfile.mkstemp(prefix=".draft.", dir=self._folder)  # for its owner only
            with os.fdopen(handle, "wb") as file:
                file.write(message.as_bytes())
            Path(draft).replace(self._folder / f"{letter.id:08}.eml")
        except OSError as problem:
            raise Unreachable(f"{type(problem).__name__}: {problem}") from problem

    def close(self) -> None:
        """Nothing is open."""


def _words(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def carrier_for(settings: Settings) -> Carrier:
    """Give what carries the mail of this installation: MAIL_URL's server, or the folder `mail` of the instance."""
    return SmtpCarrier(settings.mail_url) if settings.mail_url else FolderCarrier(settings.instance / "mail")
