"""What people are told about projects."""

from typing import Final

from i18n.locale import N_
from workforce.notifications.services import Kind, add_kind

KINDS: Final = (
    Kind(
        "guideline.new",
        N_("New guidelines for %(project)s"),
        N_("The guidelines of %(project)s have a new version, number %(number)s. Please read it and confirm that you"
           " have, before you go on."),
        crowd=True,
    ),
    Kind(
        "project.paused",
        N_("%(project)s is paused"),
        N_("%(project)s is paused: nobody can join or take a new task for now. Finish what you have begun; everything"
           " that you have handed in or will hand in is reviewed and paid as before.\n\nWhy: %(reason)s"),
        crowd=True,
    ),
    Kind(
        "project.opened",
        N_("%(project)s goes on"),
        N_("%(project)s is open again: there are tasks to take."),
        crowd=True,
    ),
    Kind(
        "project.closed",
        N_("%(project)s is closed"),
        N_("%(project)s is closed for good: nobody can take a new task. Finish what you have begun; everything that you"
           " have handed in or will hand in is reviewed and paid as before.\n\nWhy: %(reason)s"),
        crowd=True,
    ),
    Kind(
        "project.member",
        N_("You are now a member of %(project)s"),
        N_("You were added to the project %(project)s, as its manager or as one of its reviewers.\n\nWhy: %(reason)s"),
    ),
    Kind(
        "participation.removed",
        N_("You were taken off %(project)s"),
        N_("You can take no more tasks of %(project)s. What you have handed in is reviewed and paid.\n\n"
           "Why: %(reason)s"),
    ),
)  # fmt: skip

for _kind in KINDS:
    add_kind(_kind)
