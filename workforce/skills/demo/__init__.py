"""Demo: tests as a crowd would take them, in English and Vietnamese, and the people who grade them."""

from workforce.core import demo as core
from workforce.core.auth import SYSTEM
from workforce.core.demo import Demo, Progress, Step
from workforce.identity.queries import user_by_email
from workforce.skills.demo.tests import TESTS, Written
from workforce.skills.services.certifications import grant
from workforce.skills.services.tests import (
    add_question,
    change_version,
    create_test,
    new_version,
    publish,
)


def _make(demo: Demo, progress: Progress) -> None:
    graders = [user_by_email(email) for role, email, _ in core.logins() if role == "reviewer"]
    for number, one in enumerate(TESTS, 1):
        _write(one, demo)
        progress(number, len(TESTS) + len(graders))
    for number, grader in enumerate(graders, len(TESTS) + 1):
        for one in TESTS:
            if one.graded:
                test = one.find()
                grant(SYSTEM, grader.id, test, "grader", reason="Graded a trial set as the editors do.", now=demo.start)
        progress(number, len(TESTS) + len(graders))


def _write(one: Written, demo: Demo) -> None:
    test = create_test(SYSTEM, one.code, one.values, now=demo.start)
    for locale, (settings, questions) in one.versions.items():
        version = new_version(SYSTEM, test, locale=locale, now=demo.start)
        change_version(SYSTEM, version.id, settings, now=demo.start)
        for question in questions:
            add_question(SYSTEM, version.id, question, now=demo.start)
        publish(SYSTEM, version.id, now=demo.start)


STEP = Step("tests", _make)
