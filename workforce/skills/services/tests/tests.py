"""A test as such: its code, what its certification is called, and how long that lasts."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError, Invalid
from workforce.skills.models import SkillTest
from workforce.skills.services.problems import words_of

CODE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
# Parts of addresses of pages.
TAKEN: Final = frozenset({"new", "versions", "questions", "certifications"})
MOST_MONTHS: Final = 120


class BadCode(DaybookError):
    code = "bad_code"
    status = 400
    template = N_("“%(code)s” is no code for a test: use small letters, digits and hyphens, such as writing-vi.")


class CodeInUse(DaybookError):
    code = "code_in_use"
    template = N_("There is a test “%(code)s” already. Choose another code.")


class Retired(DaybookError):
    code = "retired"
    template = N_("This test is withdrawn: nothing about it can be changed any more.")


@dataclass(frozen=True)
class TestValues:
    """What a manager says of a test.

    Attributes:
        title: what the certification is called.
        level: that it certifies, such as L2; empty for none.
        valid_months: how long a certification lasts; None for ever.

    """

    __test__ = False

    title: str
    level: str = ""
    valid_months: int | None = None

    def check(self) -> None:
        """Refuse what is out of bounds.

        Raises:
            Invalid: naming the field.

        """
        if not 1 <= len(self.title.strip()) <= 200:
            raise Invalid(field="title", problem="1 to 200 characters")
        if len(self.level) > 40:
            raise Invalid(field="level", problem="at most 40 characters")
        if self.valid_months is not None and not 1 <= self.valid_months <= MOST_MONTHS:
            raise Invalid(field="valid_months", problem=f"1 to {MOST_MONTHS}, or nothing for ever")


def create_test(actor: Actor, code: str, values: TestValues, *, now: datetime) -> SkillTest:
    """Make a test, without any version yet.

    Args:
        actor: who does it.
        code: short and stable, such as writing-vi.
        values: of the test.
        now: the instant.

    Raises:
        BadCode: the code is none.
        CodeInUse: there is such a test.
        Invalid: naming the field.

    """
    if not CODE.fullmatch(code) or code in TAKEN:
        raise BadCode(code=code)
    values.check()
    if session().scalar(select(SkillTest.id).where(SkillTest.code == code)) is not None:
        raise CodeInUse(code=code)
    test = SkillTest(
        code=code, title=values.title.strip(), level=values.level.strip(), valid_months=values.valid_months,
        created_by=actor.id, created_at=now,
    )  # fmt: skip
    session().add(test)
    session().flush()
    audit.record(actor, "test.create", f"test:{code}", after=asdict(values), now=now)
    return test


def change_test(actor: Actor, test: SkillTest, values: TestValues, *, now: datetime) -> None:
    """Change what a test is called and certifies; what was granted before keeps its level and its days.

    Raises:
        Retired: it is withdrawn.
        Invalid: naming the field.

    """
    values.check()
    if test.retired_at is not None:
        raise Retired
    before = TestValues(test.title, test.level, test.valid_months)
    test.title, test.level, test.valid_months = values.title.strip(), values.level.strip(), values.valid_months
    session().flush()
    audit.record(actor, "test.change", f"test:{test.code}", before=asdict(before), after=asdict(values), now=now)


def retire(actor: Actor, test: SkillTest, reason: str, *, now: datetime) -> None:
    """Withdraw a test: nobody can begin it any more; attempts under way go on, and certifications hold.

    Raises:
        ReasonMissing: there is no reason.
        Retired: it is withdrawn already.

    """
    words = words_of(reason)
    session().refresh(test, with_for_update=True)
    if test.retired_at is not None:
        raise Retired
    test.retired_at = now
    session().flush()
    audit.record(actor, "test.retire", f"test:{test.code}", reason=words, now=now)
