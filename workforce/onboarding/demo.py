"""Demo: people who apply, in all states, over the last weeks; the real services make them, without passwords."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, islice
from random import Random
from typing import Final

from sqlalchemy import func, select

from workforce.core.auth import SYSTEM, Actor
from workforce.core.commands import table
from workforce.core.crypto import hash_password
from workforce.core.db import session, transaction
from workforce.core.demo import LOGINS, Demo, Progress, Step, Told, logins
from workforce.identity.models import User
from workforce.identity.queries import user_by_email
from workforce.onboarding.models import Application
from workforce.onboarding.queries.applications import campaign_by_code
from workforce.onboarding.services import apply as apply_services
from workforce.onboarding.services import decide
from workforce.onboarding.services.apply import Origin, Sent
from workforce.onboarding.services.campaigns import create_campaign
from workforce.onboarding.services.identity import Shown, decide_identity, show_identity
from workforce.onboarding.services.tax import Signed, sign_tax_form
from workforce.paydays.demo import COUNTRIES
from workforce.projects.models import Project
from workforce.skills.models import SkillTest
from workforce.skills.services import grant
from workforce.workers.demo import full_name

_CAMPAIGNS: Final = (
    ("JOBS-VN", "job_board", "VietnamWorks"), ("JOBS-KE", "job_board", "BrighterMonday"),
    ("REDDIT-WFH", "reddit", "r/WorkOnline"), ("LI-2026", "linkedin", "Autumn post"),
    ("FB-PINOY", "facebook", "Filipino freelancers"), ("FB-HANOI", "facebook", "Việc làm thêm Hà Nội"),
)  # fmt: skip
_HEARD: Final = ("job_board", "reddit", "linkedin", "facebook", "referral", "other")
_LANGUAGES: Final = {
    "KE": ("sw", "en"), "PH": ("fil", "en"), "VN": ("vi", "en"), "IN": ("hi", "en"), "VE": ("es", "en"),
    "US": ("en", "es"),
}  # fmt: skip
_SKILLS: Final = ("writing", "translation", "transcription", "images", "speech", "code", "maths", "teaching")
_WEEKS: Final = 6
_CHUNK: Final = 100  # in one transaction
_PNG: Final = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc````\xf8\x0f\0\1\4\1\0"
    b"_\xe5\xc3K\0\0\0\0IEND\xaeB`\x82"
)
_REFUSALS: Final = (
    "The photo is blurred: the number cannot be read.",
    "The document has expired. Please send a valid one.",
)
_DECLINES: Final = (
    "The name on the document is not the name of the application.",
    "You have an application under another address already, and it is being looked at.",
    "The document was altered.",
)
_APPEALS: Final = (
    "My name changed when I married; I can send the certificate.",
    "The other application is my sister's.",
)
# The words that name an applicant for what is to become of her, and how many in a hundred.
_FATES: Final = (
    ("applied", 22), ("confirmed", 20), ("document", 10), ("refused", 4), ("testing", 12), ("ready", 4),
    ("accepted", 18), ("declined", 6), ("withdrawn", 4),
)  # fmt: skip


@dataclass(frozen=True)
class _Cast:
    """Who decides, and by what."""

    recruiter: Actor
    test: SkillTest | None
    project: str


def _make(demo: Demo, progress: Progress) -> None:
    with transaction():
        if campaign_by_code(_CAMPAIGNS[0][0]) is None:
            for code, channel, note in _CAMPAIGNS:
                create_campaign(SYSTEM, code, channel=channel, note=note, now=demo.now - timedelta(weeks=_WEEKS))
            _own_applicant(demo)
        done = (session().scalar(select(func.count()).select_from(Application)) or 0) - 1
    people = islice(enumerate(_people(demo)), done, demo.applicants)
    while chunk := list(islice(people, _CHUNK)):
        with transaction():
            cast = _cast()
            for number, sent in chunk:
                _one(demo, cast, number, sent)
        progress(chunk[-1][0] + 1, demo.applicants)


def _own_applicant(demo: Demo) -> None:
    """Let her apply whose login the demo shows; what comes next is left to whoever tries it."""
    email, password = next((email, password) for role, email, password in logins() if role == "applicant")
    sent = Sent(
        name="Trần Thị Mai", email=email, country="VN", timezone="Asia/Ho_Chi_Minh",
        languages=[("vi", "native"), ("en", "B2")], skills=["translation", "writing"], terms_number=1, locale="vi",
        heard="facebook", campaign="FB-HANOI", project=_cast().project,
    )  # fmt: skip
    at = demo.now - timedelta(days=2)
    application = apply_services.apply(sent, Origin("198.51.100.8", "Demo", "f" * 32), now=at)
    assert application is not None
    user = session().get_one(User, application.user_id)
    user.password, user.confirmed_at = hash_password(password), at
    apply_services.mark_confirmed(application, now=at)


def _cast() -> _Cast:
    known = {email for _, email in LOGINS}
    email = next((email for role, email in LOGINS if role == "recruiter"), "")
    recruiter = user_by_email(email).actor if email in known else SYSTEM
    test = session().scalars(select(SkillTest).where(SkillTest.retired_at.is_(None)).order_by(SkillTest.id)).first()
    project = session().scalars(select(Project.code).where(Project.state == "open").order_by(Project.code)).first()
    return _Cast(recruiter, test, project or "")


def _people(demo: Demo) -> Iterator[Sent]:
    """Give applications without end, each name once."""
    chance = demo.random("applicants")
    seen: dict[str, int] = {}
    codes = [code for code, *_ in _CAMPAIGNS]
    for number in count(1):
        country = chance.choices(COUNTRIES, [one.share for one in COUNTRIES])[0]
        name = full_name(chance, country.code)
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            name = f"{name} {_roman(seen[name])}"
        first, second = _LANGUAGES[country.code]
        yield Sent(
            name=name, email=f"applicant{number}@people.example", country=country.code, timezone=country.timezone,
            languages=[(first, "native"), (second, chance.choice(("B1", "B2", "C1")))],
            skills=sorted(chance.sample(_SKILLS, chance.randint(1, 3))), terms_number=1,
            locale="vi" if country.code == "VN" else "en", heard=chance.choice(_HEARD),
            campaign=chance.choice(codes) if chance.random() < 0.7 else "",
            project="wished" if chance.random() < 0.3 else "",
        )  # fmt: skip


def _roman(number: int) -> str:
    """Tell namesakes apart as families do."""
    tens, ones = divmod(number, 10)
    return "X" * tens + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[ones]


def _one(demo: Demo, cast: _Cast, number: int, sent: Sent) -> None:
    chance = demo.random("applicant", number)
    fate = chance.choices([name for name, _ in _FATES], [share for _, share in _FATES])[0]
    at = demo.now - timedelta(minutes=chance.randint(3 * 24 * 60, _WEEKS * 7 * 24 * 60))
    # Of every hundred some two share a device with the one before, as brothers do, and cheats.
    device = f"{number - (number % 50 == 1):032d}"
    wished = cast.project if sent.project else ""
    values = {**vars(sent), "project": wished}
    application = apply_services.apply(Sent(**values), Origin("198.51.100.7", "Demo", device), now=at)
    assert application is not None
    if fate == "applied":
        return
    user = session().get_one(User, application.user_id)
    at += timedelta(minutes=chance.randint(2, 600))
    user.confirmed_at = at
    apply_services.mark_confirmed(application, now=at)
    if fate == "withdrawn":
        decide.withdraw(user.actor, now=at + timedelta(hours=20))
    elif fate != "confirmed":
        _steps(cast, application, user, fate, chance, at)


def _steps(cast: _Cast, application: Application, user: User, fate: str, chance: Random, at: datetime) -> None:
    # One document in a hundred was handed in by somebody else before.
    number = f"N{application.id - (application.id % 100 == 7):08d}"
    shown = Shown(application.country, chance.choice(("passport", "id_card")), number, _PNG)
    check = show_identity(user.actor, shown, now=at + timedelta(minutes=30))
    later = at + timedelta(hours=chance.randint(3, 60))
    if fate == "document":
        return
    if fate == "refused":
        decide_identity(cast.recruiter, check.id, approved=False, reason=chance.choice(_REFUSALS), now=later)
        return
    if fate == "declined":
        _declined(cast, application, user, chance, later)
        return
    decide_identity(cast.recruiter, check.id, approved=True, reason="", now=later)
    if fate != "testing" and cast.test is not None:
        grant(SYSTEM, user.id, cast.test, "worker", reason="Passed before Daybook kept tests.", now=later)
    if fate == "ready":  # the tax number of somebody else
        signed = Signed(application.country, "T-777", application.name, application.name)
    else:
        signed = Signed(application.country, f"T{application.id:08d}", application.name, application.name)
    sign_tax_form(user.actor, signed, now=later)
    if fate == "accepted" and cast.test is None:
        decide.accept(cast.recruiter, application.id, reason="Knows the work from elsewhere.", now=later)


def _declined(cast: _Cast, application: Application, user: User, chance: Random, at: datetime) -> None:
    decide.decline(cast.recruiter, application.id, reason=chance.choice(_DECLINES), now=at)
    if chance.random() < 0.4:
        decide.appeal(user.actor, chance.choice(_APPEALS), now=at + timedelta(hours=5))


def _tell() -> Told:
    query = select(Application.state, func.count()).group_by(Application.state).order_by(func.count().desc())
    states: dict[str, int] = dict(session().execute(query).all())
    lines = [table("Applications", ["state", "#people"], [(state, str(number)) for state, number in states.items()])]
    return Told({"applications": states}, lines)


STEP = Step("applicants", _make, whole=False, tell=_tell)
