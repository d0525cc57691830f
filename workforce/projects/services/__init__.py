"""What is done with projects."""

from workforce.projects.services.guidelines import GuidelinesDiffer, GuidelinesOld, acknowledge, publish_guideline
from workforce.projects.services.kinds import KINDS
from workforce.projects.services.lifecycle import Details, Undescribed, create_project, edit_project, revive
from workforce.projects.services.members import LastManager, WrongRole, add_member, remove_member, require_tests
from workforce.projects.services.names import suggest_code
from workforce.projects.services.states import Moved, change_state

__all__ = [
    "KINDS",
    "Details",
    "GuidelinesDiffer",
    "GuidelinesOld",
    "LastManager",
    "Moved",
    "Undescribed",
    "WrongRole",
    "acknowledge",
    "add_member",
    "change_state",
    "create_project",
    "edit_project",
    "publish_guideline",
    "remove_member",
    "require_tests",
    "revive",
    "suggest_code",
]
