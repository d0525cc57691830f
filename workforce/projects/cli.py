"""`daybook projects`."""

import click

from workforce.core import clock
from workforce.core.auth import SYSTEM
from workforce.core.commands import Result, command
from workforce.core.db import transaction
from workforce.projects.queries import projects as all_projects
from workforce.projects.services import create_project

projects = click.Group("projects", help="Projects, by code name.")


@command(projects, "create")
@click.argument("code")
@click.option("--customer", required=True, help="The customer's real name; workers never see it.")
def create(code: str, customer: str) -> Result:
    """Create the project CODE."""
    with transaction():
        create_project(SYSTEM, code, customer=customer, now=clock.now())
    return Result({"code": code, "customer": customer}, [f"{code} created"])


@command(projects, "list")
def list_projects() -> Result:
    """List the projects."""
    with transaction():
        codes = [project.code for project in all_projects()]
    return Result({"projects": [{"code": code} for code in codes]}, codes)
