"""The pages of rates and offers, for those who make them and for those whom they concern."""

from flask import Flask

from i18n.locale import N_
from workforce.core.pages import Item, add_menu
from workforce.rates.views import cards, me, offers


def init_app(app: Flask) -> None:
    """Add these pages."""
    for blueprint in (cards.blueprint, offers.blueprint, me.blueprint):
        app.register_blueprint(blueprint)
    add_menu(Item("offers.approvals", N_("Offers to approve"), "rates:offers:approve", 54))
    add_menu(Item("my_rates.listing", N_("Rates"), "me:projects:join", 22))
    add_menu(Item("my_rates.offers", N_("Offers"), "me:offers:answer", 23))
