"""A large crowd of applicants: those behind the first few hundred are written as copies of what the services made.

Each copy is a person of her own: account, application, documents, tax form, certification, messages, mails and entries
of the audit log are those of somebody from the same country who went through the services, under another name. What
two applications share is looked for as always.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import DateTime, select

from workforce.core.crypto import encrypt
from workforce.core.db import METADATA, rows, run, session
from workforce.core.demo import Demo
from workforce.onboarding.models import Application
from workforce.onboarding.rules.matching import email_key, name_key
from workforce.onboarding.services.apply import Sent
from workforce.onboarding.services.identity import number_about
from workforce.onboarding.services.matches import note_matches

# One in so many has device, document and tax number of another, which takes a look for matches.
_TWINS: Final = 40
# The number by which staff speak of an application, as decide.label gives it.
_LABEL: Final = "'A-' || lpad(crowd.application_id::text, 6, '0')"


def copy(demo: Demo, people: Sequence[tuple[int, Sent]], *, walked: int, picture: bytes) -> None:
    """Add people who went the way of others, in the transaction that is open.

    Args:
        demo: that they are part of.
        people: their numbers and applications; addresses are new.
        walked: how many of the first ones went through the services.
        picture: of a document.

    """
    models = _models(walked)
    crowd: dict[str, list[Any]] = {
        name: [] for name in ("number", "model", "name", "key", "email", "mailbox", "minutes")
    }
    for number, sent in people:
        chance = demo.random("copy", number)
        choice = models.get(sent.country) or next(iter(models.values()))
        values = (
            number, chance.choice(choice), sent.name, name_key(sent.name)[:200], sent.email, email_key(sent.email),
            chance.randint(1, 24 * 60),
        )  # fmt: skip
        for column, value in zip(crowd.values(), values, strict=True):
            column.append(value)
    _people(crowd)
    _papers(picture)
    _history()
    twins = rows("SELECT application_id FROM crowd WHERE number % :twins = 0 ORDER BY number", twins=_TWINS)
    found = select(Application).where(Application.id.in_([key for (key,) in twins])).order_by(Application.id)
    for application in session().scalars(found):
        note_matches(application, now=demo.now)
    run("DROP TABLE crowd")


def _models(walked: int) -> Mapping[str, list[int]]:
    """Give the applications to copy, by country: those that no appeal hangs on."""
    found: dict[str, list[int]] = {}
    query = """
        SELECT id, country FROM application
         WHERE id <= (SELECT max(id) FROM (SELECT id FROM application ORDER BY id LIMIT :walked) first)
           AND email LIKE 'applicant%@people.example'
           AND NOT EXISTS (SELECT 1 FROM appeal WHERE kind = 'application' AND subject_id = application.id)
         ORDER BY id
    """
    for key, country in rows(query, walked=walked):
        found.setdefault(country, []).append(key)
    return found


def _people(crowd: Mapping[str, list[Any]]) -> None:
    """Make accounts and applications, and a table of who is whose copy."""
    run(
        """
        CREATE TEMPORARY TABLE crowd ON COMMIT DROP AS
        SELECT given.*, given.minutes * interval '1 minute' AS shift, model.user_id AS model_user,
               model.email AS model_email, CAST(NULL AS bigint) AS user_id, CAST(NULL AS bigint) AS application_id,
               md5('link' || given.email) AS code
          FROM unnest(CAST(:number AS bigint[]), CAST(:model AS bigint[]), CAST(:name AS text[]), CAST(:key AS text[]),
                      CAST(:email AS text[]), CAST(:mailbox AS text[]), CAST(:minutes AS int[]))
               AS given (number, model, name, key, email, mailbox, minutes)
          JOIN application model ON model.id = given.model
        """,
        **crowd,
    )
    _copied(
        "user_account", "source.id = crowd.model_user", email="crowd.email",
        fs_uniquifier="md5('one' || crowd.email) || md5('two' || crowd.email)",
    )  # fmt: skip
    run("UPDATE crowd SET user_id = made.id FROM user_account made WHERE made.email = crowd.email")
    run("ANALYZE crowd")
    _copied("user_role", "source.user_id = crowd.model_user", user_id="crowd.user_id")
    _copied(
        "worker", "source.email = crowd.model_email", email="crowd.email", name="crowd.name",
        external_id="'C-' || lpad(crowd.number::text, 6, '0')",
    )  # fmt: skip
    _copied(
        "application", "source.id = crowd.model", user_id="crowd.user_id", email="crowd.email", name="crowd.name",
        email_key="crowd.mailbox", name_key="crowd.key", device_hash=_shared("source.device_hash", "device"),
        confirm_hash="CASE source.confirm_hash WHEN '' THEN '' ELSE encode(sha256(crowd.code::bytea), 'hex') END",
        worker_id="(SELECT id FROM worker WHERE worker.email = crowd.email)",
    )  # fmt: skip
    run("UPDATE crowd SET application_id = made.id FROM application made WHERE made.user_id = crowd.user_id")
    run(f"UPDATE worker SET external_id = {_LABEL} FROM crowd WHERE worker.email = crowd.email")  # noqa: S608 -- a constant
    _copied(
        "campaign", "source.referrer_id = crowd.model_user", referrer_id="crowd.user_id",
        code="'R-' || upper(left(md5(crowd.email), 12))",
    )  # fmt: skip


def _papers(picture: bytes) -> None:
    """Copy documents, tax forms and certifications. What is encrypted belongs to its row, and is encrypted anew."""
    _copied(
        "identity_check", "source.application_id = crowd.model", application_id="crowd.application_id",
        document_key=_shared("source.document_key", "document"),
    )  # fmt: skip
    checks = rows(
        "SELECT made.id, crowd.application_id, crowd.number FROM identity_check made"
        " JOIN crowd USING (application_id) ORDER BY made.id"
    )
    run(
        "UPDATE identity_check SET number = given.number"
        "  FROM unnest(CAST(:ids AS bigint[]), CAST(:numbers AS text[])) AS given (id, number)"
        " WHERE identity_check.id = given.id",
        ids=[key for key, *_ in checks],
        numbers=[encrypt(f"N{number:08d}", about=number_about(application)) for _, application, number in checks],
    )
    shown = base64.b64encode(picture).decode()
    run(
        "INSERT INTO identity_picture (check_id, media_type, content)"
        " SELECT id, 'image/png', content"
        "   FROM unnest(CAST(:ids AS bigint[]), CAST(:contents AS text[])) AS given (id, content)",
        ids=[key for key, *_ in checks],
        contents=[encrypt(shown, about=number_about(application)) for _, application, _ in checks],
    )
    _tax_forms()
    _copied("certification", "source.user_id = crowd.model_user", user_id="crowd.user_id")


def _tax_forms() -> None:
    signed = rows(
        "SELECT crowd.user_id, crowd.number, crowd.name FROM crowd"
        " WHERE EXISTS (SELECT 1 FROM tax_form WHERE user_id = crowd.model_user) ORDER BY crowd.number"
    )
    contents = [
        encrypt(
            json.dumps({"tax_id": f"C{number:08d}", "name": name, "signature": name}, ensure_ascii=False),
            about=f"tax:{user}",
        )
        for user, number, name in signed
    ]
    run(
        "CREATE TEMPORARY TABLE crowd_form ON COMMIT DROP AS"
        " SELECT * FROM unnest(CAST(:users AS bigint[]), CAST(:contents AS text[])) AS given (user_id, content)",
        users=[user for user, *_ in signed], contents=contents,
    )  # fmt: skip
    run("CREATE INDEX ON crowd_form (user_id)")
    _copied(
        "tax_form", "source.user_id = crowd.model_user", user_id="crowd.user_id",
        tax_key=_shared("source.tax_key", "tax"),
        content="(SELECT content FROM crowd_form WHERE crowd_form.user_id = crowd.user_id)",
    )  # fmt: skip
    run("DROP TABLE crowd_form")


def _history() -> None:
    """Copy what people were told, and what was done to them and by them."""
    params = f"jsonb_set(source.params, '{{worker}}', to_jsonb({_LABEL}), false)"
    _copied("message", "source.user_id = crowd.model_user", user_id="crowd.user_id", params=params)
    _copied(
        "mail", "source.recipient = crowd.model_email", recipient="crowd.email",
        text=r"regexp_replace(source.text, '(/apply/confirm/)[A-Za-z0-9_-]+', '\1' || crowd.code)",
    )  # fmt: skip
    own = {
        "actor_id": "CASE source.actor_id WHEN crowd.model_user THEN crowd.user_id ELSE source.actor_id END",
        "actor": "CASE source.actor WHEN crowd.model_email THEN crowd.email ELSE source.actor END",
    }
    _copied(
        "audit_event", "source.subject = 'application:' || crowd.model",
        subject="'application:' || crowd.application_id", **own,
    )  # fmt: skip
    _copied("audit_event", "source.subject = 'user:' || crowd.model_email", subject="'user:' || crowd.email", **own)


def _shared(column: str, about: str) -> str:
    """Give what finds the same device or paper again: now and then that of the model, else one's own."""
    own = f"left(md5('{about}' || crowd.email) || md5(crowd.email), 40)"
    return f"CASE WHEN {column} = '' OR crowd.number % {_TWINS} = 0 THEN {column} ELSE {own} END"


def _copied(name: str, link: str, /, **changed: str) -> None:
    """Copy rows of a table that belong to the models, each with other values in some columns and at other instants."""
    table = METADATA.tables[name]
    values = {}
    for column in table.columns:
        if column.identity is None:
            moved = isinstance(column.type, DateTime)
            plain = f'source."{column.name}"'
            values[column.name] = changed.get(column.name) or (f"{plain} - crowd.shift" if moved else plain)
    names = ", ".join(f'"{one}"' for one in values)
    order = "crowd.number" + (", source.id" if "id" in table.columns else "")
    run(
        f"INSERT INTO {name} ({names}) SELECT {', '.join(values.values())}"  # noqa: S608 -- all of it stands in this file and the models
        f"  FROM crowd JOIN {name} source ON {link} ORDER BY {order}"
    )
