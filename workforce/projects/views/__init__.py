"""The pages of projects, for those who run them and for those who do them."""

from flask import Flask

from i18n.locale import N_
from workforce.core.pages import Item, add_menu
from workforce.projects.views import manage, me, people

__all__ = ["init_app", "people"]


def init_app(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(manage.blueprint)
    app.register_blueprint(me.blueprint)
    add_menu(Item("openings.listing", N_("Projects"), "me:application:write", 20))
