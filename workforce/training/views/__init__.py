"""Pages of training: a manager's and a worker's."""

from flask import Flask

from workforce.core.pages import add_panel
from workforce.training.views import manage, me


def init_app(app: Flask) -> None:
    """Add these pages, and what they add to a project's page."""
    app.register_blueprint(manage.blueprint)
    app.register_blueprint(me.blueprint)
    add_panel("me.project", "training", me.panel, order=20)
    add_panel("manager.project", "training", manage.panel, order=40)
