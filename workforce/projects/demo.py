"""Demo: five projects for customers that nobody has, one of them paused, and a Revival of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import select

from workforce.core.auth import SYSTEM
from workforce.core.db import run, session
from workforce.core.demo import LOGINS, Demo, Progress, Step
from workforce.core.money import Money
from workforce.identity.queries import user_by_email
from workforce.projects.models import Project, ProjectMember, Requirement
from workforce.projects.queries import project_by_code
from workforce.projects.services import Details, change_state, create_project, publish_guideline, revive
from workforce.skills.models import SkillTest

PAUSED: Final = "LYNX"
REVIVAL: Final = ("PUFFIN", "TAPIR")
REVISED: Final = "FALCON"


@dataclass(frozen=True)
class _Made:
    """A project of the demo.

    Attributes:
        details: without deadline and budget, which follow from the size of the crowd.
        customer: whom nobody has.
        days: from the demo's instant to the deadline.
        cents: of the budget for each worker and day of the demo.
        tests: parts of the codes of tests that it asks for, where the demo has them.
        guidelines: their first version.

    """

    details: Details
    customer: str
    days: int
    cents: int
    tests: Sequence[str]
    guidelines: str


_ANYWHERE: Final = ("IN", "KE", "PH", "US", "VE", "VN")
_MADE: Final = {
    "FALCON": _Made(
        Details(
            "Compare two replies of an assistant",
            "You read what somebody asked an assistant, and two replies to it. You say which one helps more, and why,"
            " in two or three sentences of your own.",
            languages=("en", "vi"), target=40_000, expected_seconds=300,
        ),
        "Marlowe & Finch Assistants Inc.", 45, 34, ("writing", "compar"),
        "# What counts\nRead the question first, then both replies to their end.\n\nA reply is better when it\n"
        "- answers what was asked, and not something near it\n- is right: look it up where you are not sure\n"
        "- says what it does not know\n\n# Your reasons\nTwo or three sentences in your own words. Name the sentence of"
        " the reply that decided it. “Better written” alone is no reason.",
    ),
    "HERON": _Made(
        Details(
            "Check reasoning in mathematics, step by step",
            "You go through a solution line by line and mark the first step that does not follow from those before"
            " it. School mathematics is enough for most; take your time, it is paid by the hour.",
            languages=("en",), target=6_000, expected_seconds=1_320,
        ),
        "Northlight Reasoning GmbH", 60, 160, ("reason", "math"),
        "# One step at a time\nDo not jump to the result: a right answer can stand on a wrong proof.\n\n"
        "- mark the first wrong step, and no later one\n- write what would have followed instead\n"
        "- mark nothing where everything follows",
    ),
    PAUSED: _Made(
        Details(
            "Draw boxes around vehicles and people",
            "Street pictures, one object at a time: you draw a box and choose what it is. Quick work, in rows.",
            countries=_ANYWHERE, target=250_000, expected_seconds=32,
        ),
        "Brightwater Imaging Ltd", 20, 5, ("box", "image"),
        "# The box\nIt touches the outermost points of the object, mirrors included, and nothing else.\n\n"
        "- parts that are hidden are left out\n- a person on a bicycle is a cyclist; one who pushes it is a pedestrian",
    ),
    "OTTER": _Made(
        Details(
            "Write down what is said in recordings",
            "You listen to a recording of a call and write down what each speaker says, word by word, with the time at"
            " which each turn begins.",
            languages=("en", "es", "hi", "sw", "tl", "vi"), countries=_ANYWHERE, target=9_000, expected_seconds=900,
        ),
        "Marlowe & Finch Assistants Inc.", 90, 55, ("transcri", "listen"),
        "# Every word\nWrite what is said, not what should have been said.\n\n- play it to its end\n"
        "- a new speaker begins a new line\n- [unclear] where three tries did not help",
    ),
    "TAPIR": _Made(
        Details(
            "Write questions and answers about your own country",
            "You think of a question that only somebody from your country would ask, and answer it well, in your own"
            " language. Nothing copied, nothing from a chatbot: we look.",
            languages=("en", "es", "hi", "sw", "tl", "vi"), target=27_000, expected_seconds=840,
        ),
        "Quillstone Publishing House", 75, 95, ("writing", "written"),
        "# A good pair\nThe question has one answer that can be checked, and it is in no list of trivia.\n\n"
        "- 60 to 120 words of answer\n- in the language that was asked for\n- a source where there is one\n\n"
        "# What is rejected\nText that was copied, translated by a machine, or handed in twice.",
    ),
}  # fmt: skip
PROJECTS: Final = {code: made.customer for code, made in _MADE.items()}


def _make(demo: Demo, progress: Progress) -> None:
    tests = session().execute(select(SkillTest.code, SkillTest.id).order_by(SkillTest.code)).all()
    for number, (code, made) in enumerate(_MADE.items(), 1):
        project = create_project(
            SYSTEM, code, customer=made.customer, details=_details(demo, made), now=demo.start, opened=True
        )
        _people(project, demo)
        asked = [test_id for test, test_id in tests if any(part in test for part in made.tests)]
        session().add_all([Requirement(project_id=project.id, test_id=test_id) for test_id in asked[:2]])
        publish_guideline(SYSTEM, project, made.guidelines, based_on=0, now=demo.start)
        progress(number, len(_MADE))
    code, old = REVIVAL
    revival = revive(SYSTEM, project_by_code(old), code, now=demo.start)
    revival.deadline = demo.now.date() + timedelta(days=120)
    _people(revival, demo)


def _details(demo: Demo, made: _Made) -> Details:
    crowd = demo.workers * demo.days
    whole = max(100, round(made.cents * crowd // 100, -2))
    values = dict(vars(made.details))
    values |= {"deadline": demo.now.date() + timedelta(days=made.days), "budget": Money(Decimal(whole), "USD")}
    return Details(**values)


def _people(project: Project, demo: Demo) -> None:
    """Let both managers run a project, and both reviewers review it."""
    for role, email in LOGINS:
        if role in {"manager", "reviewer"}:
            user_id = user_by_email(email).id
            session().add(ProjectMember(project_id=project.id, user_id=user_id, part=role, since=demo.start))
    session().flush()


def _settle(demo: Demo, progress: Progress) -> None:
    """Let everybody who worked take part, give one project new guidelines, and pause one."""
    run(
        """
        INSERT INTO participation (project_id, worker_id, state, joined_at, changed_at, reason)
        SELECT project_id, worker_id, 'joined', at, at, ''
          FROM (SELECT project_id, worker_id, min(coalesce(claimed_at, submitted_at)) - interval '2 hours' AS at
                  FROM submission GROUP BY 1, 2) first
        """
    )
    run(
        """
        INSERT INTO guideline_acknowledgement (guideline_id, worker_id, at)
        SELECT g.id, p.worker_id, p.joined_at FROM participation p JOIN guideline g USING (project_id)
        """
    )
    progress(1, 3)
    manager = user_by_email(dict(LOGINS)["manager"]).actor
    falcon, late = project_by_code(REVISED), demo.now - timedelta(hours=20)
    text = _MADE[REVISED].guidelines + "\n\n# New: two replies that say the same\nChoose “no difference”, and say so."
    publish_guideline(manager, falcon, text, based_on=1, now=late)
    run(
        """
        INSERT INTO guideline_acknowledgement (guideline_id, worker_id, at)
        SELECT g.id, p.worker_id, g.published_at + interval '1 hour' FROM participation p JOIN guideline g
            USING (project_id) WHERE g.number = 2 AND p.worker_id % 3 > 0
            AND p.worker_id <> (SELECT id FROM worker WHERE email = :face)
        """,
        face=dict(LOGINS)["worker"],
    )
    progress(2, 3)
    why = "The customer is changing its list of objects. We expect to go on next week."
    change_state(manager, project_by_code(PAUSED), "pause", reason=why, now=demo.now - timedelta(hours=3))
    progress(3, 3)


STEP = Step("projects", _make)
PEOPLE = Step("people of projects", _settle)
