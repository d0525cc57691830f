"""Who may do what: one table from role to permissions, and the mark that every view wears.

A permission is named area:thing:action. A view without one is refused to everybody, and a test walks every route.
"""

from collections.abc import Callable
from typing import Final, TypeVar

PUBLIC: Final = "public"  # anybody, signed in or not
SIGNED_IN: Final = "account:self:read"  # anybody who is signed in

ROLES: Final[dict[str, frozenset[str]]] = {
    "worker": frozenset({
        SIGNED_IN,
        "me:earnings:read",
    }),
    "manager": frozenset({
        SIGNED_IN,
        "imports:files:write",
        "projects:throughput:read",
    }),
    "finance": frozenset({
        SIGNED_IN,
        "payroll:runs:approve",
        "payroll:runs:export",
        "payroll:runs:read",
        "payroll:runs:release",
        "payroll:exceptions:resolve",
    }),
    "admin": frozenset({
        SIGNED_IN,
        "audit:events:read",
        "imports:files:write",
        "jobs:runs:read",
        "payroll:runs:read",
        "projects:throughput:read",
    }),
}  # fmt: skip

View = TypeVar("View", bound=Callable[..., object])


def requires(permission: str) -> Callable[[View], View]:
    """Mark a view with the permission that it needs."""

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def permissions_of(roles: list[str]) -> frozenset[str]:
    """Give all that a person with these roles may do."""
    return frozenset[str]().union(*(ROLES.get(role, frozenset()) for role in roles))
