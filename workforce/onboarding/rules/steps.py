"""The steps to acceptance, computed from what is known of an applicant; none of them is stored.

A feature further up adds a step with `add_steps`, such as a payout method.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from i18n.locale import N_, translate


@dataclass(frozen=True)
class Exam:
    """A skills test as an applicant meets it.

    Attributes:
        code: of the test.
        title: what it certifies.
        state: todo, waiting (written answers are being graded), done (certified) or failed.

    """

    code: str
    title: str
    state: str


@dataclass(frozen=True)
class Facts:
    """What is known of an applicant.

    Attributes:
        user_id: whose.
        state: of the application.
        confirmed: was the address confirmed?
        required: the tests that the wished project needs.
        taken: other tests that were begun.
        identity: waiting, approved, refused, or empty where nothing was handed in.
        identity_reason: why it was refused.
        taxed: was the tax form signed?
        matches: how many signs of a second application there are.

    """

    user_id: int
    state: str
    confirmed: bool
    required: Sequence[Exam] = ()
    taken: Sequence[Exam] = ()
    identity: str = ""
    identity_reason: str = ""
    taxed: bool = False
    matches: int = 0


@dataclass(frozen=True)
class Step:
    """Something that must be done before acceptance.

    Attributes:
        code: stable, such as identity.
        label: marked for translation.
        state: todo, waiting (for other people), done or failed.
        page: where it is done: an endpoint, or a path.
        action: what the button says, marked for translation.
        takes: how long it takes her, marked for translation.
        waits: the kind of waiting whose true length is known: identity, grading or decision.
        params: what label and action are filled with.
        reason: why it failed, in a person's words.

    """

    code: str
    label: str
    state: str
    page: str
    action: str
    takes: str = ""
    waits: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""

    def words(self) -> str:
        """Give the label in the reader's language."""
        return translate(self.label, **self.params)


_TEST_TAKES: Final = N_("up to an hour; the test says its time before it starts")
Steps = Callable[[Facts], Sequence[Step]]


def _email(facts: Facts) -> Sequence[Step]:
    state = "done" if facts.confirmed else "todo"
    return [Step("email", N_("Confirm your email address"), state, "", "", N_("a minute"))]


def _tests(facts: Facts) -> Sequence[Step]:
    if facts.required:
        return [
            Step(
                f"test:{one.code}", N_("Pass the test “%(title)s”"), one.state, f"/me/tests/{one.code}",
                N_("Take the test “%(title)s”"), _TEST_TAKES, "grading",
                {"title": one.title},
            )
            for one in facts.required
        ]  # fmt: skip
    states = {one.state for one in facts.taken}
    state = "done" if "done" in states else "waiting" if "waiting" in states else "todo"
    return [
        Step("test", N_("Pass a test of your choice"), state, "/me/tests", N_("Choose a test"), _TEST_TAKES, "grading")
    ]


def _identity(facts: Facts) -> Sequence[Step]:
    state = {"": "todo", "waiting": "waiting", "approved": "done", "refused": "failed"}[facts.identity]
    return [
        Step(
            "identity", N_("Show who you are"), state, "onboarding.identity", N_("Show who you are"),
            N_("about five minutes"), "identity", reason=facts.identity_reason,
        )
    ]  # fmt: skip


def _tax(facts: Facts) -> Sequence[Step]:
    state = "done" if facts.taxed else "todo"
    return [
        Step("tax", N_("Sign your tax form"), state, "onboarding.tax", N_("Fill in the tax form"), N_("five minutes"))
    ]


_providers: Final[dict[str, Steps]] = {"email": _email, "tests": _tests, "identity": _identity, "tax": _tax}


def add_steps(name: str, steps: Steps) -> None:
    """Add steps behind those that are there, once however often an application is made."""
    _providers[name] = steps


def steps_of(facts: Facts) -> list[Step]:
    """Give all steps of an applicant in order."""
    return [step for provider in _providers.values() for step in provider(facts)]


def next_step(steps: Sequence[Step]) -> Step | None:
    """Give what she can do now: the first step that is neither done nor waiting for others."""
    return next((one for one in steps if one.state in {"todo", "failed"}), None)


def undone(steps: Sequence[Step]) -> list[Step]:
    """Give those that are left to do or to wait for."""
    return [one for one in steps if one.state != "done"]


_ESTIMATES: Final = {
    "identity": N_("about two working days"),
    "grading": N_("about three working days"),
    "decision": N_("about two working days"),
}
_DAY: Final = timedelta(days=1)


def wait_words(kind: str, median: timedelta | None) -> tuple[str, int]:
    """Give how long people take for something, as a sentence part to be translated and the number in it.

    Args:
        kind: identity, grading or decision.
        median: what it took lately, or None where nobody was waited for.

    """
    if median is None:
        return _ESTIMATES[kind], 0
    minutes = -(-int(median.total_seconds()) // 60)
    if minutes <= 90:
        return N_("usually %(count)s min"), max(1, minutes)
    if median < 2 * _DAY:
        return N_("usually %(count)s h"), -(-minutes // 60)
    return N_("usually %(count)s days"), -(-minutes // 1440)
