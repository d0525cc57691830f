"""What people are told about their results and certifications."""

from typing import Final

from i18n.locale import N_
from workforce.notifications.services import Kind, add_kind

TESTS: Final = "/me/tests"
CERTIFICATIONS: Final = "/me/certifications"

KINDS: Final = (
    Kind(
        "test.passed",
        N_("You passed: %(test)s"),
        N_(
            "You passed “%(test)s” and are certified in “%(certification)s”. Your points, by question, are on the page."
        ),
        TESTS,
    ),
    Kind(
        "test.failed",
        N_("Not passed this time: %(test)s"),
        N_(
            "Your result in “%(test)s” was not enough this time. The page shows your points by question, what was"
            " short, when you can try again, and how to appeal."
        ),
        TESTS,
    ),
    Kind(
        "test.now_passed",
        N_("Your result was corrected, and you passed: %(test)s"),
        N_(
            "Your result in “%(test)s” was looked at again and corrected: you have passed, and are certified in"
            " “%(certification)s”. %(reason)s"
        ),
        TESTS,
    ),
    Kind(
        "test.no_longer_passed",
        N_("Your result was corrected: %(test)s"),
        N_(
            "Your result in “%(test)s” was looked at again and corrected, and is no longer enough to pass. What"
            " rested on it alone is revoked from now on, in “%(certification)s”. Work that you have claimed"
            " already keeps its price and can be finished. You can appeal on the page. %(reason)s"
        ),
        TESTS,
    ),
    Kind(
        "test.rescored",
        N_("Your points were corrected: %(test)s"),
        N_(
            "A mistake of ours in “%(test)s” was corrected, and your points changed with it. Whether you passed"
            " has not changed. %(reason)s"
        ),
        TESTS,
        crowd=True,
    ),
    Kind(
        "certification.granted",
        N_("You are certified: %(certification)s"),
        N_("You are certified in “%(certification)s”. %(reason)s"),
        CERTIFICATIONS,
    ),
    Kind(
        "certification.revoked",
        N_("Your certification was revoked: %(certification)s"),
        N_(
            "Your certification in “%(certification)s” is revoked from now on, for this reason: %(reason)s Work"
            " that you have claimed already keeps its price and can be finished."
        ),
        CERTIFICATIONS,
    ),
    Kind(
        "certification.lapses",
        N_("Your certification ends soon: %(certification)s"),
        N_(
            "Your certification in “%(certification)s” holds to the end of %(last)s. Take the test again before"
            " then, and it goes on without a gap."
        ),
        CERTIFICATIONS,
        crowd=True,
    ),
    Kind(
        "certification.lapsed",
        N_("Your certification has ended: %(certification)s"),
        N_(
            "Your certification in “%(certification)s” held to the end of %(last)s. Work that you have claimed"
            " already keeps its price. To take on more, take the test again."
        ),
        CERTIFICATIONS,
        crowd=True,
    ),
)

for kind in KINDS:
    add_kind(kind)
