"""A code name is suggested."""

from random import Random

from sqlalchemy import select

from workforce.core.db import session
from workforce.projects.models import Customer, Project
from workforce.projects.rules import suggestions


def suggest_code(*, customer: str = "", chance: Random | None = None, besides: str = "") -> str:
    """Suggest a code name that no project has, and that is near to no customer's name.

    Args:
        customer: who the new project is for, where that is known already.
        chance: decides which; every call gives another one by default.
        besides: one that was suggested before, and is not wanted.

    """
    taken = [*session().scalars(select(Project.code)), besides]
    customers = [*session().scalars(select(Customer.name)), customer]
    return next(suggestions(taken, customers, chance or Random()))  # noqa: S311 -- a name, not a secret
