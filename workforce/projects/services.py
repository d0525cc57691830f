"""What is done with projects."""

import re
from datetime import datetime

from sqlalchemy import select

from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import InUse, Invalid
from workforce.projects.models import Customer, Project

CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,39}")


def create_project(actor: Actor, code: str, *, customer: str, now: datetime) -> Project:
    """Create a project under a code name, and its customer where the name is new.

    Args:
        actor: who does it.
        code: the code name: capitals, digits, hyphens.
        customer: the customer's real name.
        now: the instant.

    Raises:
        Invalid: naming the field.
        InUse: the code name is taken.

    """
    name = customer.strip()
    if not CODE.fullmatch(code):
        raise Invalid(
            field="code", problem=f"{code!r} must be capitals, digits and hyphens, at most 40, such as FALCON"
        )
    if not name or len(name) > 200:
        raise Invalid(field="customer", problem="must have 1 to 200 characters")
    if name.casefold() == code.casefold():
        raise Invalid(field="code", problem="a code name must not tell who the customer is")
    if session().scalar(select(Project.id).where(Project.code == code)) is not None:
        raise InUse(name=code)
    found = session().scalar(select(Customer).where(Customer.name == name))
    if found is None:
        found = Customer(name=name)
        session().add(found)
        session().flush()
    project = Project(code=code, customer_id=found.id)
    session().add(project)
    session().flush()
    # The log names the customer by number: who may read the log need not be who may read the name.
    audit.record(actor, "project.create", f"project:{code}", after={"customer_id": found.id}, now=now)
    return project
