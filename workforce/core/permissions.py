"""Who may do what: one table from role to permissions, and the mark that every view wears.

A permission is named area:thing:action. A view without one is refused to everybody, and a test walks every route.
"""

from collections.abc import Callable
from typing import Final, TypeVar

PUBLIC: Final = "public"  # anybody, signed in or not
SIGNED_IN: Final = "account:self:read"  # anybody who is signed in

ROLES: Final[dict[str, frozenset[str]]] = {
    "applicant": frozenset({
        SIGNED_IN,
        "me:application:write",
        "me:tests:take",
    }),
    "worker": frozenset({
        SIGNED_IN,
        "me:application:write",
        "me:earnings:read",
        "me:offers:answer",
        "me:profile:read",
        "me:projects:join",
        "me:tests:take",
        "me:training:take",
    }),
    # Grades written answers without learning whose they are.
    "reviewer": frozenset({
        SIGNED_IN,
        "skills:answers:grade",
    }),
    # Decides on applications; sees names, and therefore grades nothing.
    "recruiter": frozenset({
        SIGNED_IN,
        "onboarding:applications:decide",
        "onboarding:campaigns:write",
        "onboarding:funnel:read",
        "onboarding:identity:review",
    }),
    # On projects of her own (see projects.queries.managed).
    "manager": frozenset({
        SIGNED_IN,
        "appeals:cases:decide",
        "imports:files:write",
        "onboarding:funnel:read",
        "projects:customer:read",
        "projects:members:write",
        "projects:project:write",
        "projects:throughput:read",
        "rates:cards:read",
        "rates:cards:write",
        "rates:offers:approve",
        "rates:offers:propose",
        "skills:certifications:grant",
        "skills:statistics:read",
        "skills:tests:write",
        "training:courses:write",
    }),
    "finance": frozenset({
        SIGNED_IN,
        "onboarding:tax:read",
        "payroll:exceptions:resolve",
        "payroll:fx:confirm",
        "payroll:fx:propose",
        "payroll:fx:read",
        "payroll:payouts:approve",
        "payroll:payouts:propose",
        "payroll:runs:approve",
        "payroll:runs:export",
        "payroll:runs:read",
        "payroll:runs:release",
        "rates:cards:read",
        "rates:floors:read",
        "rates:offers:approve",
        "workers:profile:change",
        "workers:profile:read",
    }),
    "admin": frozenset({
        SIGNED_IN,
        "appeals:cases:decide",
        "audit:events:read",
        "identity:accounts:read",
        "identity:roles:grant",
        "imports:files:write",
        "jobs:runs:read",
        "onboarding:campaigns:write",
        "onboarding:funnel:read",
        "payroll:fx:read",
        "payroll:runs:read",
        "projects:all:manage",
        "projects:customer:read",
        "projects:members:write",
        "projects:project:write",
        "projects:throughput:read",
        "rates:cards:read",
        "rates:floors:read",
        "skills:certifications:grant",
        "skills:statistics:read",
        "workers:accounts:link",
        "workers:profile:change",
        "workers:profile:read",
    }),
}  # fmt: skip
# Whoever has one of these roles sees no page before a second factor is set up.
SECOND_FACTOR: Final = frozenset({"recruiter", "manager", "finance", "admin"})

View = TypeVar("View", bound=Callable[..., object])


def requires(permission: str) -> Callable[[View], View]:
    """Mark a view with the permission that it needs."""

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def fresh(view: View) -> View:
    """Mark a view that is refused unless its reader has shown within the last minutes who she is."""
    view.fresh = True  # type: ignore[attr-defined]
    return view


def permissions_of(roles: list[str]) -> frozenset[str]:
    """Give all that a person with these roles may do."""
    return frozenset[str]().union(*(ROLES.get(role, frozenset()) for role in roles))
