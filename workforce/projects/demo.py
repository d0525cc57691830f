"""Demo: five projects for customers that nobody has."""

from typing import Final

from workforce.core.auth import SYSTEM
from workforce.core.demo import Demo, Progress, Step
from workforce.projects.services import create_project

PROJECTS: Final = {
    "FALCON": "Marlowe & Finch Assistants Inc.",
    "HERON": "Northlight Reasoning GmbH",
    "LYNX": "Brightwater Imaging Ltd",
    "OTTER": "Marlowe & Finch Assistants Inc.",
    "TAPIR": "Quillstone Publishing House",
}


def _make(demo: Demo, progress: Progress) -> None:
    for number, (code, customer) in enumerate(PROJECTS.items(), 1):
        create_project(SYSTEM, code, customer=customer, now=demo.start)
        progress(number, len(PROJECTS))


STEP = Step("projects", _make)
