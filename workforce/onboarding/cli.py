"""`daybook applications` and `daybook campaigns`."""

from pathlib import Path

import click

from i18n.locale import LOCALES
from workforce.core import clock, mail
from workforce.core.auth import SYSTEM
from workforce.core.commands import Result, command, table
from workforce.core.db import transaction
from workforce.core.errors import Invalid
from workforce.identity.cli import AS, acting
from workforce.onboarding.queries.applications import campaigns as known_campaigns
from workforce.onboarding.queries.listing import WAITING, Row, Wanted, listed
from workforce.onboarding.rules.states import STATES
from workforce.onboarding.services import decide
from workforce.onboarding.services.campaigns import CHANNELS, create_campaign
from workforce.onboarding.services.terms import publish_terms

applications = click.Group("applications", help="People who want to work.")
campaigns = click.Group("campaigns", help="Where applicants come from.")


@command(applications, "list")
@click.option("--state", type=click.Choice([WAITING, *STATES, "all"]), default=WAITING, show_default=True)
@click.option("--country", default="", help="ISO 3166 code, such as VN.")
@click.option("--search", default="", help="Beginning of a name or an address.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def list_applications(state: str, country: str, search: str, limit: int) -> Result:
    """List applications; by default those that wait for a recruiter."""
    wanted = Wanted(state="" if state == "all" else state, country=country.upper(), search=search)
    with transaction():
        found, count = listed(wanted, start=0, limit=limit)
    shown = [
        [str(one.id), one.name, one.email, one.country, one.state, one.campaign or one.channel, ", ".join(one.flags)]
        for one in found
    ]
    columns = ["#id", "name", "e-mail", "country", "state", "source", "the same"]
    document = {"count": count, "applications": [_row(one) for one in found]}
    return Result(document, [table("Applications", columns, shown)])


def _row(one: Row) -> dict[str, object]:
    return {
        "id": one.id, "name": one.name, "email": one.email, "country": one.country, "state": one.state,
        "channel": one.channel, "campaign": one.campaign, "since": one.since.isoformat(), "same": list(one.flags),
        "document_waits": one.document,
    }  # fmt: skip


@command(applications, "decide")
@click.argument("application_id", type=click.IntRange(1, 2**63 - 1), metavar="ID")
@click.argument("verdict", type=click.Choice(["accept", "decline"]))
@click.option(
    "--reason", default="", help="The applicant reads it. Needed to decline, and to accept with steps undone."
)
@click.option("--group", default="", help="Pay group; by default the one that fits the country.")
@AS
def decide_application(application_id: int, verdict: str, reason: str, group: str, email: str) -> Result:
    """Accept or decline the application ID."""
    with transaction():
        actor = acting(email)
        if verdict == "accept":
            worker = decide.accept(actor, application_id, group=group, reason=reason, now=clock.now())
            said = {"id": application_id, "state": "accepted", "worker": worker.external_id}
        else:
            decide.decline(actor, application_id, reason=reason, now=clock.now())
            said = {"id": application_id, "state": "declined"}
    return Result(said, [f"Application {application_id} is {said['state']}"])


@command(applications, "terms")
@click.argument("texts", nargs=-1, required=True, metavar="LANGUAGE=FILE…")
def terms(texts: tuple[str, ...]) -> Result:
    """Publish a new version of the terms, from one file of plain text a language, such as en=terms-en.txt."""
    read = {}
    for one in texts:
        language, _, name = one.partition("=")
        if language not in LOCALES or not Path(name).is_file():
            raise Invalid(field="terms", problem=f"{one!r} is no language with a file, such as en=terms-en.txt")
        try:
            read[language] = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Invalid(field="terms", problem=f"{name!r} cannot be read as a text in UTF-8") from error
        if "\0" in read[language]:
            raise Invalid(field="terms", problem=f"{name!r} holds a NUL byte; take it out")
    with transaction():
        made = publish_terms(SYSTEM, read, now=clock.now())
    return Result({"terms": made.number, "languages": sorted(read)}, [f"Terms {made.number} are published"])


@command(campaigns, "create")
@click.argument("code")
@click.option("--channel", type=click.Choice(CHANNELS), required=True)
@click.option("--note", default="", help="For whoever reads the list.")
def create(code: str, channel: str, note: str) -> Result:
    """Create the campaign CODE, and give its link."""
    with transaction():
        made = create_campaign(SYSTEM, code, channel=channel, note=note, now=clock.now())
    link = mail.address(f"/apply?c={made.code}")
    return Result({"code": made.code, "channel": channel, "link": link}, [f"{made.code}: {link}"])


@command(campaigns, "list")
def list_campaigns() -> Result:
    """List the campaigns."""
    with transaction():
        found = known_campaigns()
    shown = [[one.code, one.channel, one.note] for one in found]
    document = [{"code": one.code, "channel": one.channel, "note": one.note} for one in found]
    return Result({"campaigns": document}, [table("Campaigns", ["code", "channel", "note"], shown)])
