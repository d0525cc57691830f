"""Mail: written into the outbox with what it tells of, in one transaction, and carried away later by the job.

A try is written down and committed before the carrier is called, and it is called outside every transaction. So a
process that dies between the sending and the writing down of it sends the same mail twice after the pause, but a mail
is never lost; both copies have one Message-ID, by which programs tell that they are one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

import structlog
from sqlalchemy import CheckConstraint, Index, SmallInteger, String, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import Base, Id, Instant, insert_all, session, transaction
from workforce.core.errors import DaybookError
from workforce.core.mail_carriers import Carrier, Letter, Refused, Unreachable
from workforce.core.sweep import Sweep, words

log = structlog.get_logger()

# Minutes from one try to the next; after the last one it is given up: a little over three days in all.
PAUSES: Final = (1, 5, 15, 60, 240, 720, 1440, 2160)
# So many in one run of the job; the next one goes on.
BATCH: Final = 1_000


class Priority(IntEnum):
    """What leaves first of the mail that is due; within each the oldest."""

    ACCOUNT = 0  # somebody waits for it, such as a link that sets a password
    PERSONAL = 1  # about one person alone
    CROWD = 2  # the same for many


class Mail(Base):
    """A mail that is to be sent, or was."""

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint("sent_at IS NULL OR next_at IS NULL", "sent"),
        Index("ix_mail_waiting", "priority", "next_at", "id", postgresql_where="next_at IS NOT NULL"),
        Index("ix_mail_failed", "id", postgresql_where="next_at IS NULL AND sent_at IS NULL"),
        Index("ix_mail_sent_at", "sent_at", postgresql_where="sent_at IS NOT NULL"),
    )

    id: Mapped[Id]
    # The address that it goes to.
    recipient: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(400))
    # Plain text. It may hold a link that opens an account, so no page shows it.
    text: Mapped[str]
    # The language that it is written in.
    locale: Mapped[str] = mapped_column(String(8))
    # A Priority: the lowest number leaves first.
    priority: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[Instant]
    # When the carrier took it.
    sent_at: Mapped[Instant | None]
    # How often it was tried.
    tries: Mapped[int] = mapped_column(default=0)
    # When it is tried next; none when it was sent or given up.
    next_at: Mapped[Instant | None]
    # What the last try met with.
    error: Mapped[str] = mapped_column(default="")


class NotFailed(DaybookError):
    code = "mail_not_failed"
    template = N_("This mail has not been given up. Look at the list again.")


@dataclass
class Counts:
    """What became of the mails that a run tried.

    Attributes:
        put_off: to be tried again.
        given_up: never tried again but by hand.
        sweep: counts those that the carrier took, and keeps what else went wrong.

    """

    put_off: int = 0
    given_up: int = 0
    sweep: Sweep = field(default_factory=Sweep)

    @property
    def sent(self) -> int:
        """Return how many the carrier took."""
        return self.sweep.done


_addresses: dict[str, str] = {}


def set_address(url: str) -> None:
    """Say where this installation is found, such as https://pay.example.com: links in mails begin with it."""
    _addresses["one"] = url.rstrip("/")


def address(path: str) -> str:
    """Give the address of a page for a mail."""
    return _addresses["one"] + path


def send(to: str, subject: str, text: str, *, now: datetime, locale: str = "en") -> None:
    """Put a mail about somebody's account into the outbox, in the transaction that is open.

    The job sends it within a minute of the commit, before all mail of other kinds.

    Args:
        to: an address.
        subject: one line, already in the reader's language.
        text: plain, already in the reader's language.
        now: the instant.
        locale: that language.

    """
    send_many([(to, subject, text, locale)], priority=Priority.ACCOUNT, now=now)


def send_many(
    mails: Sequence[tuple[str, str, str, str]], *, now: datetime, priority: Priority = Priority.CROWD
) -> None:
    """Put mails, each as address, subject, text and locale, into the outbox in one statement.

    What many are sent waits behind what single people are, unless told otherwise.
    """
    insert_all(
        Mail.__tablename__,
        [
            {
                "recipient": to, "subject": " ".join(subject.split())[:400], "text": text, "locale": locale,
                "priority": priority, "created_at": now, "next_at": now, "tries": 0, "error": "",
            }
            for to, subject, text, locale in mails
        ],
    )  # fmt: skip


def send_waiting(carrier: Carrier, *, now: Callable[[], datetime], limit: int = BATCH) -> Counts:
    """Send what is due, by priority and then the oldest first. Takes its own transactions: call it outside one.

    Two at once each take mails that the other has not. Where the carrier cannot be reached the rest waits. A letter
    that it chokes on is put off, and the others go on.

    Args:
        carrier: what carries it; closed at the end.
        now: the clock.
        limit: how many at most.

    """
    counts = Counts()
    try:
        for _ in range(limit):
            letter = _claim(now())
            if letter is None or not _carry(carrier, letter, now, counts):
                break
    finally:
        carrier.close()
    return counts


def retry(actor: Actor, mail_id: int, *, now: datetime) -> None:
    """Try a mail again that was given up.

    Args:
        actor: who wants it; goes into the audit log.
        mail_id: of the mail.
        now: the instant.

    Raises:
        NotFailed: there is no such mail among those that were given up.

    """
    found = session().execute(
        update(Mail)
        .where(Mail.id == mail_id, Mail.sent_at.is_(None), Mail.next_at.is_(None))
        .values(next_at=now, tries=0)
        .returning(Mail.recipient)
    )
    recipient = found.scalar_one_or_none()
    if recipient is None:
        raise NotFailed
    audit.record(actor, "mail.retry", f"mail:{mail_id}", after={"to": recipient}, now=now)


def figures(*, now: datetime) -> tuple[int, int, int]:
    """Count the mails that wait, those that were given up, and those sent within a day."""
    waiting = select(func.count()).where(Mail.next_at.is_not(None)).scalar_subquery()
    failed = select(func.count()).where(Mail.next_at.is_(None), Mail.sent_at.is_(None)).scalar_subquery()
    sent = select(func.count()).where(Mail.sent_at > now - timedelta(days=1)).scalar_subquery()
    row = session().execute(select(waiting, failed, sent)).one()
    return row[0], row[1], row[2]


def given_up(*, limit: int, before_id: int | None = None) -> list[Mail]:
    """Give the mails that were given up, youngest first, from one downwards."""
    query = select(Mail).where(Mail.next_at.is_(None), Mail.sent_at.is_(None)).order_by(Mail.id.desc()).limit(limit)
    return list(session().scalars(query if before_id is None else query.where(Mail.id < before_id)))


def waiting(*, limit: int) -> list[Mail]:
    """Give the mails that wait, the next one first."""
    query = select(Mail).where(Mail.next_at.is_not(None)).order_by(*_ORDER).limit(limit)
    return list(session().scalars(query))


# Looked up anew for each letter: one for an account leaves next, however many of a crowd were there before it.
_ORDER: Final = (Mail.priority, Mail.next_at, Mail.id)


def pause_after(tries: int) -> timedelta | None:
    """Give the time to wait after so many tries, or None where it is given up."""
    return timedelta(minutes=PAUSES[tries - 1]) if tries <= len(PAUSES) else None


def _claim(now: datetime) -> Letter | None:
    """Take the next mail that is due and write its try down; whoever dies after this leaves it to the next try."""
    due = select(Mail).where(Mail.next_at <= now).order_by(*_ORDER).limit(1)
    with transaction():
        mail = session().scalar(due.with_for_update(skip_locked=True))
        if mail is None:
            return None
        mail.tries += 1
        mail.next_at = now + (pause_after(mail.tries) or timedelta(minutes=PAUSES[-1]))
        return Letter(mail.id, mail.recipient, mail.subject, mail.text, mail.locale, mail.created_at)


def _carry(carrier: Carrier, letter: Letter, now: Callable[[], datetime], counts: Counts) -> bool:
    """Carry one letter and store what became of it; False where no other can be carried now."""
    name = f"mail {letter.id}"
    with counts.sweep.item(name):
        try:
            carrier.carry(letter)
        except Refused as problem:
            log.warning("mail refused", mail=letter.id, problem=str(problem))
            _failed(letter.id, str(problem), counts, for_good=problem.for_good)
            return True
        except Unreachable as problem:
            log.warning("mail cannot be sent", problem=str(problem))
            _failed(letter.id, str(problem), counts, for_good=False)
            return False
        with transaction():
            session().execute(update(Mail).where(Mail.id == letter.id).values(sent_at=now(), next_at=None, error=""))
        counts.sweep.done += 1
        return True
    with counts.sweep.item(name):
        _failed(letter.id, words(counts.sweep.failed[name]), counts, for_good=False)
    return True


def _failed(mail_id: int, problem: str, counts: Counts, *, for_good: bool) -> None:
    with transaction():
        mail = session().get_one(Mail, mail_id, with_for_update=True)
        mail.error = problem[:1_000]
        if for_good or pause_after(mail.tries) is None:
            mail.next_at = None
            counts.given_up += 1
        else:
            counts.put_off += 1
