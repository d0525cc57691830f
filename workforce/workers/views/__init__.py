"""Pages of workers' profiles: a worker's own, and those of the people who look after them."""

from flask import Flask

from i18n.locale import N_
from workforce.core.http import limit_money
from workforce.core.pages import Item, add_menu
from workforce.workers.views import me, readers, staff
from workforce.workers.views.readers import reader_locale, reader_timezone

__all__ = ["init_app", "reader_locale", "reader_timezone", "readers"]


def init_app(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(me.blueprint)
    app.register_blueprint(staff.blueprint)
    for endpoint in ("workers.change", "workers.answer", "workers.link"):
        limit_money(endpoint)
    add_menu(Item("workers.listing", N_("Workers"), staff.READ, 42))
    add_menu(Item("my_profile.show", N_("Profile"), me.READ, 39))
