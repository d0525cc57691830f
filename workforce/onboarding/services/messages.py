"""What applicants are told."""

from typing import Final

from i18n.locale import N_
from workforce.notifications.services import Kind, add_kind

KINDS: Final = (
    Kind(
        "application.accepted",
        N_("You are accepted"),
        N_(
            "Your application is accepted. You are worker %(worker)s now.\n\nWhat is next: look at the projects that"
            " are open to you, with what each pays, and join the one you like. Declining one costs you nothing."
        ),
        link="/me/projects",
    ),
    Kind(
        "application.declined",
        N_("Your application was declined"),
        N_(
            "We cannot accept your application. The reason: %(reason)s\n\nIf you think that something was overlooked,"
            " you can appeal until %(deadline)s. Somebody else then decides."
        ),
        link="/me/application",
    ),
    Kind(
        "application.identity_approved",
        N_("Your identity is confirmed"),
        N_("Your document was looked at and is in order. Your application's page says what is next."),
        link="/me/application",
    ),
    Kind(
        "application.identity_refused",
        N_("Please show your document again"),
        N_("Your document could not be accepted. The reason: %(reason)s\n\nYou can hand in another one at once."),
        link="/me/application/identity",
    ),
)


def add_kinds() -> None:
    """Make the kinds known."""
    for kind in KINDS:
        add_kind(kind)
