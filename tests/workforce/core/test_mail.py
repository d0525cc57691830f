"""Mail: every carrier keeps one contract, and what is in the outbox is sent, tried again, and given up by the book."""

import email.policy
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Protocol

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import NOW, make_user
from tests.races.racing import at_once, one
from workforce.core import mail
from workforce.core.db import rows, transaction
from workforce.core.db import run as execute
from workforce.core.mail import PAUSES, Counts, NotFailed, pause_after, send_waiting
from workforce.core.mail_carriers import Carrier, FolderCarrier, Letter, Refused, SmtpCarrier, Unreachable, carrier_for
from workforce.core.settings import Settings, SettingsError, load_settings
from wsgi import cli

LETTER = Letter(12, "lan@example.com", "Lương đã gửi", "Chào Lan,\n\n.một dòng có dấu chấm\nhết\n", "vi", NOW)


class Server(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it gets, and refuses what it is told to refuse."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.got: list[bytes] = []
        self.refused: dict[str, str] = {}
        self.links = 0


class _Conversation(socketserver.StreamRequestHandler):
    server: Server

    def say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")

    def handle(self) -> None:
        self.server.links += 1
        self.say("220 here")
        while line := self.rfile.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            match verb.upper():
                case "EHLO":
                    self.say("250-here")
                    self.say("250 8BITMIME")
                case "RCPT":
                    address = rest.partition("<")[2].partition(">")[0]
                    self.say(self.server.refused.get(address, "250 ok"))
                case "DATA":
                    self.say("354 go on")
                    self.take()
                case "QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("250 ok")

    def take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b".") else line)
        self.server.got.append(b"".join(lines))
        self.say("250 taken")


@pytest.fixture
def mail_server() -> Iterator[Server]:
    """Give a mail server."""
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


class Post(Protocol):
    """A carrier and what arrived through it."""

    carrier: Carrier

    def arrived(self) -> list[EmailMessage]: ...


@dataclass
class _Smtp:
    server: Server
    carrier: Carrier = field(init=False)

    def __post_init__(self) -> None:
        self.carrier = SmtpCarrier(f"smtp://127.0.0.1:{self.server.server_address[1]}?from=pay@daybook.example")

    def arrived(self) -> list[EmailMessage]:
        return [_parsed(one) for one in self.server.got]


@dataclass
class _Folder:
    folder: Path
    carrier: Carrier = field(init=False)

    def __post_init__(self) -> None:
        self.carrier = FolderCarrier(self.folder, "pay@daybook.example")

    def arrived(self) -> list[EmailMessage]:
        return [_parsed(path.read_bytes()) for path in sorted(self.folder.iterdir())]


def _parsed(content: bytes) -> EmailMessage:
    message = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(content)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture(params=["smtp", "folder"])
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Post:
    """Give each carrier."""
    return _Smtp(request.getfixturevalue("mail_server")) if request.param == "smtp" else _Folder(tmp_path / "mail")


# The contract of every carrier.


def test_a_letter_arrives_as_it_was_written(post: Post) -> None:
    post.carrier.carry(LETTER)
    post.carrier.close()
    (message,) = post.arrived()
    assert message["To"] == LETTER.recipient
    assert message["Subject"] == LETTER.subject
    assert message["From"] == "pay@daybook.example"
    assert message["Content-Language"] == "vi"
    assert message["Message-ID"] == "<daybook.12@daybook.example>"
    assert message["Date"].datetime == NOW
    assert message.get_content().replace("\r\n", "\n") == LETTER.text


def test_a_second_copy_can_be_told_by_its_id(post: Post) -> None:
    post.carrier.carry(LETTER)
    post.carrier.carry(LETTER)
    assert {one["Message-ID"] for one in post.arrived()} == {"<daybook.12@daybook.example>"}
    post.carrier.close()


def test_many_letters_go_one_after_another_and_a_closed_carrier_opens_again(post: Post) -> None:
    for number in range(3):
        post.carrier.carry(Letter(number, f"{number}@example.com", "Hello", "Text\n", "en", NOW))
    post.carrier.close()
    post.carrier.carry(LETTER)
    post.carrier.close()
    post.carrier.close()
    assert len(post.arrived()) == 4


def test_a_line_end_in_a_header_is_refused_for_good(post: Post) -> None:
    with pytest.raises(Refused) as caught:
        post.carrier.carry(Letter(1, "a@example.com\r\nBcc: b@example.com", "Hello", "Text\n", "en", NOW))
    assert caught.value.for_good
    post.carrier.close()


# What is each carrier's own.


@pytest.mark.parametrize(("said", "for_good"), [("550 nobody here", True), ("451 later", False)])
def test_what_the_server_says_of_an_address_counts(mail_server: Server, said: str, *, for_good: bool) -> None:
    mail_server.refused["lan@example.com"] = said
    carrier = _Smtp(mail_server).carrier
    with pytest.raises(Refused, match=said) as caught:
        carrier.carry(LETTER)
    assert caught.value.for_good is for_good
    carrier.carry(Letter(2, "other@example.com", "Hello", "Text\n", "en", NOW))
    carrier.close()
    assert (len(mail_server.got), mail_server.links) == (1, 1)


def test_a_server_that_is_away_can_be_reached_by_no_letter() -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as gone:
        port = gone.server_address[1]
    with pytest.raises(Unreachable):
        SmtpCarrier(f"smtp://127.0.0.1:{port}").carry(LETTER)


def test_a_password_is_not_sent_in_the_clear_over_a_network(
    mail_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workforce.core.mail_carriers._LOCAL", frozenset())
    carrier = SmtpCarrier(f"smtp://me:secret@127.0.0.1:{mail_server.server_address[1]}")
    with pytest.raises(Unreachable, match="in the clear"):
        carrier.carry(LETTER)


def test_a_folder_that_cannot_be_written_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file")
    with pytest.raises(Unreachable):
        FolderCarrier(tmp_path / "mail").carry(LETTER)


def test_letters_in_the_folder_are_for_their_owner_only(tmp_path: Path) -> None:
    FolderCarrier(tmp_path / "mail").carry(LETTER)
    (path,) = (tmp_path / "mail").iterdir()
    assert path.name == "00000012.eml"
    assert path.stat().st_mode & 0o077 == 0


def test_the_setting_chooses_the_carrier(tmp_path: Path) -> None:
    assert isinstance(carrier_for(Settings(instance=tmp_path)), FolderCarrier)
    assert isinstance(carrier_for(Settings(mail_url="smtps://mail.example.com")), SmtpCarrier)
    known = {"SECRET_KEY": "x" * 32, "DAYBOOK_INSTANCE": str(tmp_path)}
    assert load_settings({**known, "MAIL_URL": "smtp://a:b@c:587"}).mail_url == "smtp://a:b@c:587"
    assert load_settings({**known, "DAYBOOK_URL": "https://pay.example.com/"}).url == "https://pay.example.com"
    for wrong in ("mail.example.com", "http://mail.example.com", "smtp://", "smtp://host:port"):
        with pytest.raises(SettingsError, match="MAIL_URL"):
            load_settings({**known, "MAIL_URL": wrong})
    with pytest.raises(SettingsError, match="DAYBOOK_URL"):
        load_settings({**known, "DAYBOOK_URL": "pay.example.com"})


# The outbox.


@dataclass
class Fake:
    """A carrier that does what it is told."""

    does: Callable[[Letter], None] = lambda _: None
    got: list[int] = field(default_factory=list)
    closed: int = 0

    def carry(self, letter: Letter) -> None:
        self.got.append(letter.id)
        self.does(letter)

    def close(self) -> None:
        self.closed += 1


def refuses(*, for_good: bool) -> Callable[[Letter], None]:
    def carry(_: Letter) -> None:
        raise Refused("550 no", for_good=for_good)

    return carry


def away(_: Letter) -> None:
    raise Unreachable("nobody answers")


def send_at(now: datetime, does: Callable[[Letter], None] = lambda _: None) -> Counts:
    return send_waiting(Fake(does), now=lambda: now)


def post_some(count: int = 1, *, now: datetime = NOW) -> None:
    with transaction():
        for number in range(count):
            mail.send(f"{number}@example.com", "Hello\r\nthere", "Text\n", now=now, locale="vi")


def outbox() -> list[tuple[object, ...]]:
    with transaction():
        return [tuple(row) for row in rows("SELECT tries, sent_at, next_at, error FROM mail ORDER BY id")]


def test_mail_that_waits_is_sent_once_the_oldest_first(context: Flask) -> None:
    post_some(3)
    carrier = Fake()
    assert send_waiting(carrier, now=lambda: NOW).sent == 3
    assert carrier.got == sorted(carrier.got)
    assert carrier.closed == 1
    assert outbox() == [(1, NOW, None, "")] * 3
    assert send_waiting(Fake(), now=lambda: NOW).sent == 0


def test_a_letter_about_an_account_leaves_before_those_to_a_crowd_that_wait_already(context: Flask) -> None:
    crowd = [(f"{number}@example.com", "Paused", "Text\n", "en") for number in range(1_000)]
    with transaction():
        mail.send_many(crowd, priority=mail.Priority.CROWD, now=NOW)
        mail.send_many([("pay@example.com", "Sent", "Text\n", "en")], priority=mail.Priority.PERSONAL, now=NOW)
    left: list[str] = []
    asked = NOW + timedelta(minutes=5)
    send_waiting(Fake(lambda letter: left.append(letter.recipient)), now=lambda: NOW, limit=3)
    with transaction():
        mail.send("lan@example.com", "A new password", "Text\n", now=asked)
        assert [one.recipient for one in mail.waiting(limit=2)] == ["lan@example.com", "2@example.com"]
    send_waiting(Fake(lambda letter: left.append(letter.recipient)), now=lambda: asked, limit=2)
    assert left == ["pay@example.com", "0@example.com", "1@example.com", "lan@example.com", "2@example.com"]


def test_what_was_put_off_holds_up_nothing_that_is_due(context: Flask) -> None:
    with transaction():
        mail.send("lan@example.com", "A new password", "Text\n", now=NOW)
        mail.send_many([("0@example.com", "Paused", "Text\n", "en")], priority=mail.Priority.CROWD, now=NOW)
    assert send_waiting(Fake(refuses(for_good=False)), now=lambda: NOW, limit=1).put_off == 1
    assert send_waiting(Fake(), now=lambda: NOW).sent == 1


def test_a_mail_of_a_transaction_that_fails_is_never_sent(context: Flask) -> None:
    def fail() -> None:
        with transaction():
            mail.send("a@example.com", "Hello", "Text", now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert outbox() == []


def test_a_carrier_is_called_outside_every_transaction(context: Flask) -> None:
    post_some()

    def look(_: Letter) -> None:
        with transaction():  # raises inside another one
            (row,) = rows("SELECT tries, next_at > :now FROM mail", now=NOW)
            assert tuple(row) == (1, True)  # the try is written down

    assert send_waiting(Fake(look), now=lambda: NOW).sent == 1


def test_a_process_that_dies_after_sending_sends_again_rather_than_never(context: Flask) -> None:
    post_some()

    class Killed(BaseException):
        pass

    def dies(_: Letter) -> None:
        raise Killed

    with pytest.raises(Killed):
        send_waiting(Fake(dies), now=lambda: NOW)
    assert send_waiting(Fake(), now=lambda: NOW).sent == 0
    assert send_waiting(Fake(), now=lambda: NOW + timedelta(minutes=1)).sent == 1


def test_what_is_refused_for_now_is_tried_again_with_growing_pauses_and_given_up_at_last(context: Flask) -> None:
    post_some()
    now, tried = NOW, []
    for pause in PAUSES:
        found = send_at(now, refuses(for_good=False))
        assert (found.put_off, found.given_up) == (1, 0)
        assert send_at(now + timedelta(minutes=pause) - timedelta(seconds=1)).sent == 0
        now += timedelta(minutes=pause)
        tried.append(pause)
    assert tried == sorted(tried)
    assert send_waiting(Fake(refuses(for_good=False)), now=lambda: now).given_up == 1
    assert outbox() == [(len(PAUSES) + 1, None, None, "550 no")]
    assert pause_after(len(PAUSES) + 1) is None
    assert send_waiting(Fake(), now=lambda: now + timedelta(days=9)).sent == 0


def test_what_is_refused_for_good_is_given_up_at_once_and_the_others_go_on(context: Flask) -> None:
    post_some(2)
    carrier = Fake()
    carrier.does = lambda letter: refuses(for_good=True)(letter) if letter.recipient.startswith("0") else None
    found = send_waiting(carrier, now=lambda: NOW)
    assert (found.sent, found.given_up) == (1, 1)


def test_where_the_server_is_away_the_rest_is_not_tried(context: Flask) -> None:
    post_some(3)
    carrier = Fake(away)
    found = send_waiting(carrier, now=lambda: NOW)
    assert (len(carrier.got), found.put_off, carrier.closed) == (1, 1, 1)
    assert [row[0] for row in outbox()] == [1, 0, 0]


def test_subjects_are_one_line(context: Flask) -> None:
    post_some()
    with transaction():
        ((subject,),) = rows("SELECT subject FROM mail")
    assert subject == "Hello there"


def test_two_that_send_at_once_send_each_mail_once(fresh_app: Flask) -> None:
    with fresh_app.app_context():
        post_some(40)
    carriers = [Fake(), Fake()]
    calls = [lambda carrier=carrier: send_waiting(carrier, now=lambda: NOW) for carrier in carriers]
    at_once(fresh_app, *calls)
    assert sorted(carriers[0].got + carriers[1].got) == sorted({*carriers[0].got, *carriers[1].got})
    assert one(fresh_app, "SELECT count(*) FROM mail WHERE sent_at IS NOT NULL AND tries = 1") == 40


# The page and the command.


def test_an_admin_sees_what_was_given_up_and_tries_it_again(app: Flask, sign_in: Callable[[str], FlaskClient]) -> None:
    with app.app_context():
        with transaction():
            admin = make_user("admin").email
        post_some(2)
        with transaction():
            execute("UPDATE mail SET text = 'SECRET-LINK'")
            execute("DELETE FROM mail WHERE recipient NOT IN ('0@example.com', '1@example.com')")
        send_waiting(Fake(refuses(for_good=True)), now=lambda: NOW, limit=1)
    browser = sign_in(admin)
    page = browser.get("/admin/mail").text
    assert "0@example.com" in page
    assert "550 no" in page
    assert "SECRET-LINK" not in page
    with app.app_context(), transaction():
        (failed,) = rows("SELECT id FROM mail WHERE next_at IS NULL AND sent_at IS NULL")
    assert browser.post(f"/admin/mail/{failed[0]}/retry").status_code == 303
    assert browser.post(f"/admin/mail/{failed[0]}/retry").status_code == 409
    with app.app_context():
        assert send_waiting(Fake(), now=lambda: NOW).sent == 2
        with transaction(), pytest.raises(NotFailed):
            mail.retry(make_user("admin").actor, failed[0], now=NOW)


def test_the_page_asks_a_fixed_number_of_questions(
    app: Flask, sign_in: Callable[[str], FlaskClient], queries: Callable[[Callable[[], object]], int]
) -> None:
    with app.app_context(), transaction():
        email = make_user("admin").email
    browser = sign_in(email)
    few = queries(lambda: browser.get("/admin/mail"))
    with app.app_context():
        post_some(120)
        with transaction():
            execute("UPDATE mail SET next_at = NULL WHERE id % 2 = 0")
    assert queries(lambda: browser.get("/admin/mail")) == few <= 8
    assert 'rel="next"' in browser.get("/admin/mail").text


def test_the_command_lists_and_sends(fresh_app: Flask, tmp_path: Path) -> None:
    with fresh_app.app_context():
        post_some(2)
    runner = CliRunner()
    listed = runner.invoke(cli, ["mail", "list"], obj=lambda: fresh_app)
    assert listed.exit_code == 0, listed.output
    assert "2 waiting, 0 given up, 0 sent within a day" in listed.output
    sent = runner.invoke(cli, ["mail", "send", "--json"], obj=lambda: fresh_app)
    assert '"sent": 2' in sent.output
    letters = sorted((tmp_path / "instance" / "mail").iterdir())
    assert [_parsed(path.read_bytes())["To"] for path in letters] == ["0@example.com", "1@example.com"]
