"""Who may do what: roles are given and taken away, accounts shut and opened, with a reason, by somebody else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from i18n.locale import N_
from workforce.core import audit, news
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError, Forbidden, NotFound
from workforce.core.permissions import ROLES, SECOND_FACTOR
from workforce.identity.models import Role, User, user_role
from workforce.identity.services.accounts import roles_given, set_active
from workforce.identity.services.sessions import end_sessions

GRANT: Final = "identity:roles:grant"
SHORTEST: Final = 10
LONGEST: Final = 1_000
ROLE_WORDS: Final[Mapping[str, str]] = {
    "applicant": N_("Applicant"),
    "worker": N_("Worker"),
    "reviewer": N_("Reviewer"),
    "recruiter": N_("Recruiter"),
    "manager": N_("Manager"),
    "finance": N_("Finance"),
    "admin": N_("Administrator"),
}
# Who grades must not know whose answers they are, and a recruiter knows everybody's name.
APART: Final = (frozenset({"reviewer", "recruiter"}),)


class OwnAccount(DaybookError):
    code = "own_account"
    status = 403
    template = N_("Nobody changes her own roles or shuts her own account. Ask another administrator.")


class NoReason(DaybookError):
    code = "no_reason"
    status = 400
    template = N_("Say why, in %(least)s to %(most)s characters. It is kept, and the person reads it.")


class LastAdmin(DaybookError):
    code = "last_admin"
    template = N_("This is the last administrator whose account is open. Make somebody else one first.")


class RoleUnchanged(DaybookError):
    code = "role_unchanged"
    template = N_("There was nothing to change: the roles of %(person)s are these already. Look at the page again.")


class RolesApart(DaybookError):
    code = "roles_apart"
    template = N_("One person cannot have both of these roles: %(roles)s. Who grades must not know whose work it is.")


class AccountUnchanged(DaybookError):
    code = "account_unchanged"
    template = N_("There was nothing to change: somebody has shut or opened the account of %(person)s already.")


class NoSuchRole(DaybookError):
    code = "no_such_role"
    status = 400
    template = N_("Choose one of the roles that there are.")


def grant_role(actor: Actor, user_id: int, role: str, *, reason: str, now: datetime) -> User:
    """Give somebody a role, and tell her.

    A role that needs a second factor is given whether she has one or not; she sees no page before she sets one up. Her
    sessions end with it, since those of such roles are shorter.

    Args:
        actor: somebody else, with identity:roles:grant.
        user_id: whose role.
        role: one of core.permissions.ROLES.
        reason: why, of 10 to 1,000 characters.
        now: the instant.

    Raises:
        Forbidden, OwnAccount: the actor may not.
        NoReason, NoSuchRole, NotFound: something is missing.
        RoleUnchanged: she has it already.
        RolesApart: it does not go together with one that she has.

    """
    user, why = _begin(actor, user_id, reason)
    before = _names(user)
    if role not in ROLES:
        raise NoSuchRole
    if role in before:
        raise RoleUnchanged(person=user.email)
    for apart in APART:
        if role in apart and apart & set(before):
            raise RolesApart(roles=", ".join(sorted(apart)))
    user.roles.append(session().scalars(select(Role).where(Role.name == role)).one())
    strong = role in SECOND_FACTOR
    if strong:
        end_sessions(actor, user, now=now)
    session().flush()
    _record(actor, "role.grant", user, before, why, now)
    roles_given(actor, user, now=now)
    kind = "role_granted" if not strong or user.has_second_factor else "role_needs_second_factor"
    news.tell(user.id, f"security.{kind}", now=now, by=actor.email, role=news.term(ROLE_WORDS[role]), reason=why)
    return user


def revoke_role(actor: Actor, user_id: int, role: str, *, reason: str, now: datetime) -> User:
    """Take a role away from somebody, end her sessions, and tell her.

    Args:
        actor: somebody else, with identity:roles:grant.
        user_id: whose role.
        role: one that she has.
        reason: why, of 10 to 1,000 characters.
        now: the instant.

    Raises:
        Forbidden, OwnAccount: the actor may not.
        NoReason, NoSuchRole, NotFound: something is missing.
        RoleUnchanged: she does not have it.
        LastAdmin: nobody would be left to give roles.

    """
    user, why = _begin(actor, user_id, reason)
    before = _names(user)
    if role not in ROLES:
        raise NoSuchRole
    if role not in before:
        raise RoleUnchanged(person=user.email)
    if role == "admin" and user.active:
        _another_admin(user)
    user.roles = [one for one in user.roles if one.name != role]
    end_sessions(actor, user, now=now)
    session().flush()
    _record(actor, "role.revoke", user, before, why, now)
    news.tell(user.id, "security.role_revoked", now=now, by=actor.email, role=news.term(ROLE_WORDS[role]), reason=why)
    return user


def shut(actor: Actor, user_id: int, *, reason: str, now: datetime) -> User:
    """Shut somebody's account, end her sessions, and tell her.

    Args:
        actor: somebody else, with identity:roles:grant.
        user_id: whose account.
        reason: why, of 10 to 1,000 characters.
        now: the instant.

    Raises:
        Forbidden, OwnAccount: the actor may not.
        NoReason, NotFound: something is missing.
        AccountUnchanged: it is shut already.
        LastAdmin: nobody would be left to give roles.

    """
    user, why = _begin(actor, user_id, reason)
    if not user.active:
        raise AccountUnchanged(person=user.email)
    if "admin" in _names(user):
        _another_admin(user)
    set_active(actor, user, active=False, reason=why, now=now)
    news.tell(user.id, "security.account_shut", now=now, by=actor.email, reason=why)
    return user


def reopen(actor: Actor, user_id: int, *, reason: str, now: datetime) -> User:
    """Open somebody's account again, and tell her.

    Args:
        actor: somebody else, with identity:roles:grant.
        user_id: whose account.
        reason: why, of 10 to 1,000 characters.
        now: the instant.

    Raises:
        Forbidden, OwnAccount: the actor may not.
        NoReason, NotFound: something is missing.
        AccountUnchanged: it is open already.

    """
    user, why = _begin(actor, user_id, reason)
    if user.active:
        raise AccountUnchanged(person=user.email)
    set_active(actor, user, active=True, reason=why, now=now)
    news.tell(user.id, "security.account_reopened", now=now, by=actor.email, reason=why)
    return user


def _begin(actor: Actor, user_id: int, reason: str) -> tuple[User, str]:
    """Refuse who may not, and give the account, locked with the roles of all administrators."""
    actor.must(GRANT)
    why = reason.strip()
    if not SHORTEST <= len(why) <= LONGEST:
        raise NoReason(least=SHORTEST, most=f"{LONGEST:,}")
    if actor.id == user_id:
        raise OwnAccount
    # Two administrators who take the role from each other wait for one another here, and the second one sees the first.
    session().execute(select(Role.id).where(Role.name == "admin").with_for_update())
    query = select(User).where(User.id == user_id).with_for_update(of=User)
    user = session().scalar(query, execution_options={"populate_existing": True})
    if user is None:
        raise NotFound(thing="user", name=user_id)
    # Whoever acts may have lost the right while she waited for the lock.
    acting = session().get(User, actor.id, populate_existing=True) if actor.id is not None else None
    if acting is not None and not (acting.active and acting.actor.may(GRANT)):
        raise Forbidden(permission=GRANT)
    return user, why


def _another_admin(user: User) -> None:
    query = (
        select(func.count())
        .select_from(user_role)
        .join(Role, Role.id == user_role.c.role_id)
        .join(User, User.id == user_role.c.user_id)
        .where(Role.name == "admin", User.active, User.id != user.id)
    )
    if not session().scalar(query):
        raise LastAdmin


def _names(user: User) -> list[str]:
    return sorted(role.name for role in user.roles)


def _record(actor: Actor, action: str, user: User, before: list[str], reason: str, now: datetime) -> None:
    audit.record(
        actor, action, f"user:{user.email}", before={"roles": ", ".join(before)},
        after={"roles": ", ".join(_names(user))}, reason=reason, now=now,
    )  # fmt: skip
