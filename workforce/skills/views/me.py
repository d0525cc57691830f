"""A person's pages: tests that she may take, the test itself on a phone, her results."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from i18n.locale import current_locale
from workforce.appeals.forms import AppealForm
from workforce.appeals.services import appeal_of
from workforce.core import clock
from workforce.core.auth import Actor
from workforce.core.errors import DaybookError
from workforce.core.http import current_actor
from workforce.core.pages import number_asked
from workforce.core.permissions import requires
from workforce.skills.models import Attempt, Question
from workforce.skills.queries.attempts import (
    Offered,
    Paper,
    attempt_of,
    gradings_of,
    history,
    history_count,
    offered,
    offered_count,
    offers_of,
    paper_of,
    score_of,
)
from workforce.skills.queries.results import result_of
from workforce.skills.queries.scoring import newest_keys
from workforce.skills.rules.attempts import BadAnswer, in_order, shown_order
from workforce.skills.rules.marks import words
from workforce.skills.services.appeals import KIND, appeal_attempt, deadline_of
from workforce.skills.services.attempts import HandedIn, TooLate, begin, hand_in, milliseconds, save
from workforce.skills.views.words import language_name

blueprint = Blueprint("taking", __name__, template_folder="../templates")
TAKE: Final = "me:tests:take"
A_PAGE: Final = 50
# What the script that saves every few seconds sends in the place of where to go.
STAY: Final = "stay"


@blueprint.get("/me/tests")
@requires(TAKE)
def listing() -> ResponseReturnValue:
    """Show the tests that can be taken."""
    actor, now = current_actor(), clock.now()
    start = number_asked("start")
    tests = offered(_id(actor), now=now, locale=current_locale(), start=start, limit=A_PAGE)
    return render_template(
        "skills/me_tests.html", tests=tests, start=start, count=offered_count(), size=A_PAGE, name=language_name,
        taken=history_count(_id(actor)),
    )  # fmt: skip


@blueprint.get("/me/tests/attempts")
@requires(TAKE)
def past() -> ResponseReturnValue:
    """Show a person's attempts with their results."""
    me = _id(current_actor())
    start = number_asked("start")
    return render_template(
        "skills/me_history.html", attempts=history(me, start=start, limit=A_PAGE), start=start,
        count=history_count(me), size=A_PAGE, name=language_name,
    )  # fmt: skip


@blueprint.get("/me/tests/<code>")
@requires(TAKE)
def start(code: str) -> ResponseReturnValue:
    """Say all there is to know about a test before the clock starts."""
    offers = offers_of(_id(current_actor()), code, now=clock.now())
    return render_template("skills/me_start.html", offers=offers, offer=_wanted(offers), name=language_name)


@blueprint.post("/me/tests/<code>")
@requires(TAKE)
def go(code: str) -> ResponseReturnValue:
    """Start the clock, or go on with the attempt that is open."""
    attempt = begin(current_actor(), code, locale=request.form.get("language", ""), now=clock.now())
    return redirect(url_for("taking.attempt", key=attempt.id))


def _wanted(offers: list[Offered]) -> Offered:
    """Give the offer in the language of the address, or in the reader's, or the first one."""
    for wanted in (request.args.get("language", ""), current_locale()):
        for one in offers:
            if wanted and (one.version.locale == wanted or one.version.locale.partition("-")[0] == wanted):
                return one
    return offers[0]


@blueprint.get("/me/tests/attempts/<int(max=9223372036854775807):key>")
@requires(TAKE)
def attempt(key: int) -> ResponseReturnValue:
    """Go on with an open attempt where nothing is answered yet, or show what became of it."""
    found = attempt_of(_id(current_actor()), key)
    paper = paper_of(found)
    if found.state != "open":
        return _result_page(paper)
    if clock.now() >= found.deadline_at:
        return render_template("skills/me_over.html", paper=paper)
    places = paper.unanswered()
    return _to_question(key, places[0]) if places else redirect(url_for("taking.review", key=key))


@blueprint.get("/me/tests/attempts/<int(max=9223372036854775807):key>/clock")
@requires(TAKE)
def time_left(key: int) -> ResponseReturnValue:
    """Tell a page that counts down how much time there is, and what time it is here."""
    return _clock(attempt_of(_id(current_actor()), key))


@blueprint.get("/me/tests/attempts/<int(max=9223372036854775807):key>/questions/<int:place>")
@requires(TAKE)
def question(key: int, place: int) -> ResponseReturnValue:
    """Show one question with what was answered."""
    paper = _paper(key)
    if paper is None:
        return _over(key)
    one = _asked(paper, place)
    kept = paper.answers.get(one.id)
    return _question_page(paper, place, kept.answer if kept else {})


@blueprint.post("/me/tests/attempts/<int(max=9223372036854775807):key>/questions/<int:place>")
@requires(TAKE)
def answer(key: int, place: int) -> ResponseReturnValue:
    """Keep an answer and go where the button says."""
    actor, now = current_actor(), clock.now()
    paper = paper_of(attempt_of(_id(actor), key))
    one = _asked(paper, place)
    typed, numbers, wanted = request.form.get("text", ""), _numbers(one), request.form.get("go", "")
    try:
        chosen = in_order(numbers) if one.kind == "order" else request.form.getlist("chosen")
        kept = save(
            actor, key, one.id, chosen=chosen, text=typed, typed=_when_typed() if wanted == STAY else None, now=now
        )
    except BadAnswer as problem:
        shown = {"text": typed, "chosen": request.form.getlist("chosen"), "numbers": numbers}
        return _question_page(paper, place, shown, problem=problem), problem.status
    except (TooLate, HandedIn) as problem:
        hand_in(actor, key, now=now)
        if wanted == STAY:
            return "", problem.status
        flash(problem.message(), "error")
        return redirect(url_for("taking.attempt", key=key))
    if wanted == STAY:
        return _clock(paper.attempt)
    _warn_of_length(one, kept.answer)
    if wanted.isdecimal() and 1 <= int(wanted) <= len(paper.questions):
        return _to_question(key, int(wanted))
    return redirect(url_for("taking.review", key=key))


def _when_typed() -> int:
    """Read when a page says that an answer was typed: before everything else where it does not say."""
    told = request.form.get("typed", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 16 else 0


def _clock(found: Attempt) -> ResponseReturnValue:
    """Give the time that is left and the time that it is, in milliseconds; nothing is left of what is handed in."""
    now = clock.now()
    left = found.deadline_at - now if found.state == "open" else timedelta(0)
    return {"left": max(left // timedelta(milliseconds=1), 0), "now": milliseconds(now)}


def _numbers(one: Question) -> dict[str, str]:
    """Read the numbers beside the lines of an order; none for another kind of question."""
    if one.kind != "order":
        return {}
    return {str(option["id"]): request.form.get(f"number-{option['id']}", "") for option in one.options}


def _warn_of_length(one: Question, kept: dict[str, Any]) -> None:
    count = len(words(kept.get("text", ""))) if one.most_words else 0
    if count > one.most_words:
        flash(
            _(
                "Saved. Your answer has %(count)s words, and %(most)s were asked for: whoever grades it sees that."
                " You can still shorten it.", count=count, most=one.most_words,
            ), "warning",
        )  # fmt: skip


@blueprint.get("/me/tests/attempts/<int(max=9223372036854775807):key>/review")
@requires(TAKE)
def review(key: int) -> ResponseReturnValue:
    """Show what is answered and what is not, before it is handed in."""
    paper = _paper(key)
    if paper is None:
        return _over(key)
    return render_template("skills/me_review.html", paper=paper, unanswered=paper.unanswered(), **_time(paper))


@blueprint.post("/me/tests/attempts/<int(max=9223372036854775807):key>/hand-in")
@requires(TAKE)
def submit(key: int) -> ResponseReturnValue:
    """Hand an attempt in; a page that does it by itself at the end of the time is not believed before that."""
    actor, now = current_actor(), clock.now()
    if "over" not in request.form or now >= attempt_of(_id(actor), key).deadline_at:
        hand_in(actor, key, now=now)
        flash(_("Your test is handed in."), "success")
    return redirect(url_for("taking.attempt", key=key))


@blueprint.post("/me/tests/attempts/<int(max=9223372036854775807):key>/appeal")
@requires(TAKE)
def appeal(key: int) -> ResponseReturnValue:
    """Open an appeal against a result."""
    actor, made = current_actor(), AppealForm()
    found = attempt_of(_id(actor), key)
    if not made.validate_on_submit():
        return _result_page(paper_of(found), form=made), 400
    appeal_attempt(actor, key, made.text.data, now=clock.now())
    flash(_("Your appeal is on its way. Somebody who did not grade your test decides on it."), "success")
    return redirect(url_for("taking.attempt", key=key))


def _id(actor: Actor) -> int:
    if actor.id is None:
        abort(403)
    return actor.id


def _paper(key: int) -> Paper | None:
    """Give an open attempt of the reader's; None where its time is over, or it is handed in."""
    found = attempt_of(_id(current_actor()), key)
    return paper_of(found) if found.state == "open" and clock.now() < found.deadline_at else None


def _over(key: int) -> ResponseReturnValue:
    if attempt_of(_id(current_actor()), key).state != "open":
        flash(_("This test is handed in, with all that was saved before its end."), "info")
    return redirect(url_for("taking.attempt", key=key))


def _asked(paper: Paper, place: int) -> Question:
    if not 1 <= place <= len(paper.questions):
        abort(404)
    return paper.questions[place - 1]


def _time(paper: Paper) -> dict[str, int]:
    """Give the milliseconds that are left and the time that it is, as the countdown of a page begins with them."""
    now = clock.now()
    left = (paper.attempt.deadline_at - now) // timedelta(milliseconds=1)
    return {"left": max(left, 0), "now": milliseconds(now)}


def _to_question(key: int, place: int) -> ResponseReturnValue:
    return redirect(url_for("taking.question", key=key, place=place))


def _question_page(paper: Paper, place: int, shown: dict[str, Any], *, problem: DaybookError | None = None) -> str:
    one = paper.questions[place - 1]
    options: list[Any] = list(one.options)
    if one.kind == "order":
        options = shown_order(options, seed=f"{paper.attempt.id}:{one.id}")
        numbers = {str(option): str(number) for number, option in enumerate(shown.get("chosen", []), 1)}
        shown = {"numbers": numbers, **shown}
    numeric = one.kind == "short" and bool(newest_keys([one.id])[one.id].key.get("numeric"))
    return render_template(
        "skills/me_question.html", paper=paper, question=one, place=place, options=options, shown=shown,
        **_time(paper), numeric=numeric, problem=problem, unanswered=paper.unanswered(),
    )  # fmt: skip


def _result_page(paper: Paper, *, form: AppealForm | None = None) -> str:
    me, found = paper.attempt.user_id, paper.attempt
    score, now = score_of(found.id), clock.now()
    deadline = deadline_of(found, paper.version)
    return render_template(
        "skills/me_result.html", paper=paper, score=score, name=language_name,
        result=result_of(paper, score, gradings_of(found.id)) if score else None,
        offer=_again(paper), others=history(me, test_id=found.test_id), appeal=appeal_of(KIND, found.id),
        deadline=deadline, may_appeal=deadline is not None and now <= deadline, form=form or AppealForm(formdata=None),
    )  # fmt: skip


def _again(paper: Paper) -> Offered | None:
    """Give the test of a paper as it can be taken again, in the same language where it is still taken in it."""
    offers = offers_of(paper.attempt.user_id, paper.test.code, now=clock.now(), missing_ok=True)
    return next((one for one in offers if one.version.locale == paper.version.locale), offers[0] if offers else None)


@blueprint.app_template_filter()
def hundredths(value: int) -> Decimal:
    """Give hundredths of a point, or percent, as what they are a hundred times of."""
    return Decimal(value) / 100
