"""Pages of messages and of mail, and what other pages show of them."""

from flask import Flask

from workforce.core import mail as outbox
from workforce.core import news
from workforce.core.pages import add_panel
from workforce.notifications.services import add_kind, notify
from workforce.notifications.services.registry import OF_ACCOUNTS
from workforce.notifications.views import mail, messages


def init_app(app: Flask) -> None:
    """Add these pages, the kinds of messages about accounts, and the count of unread messages to every page."""
    outbox.set_address(app.config["DAYBOOK"].url)
    news.set_teller(notify)
    for kind in OF_ACCOUNTS:
        add_kind(kind)
    app.register_blueprint(messages.blueprint)
    app.register_blueprint(mail.blueprint)
    add_panel("header", "messages", messages.header, order=10)
