"""Pages of tests: for those who take them, who grade them, and who write them."""

from flask import Flask

from i18n.locale import N_
from workforce.core.pages import Item, add_menu
from workforce.skills.services.appeals import add_appeals
from workforce.skills.views import certifications, grade, manage, me, questions, versions

# Pages of one blueprint, in several files.
MANAGING = (manage, versions, questions, certifications)


def init_app(app: Flask) -> None:
    """Add the pages, and what becomes of appeals against results."""
    for blueprint in (me.blueprint, grade.blueprint, manage.blueprint):
        app.register_blueprint(blueprint)
    add_appeals()
    add_menu(Item("taking.listing", N_("Tests"), me.TAKE, 20, landing=True))
    add_menu(Item("grading.queue", N_("Grading"), grade.GRADE, 45, landing=True))
    add_menu(Item("tests.mine", N_("Certifications"), me.TAKE, 21))
    add_menu(Item("tests.listing", N_("Tests"), manage.READ, 55))
