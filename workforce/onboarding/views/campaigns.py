"""Campaigns: make a code, copy its link, see who came by it."""

from typing import Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from i18n.locale import N_, translate
from workforce.core import clock, mail
from workforce.core.errors import DaybookError
from workforce.core.http import current_actor
from workforce.core.pages import number_asked
from workforce.core.permissions import requires
from workforce.onboarding.forms import CHANNEL_WORDS, CampaignForm
from workforce.onboarding.queries.applications import campaigns
from workforce.onboarding.queries.funnel import campaign_counts
from workforce.onboarding.services.campaigns import create_campaign

blueprint = Blueprint("campaigns", __name__, template_folder="../templates")
WRITE: Final = "onboarding:campaigns:write"
PAGE: Final = 50


@blueprint.get("/manage/campaigns")
@requires(WRITE)
def listing() -> ResponseReturnValue:
    """List the campaigns beside the form for a new one."""
    form = CampaignForm(formdata=None)
    form.offer()
    return _page(form)


@blueprint.post("/manage/campaigns")
@requires(WRITE)
def create() -> ResponseReturnValue:
    """Create a campaign."""
    form = CampaignForm()
    form.offer()
    if not form.validate_on_submit():
        return _page(form), 400
    try:
        made = create_campaign(
            current_actor(), form.code.data, channel=form.channel.data, note=form.note.data or "", now=clock.now()
        )
    except DaybookError as problem:
        form.code.errors = [problem.message()]
        return _page(form), problem.status
    flash(translate(N_("The campaign %(code)s is made. Its link is in the list."), code=made.code), "success")
    return redirect(url_for("campaigns.listing"))


def _page(form: CampaignForm) -> str:
    found = campaigns()
    start = number_asked("start")
    page = found[start : start + PAGE]
    return render_template(
        "onboarding/campaigns.html", form=form, campaigns=page, counts=campaign_counts([one.id for one in page]),
        start=start, size=PAGE, count=len(found), link=mail.address("/apply?c="),
        channels={code: translate(word) for code, word in CHANNEL_WORDS.items()},
    )  # fmt: skip
