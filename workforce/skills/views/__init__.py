"""Pages of tests: for those who take them, who grade them, and who write them."""

from flask import Flask

from i18n.locale import N_
from workforce.appeals.services import Handler, add_handler
from workforce.core.pages import Item, add_menu
from workforce.skills.services import appeals
from workforce.skills.views import certifications, evidence, grade, manage, me, questions, versions

# Pages of one blueprint, in several files.
MANAGING = (manage, versions, questions, certifications)


def init_app(app: Flask) -> None:
    """Add the pages, and what becomes of appeals against results."""
    for blueprint in (me.blueprint, grade.blueprint, manage.blueprint):
        app.register_blueprint(blueprint)
    add_handler(
        appeals.KIND,
        Handler(
            label=N_("Result of a skills test"), evidence=evidence.of_attempt, granted=appeals.granted,
            page=lambda appeal: f"/manage/attempts/{appeal.subject_id}",
            own_page=lambda appeal: f"/me/tests/attempts/{appeal.subject_id}",
        ),
    )  # fmt: skip
    add_menu(Item("taking.listing", N_("Tests"), me.TAKE, 20, landing=True))
    add_menu(Item("grading.queue", N_("Grading"), grade.GRADE, 45, landing=True))
    add_menu(Item("tests.mine", N_("Certifications"), me.TAKE, 21))
    add_menu(Item("tests.listing", N_("Tests"), manage.READ, 55))
