"""Who runs a project and reviews its work, and which tests it asks for."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select

from i18n.locale import N_
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.checks import checked_reason
from workforce.core.db import session
from workforce.core.errors import DaybookError, Invalid, NotFound
from workforce.identity.models import User
from workforce.identity.queries import user_by_email
from workforce.notifications.services import notify
from workforce.projects.models import Project, ProjectMember, Requirement
from workforce.projects.services.lifecycle import locked
from workforce.skills.models import SkillTest

PARTS = ("manager", "reviewer")
# Roles of an account that let it take part so.
ROLES = {"manager": frozenset({"manager", "admin"}), "reviewer": frozenset({"reviewer"})}


class LastManager(DaybookError):
    code = "last_manager"
    template = N_("%(email)s is the last manager of %(project)s. Add another one first.")


class WrongRole(DaybookError):
    code = "wrong_role"
    template = N_("%(email)s does not have the role %(role)s. An admin grants it.")


def add_member(actor: Actor, project: Project, email: str, *, part: str, reason: str, now: datetime) -> bool:
    """Make somebody a manager or a reviewer of a project, and tell her.

    Args:
        actor: who does it.
        project: of hers.
        email: of an account that has the role.
        part: manager or reviewer.
        reason: why.
        now: the instant.

    Returns:
        True if she was not one.

    Raises:
        NotFound: the project is not hers, or there is no such account.
        WrongRole: the account does not have the role.
        Invalid: naming the field.

    """
    locked(actor, project)
    _check_part(part)
    why = checked_reason(reason)
    user = user_by_email(email)
    if not ROLES[part] & {role.name for role in user.roles}:
        raise WrongRole(email=user.email, role=part)
    if session().get(ProjectMember, (project.id, user.id, part)) is not None:
        return False
    session().add(ProjectMember(project_id=project.id, user_id=user.id, part=part, since=now, added_by=actor.id))
    session().flush()
    after = {"user_id": user.id, "part": part}
    audit.record(actor, "project.member.add", f"project:{project.code}", after=after, reason=why, now=now)
    link = f"/manage/projects/{project.code}" if part == "manager" else ""
    notify(user.id, "project.member", now=now, link=link, project=project.code, reason=why)
    return True


def remove_member(actor: Actor, project: Project, user_id: int, *, part: str, reason: str, now: datetime) -> None:
    """Take somebody off a project's managers or reviewers.

    Args:
        actor: who does it.
        project: of hers.
        user_id: of the account.
        part: manager or reviewer.
        reason: why.
        now: the instant.

    Raises:
        NotFound: the project is not hers, or she is not one of them.
        LastManager: nobody would be left to run it.
        Invalid: naming the field.

    """
    locked(actor, project)
    _check_part(part)
    why = checked_reason(reason)
    found = session().get(ProjectMember, (project.id, user_id, part), populate_existing=True)
    user = session().get(User, user_id)
    if found is None or user is None:
        raise NotFound(thing=part, name=user_id)
    if part == "manager" and _managers(project.id) == 1:
        raise LastManager(email=user.email, project=project.code)
    session().delete(found)
    session().flush()
    before = {"user_id": user_id, "part": part}
    audit.record(actor, "project.member.remove", f"project:{project.code}", before=before, reason=why, now=now)


def require_tests(actor: Actor, project: Project, test_ids: Collection[int], *, now: datetime) -> bool:
    """Say which tests must be certified before somebody joins. Whoever takes part already goes on.

    Args:
        actor: who does it.
        project: of hers.
        test_ids: all of them.
        now: the instant.

    Returns:
        True if anything was changed.

    Raises:
        NotFound: the project is not hers, or there is no such test.

    """
    locked(actor, project)
    wanted = set(test_ids)
    known = dict(session().execute(select(SkillTest.id, SkillTest.code)).all())
    for test_id in sorted(wanted - known.keys()):
        raise NotFound(thing="test", name=test_id)
    before = set(session().scalars(select(Requirement.test_id).where(Requirement.project_id == project.id)))
    if wanted == before:
        return False
    session().execute(
        delete(Requirement).where(Requirement.project_id == project.id, Requirement.test_id.in_(before - wanted))
    )
    session().add_all([Requirement(project_id=project.id, test_id=test_id) for test_id in sorted(wanted - before)])
    session().flush()
    audit.record(
        actor, "project.require", f"project:{project.code}", now=now,
        before={"tests": sorted(known[one] for one in before)}, after={"tests": sorted(known[one] for one in wanted)},
    )  # fmt: skip
    return True


def _managers(project_id: int) -> int:
    query = select(func.count()).where(ProjectMember.project_id == project_id, ProjectMember.part == "manager")
    return session().scalars(query).one()


def _check_part(part: str) -> None:
    if part not in PARTS:
        raise Invalid(field="part", problem=f"{part!r} is none of {', '.join(PARTS)}")
