"""The graders' pages, blind; the decision on an appeal; and how far graders agree."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from i18n import formats
from i18n.locale import N_, translate
from workforce.appeals.rules import may_decide
from workforce.core import clock
from workforce.core.db import session
from workforce.core.errors import DaybookError, Forbidden, NotFound
from workforce.core.http import current_actor
from workforce.core.pages import number_asked, number_sent
from workforce.core.permissions import requires
from workforce.skills.queries.grading import agreement_of, to_grade, waiting, waiting_count, written_of
from workforce.skills.queries.results import evidence_of
from workforce.skills.queries.tests import test_by_code
from workforce.skills.rules.agreement import reading
from workforce.skills.rules.grading import BadPoints, CommentMissing
from workforce.skills.rules.marks import words
from workforce.skills.services.appeals import appealed_attempt, grade_anew
from workforce.skills.services.grading import GradedMeanwhile, grade
from workforce.skills.views.words import language_name

blueprint = Blueprint("grading", __name__, template_folder="../templates")
GRADE: Final = "skills:answers:grade"
DECIDE: Final = "appeals:cases:decide"
A_PAGE: Final = 50

# What a mark says, in the reader's language; each is only a hint.
SENTENCES: Final = {
    "near_identical": N_("%(share)s%% of its runs of words stand in another person’s answer, too, which begins:"),
    "prompt_copied": N_("%(share)s%% of it is copied from the question."),
    "chatbot_phrase": N_("It has a phrase that chatbots use: “%(phrase)s”."),
    "chatbot_form": N_("It is laid out as chatbots do it: %(signs)s."),
    "too_long": N_("It has %(words)s words; at most %(most)s were asked for."),
}
SIGNS: Final = {
    "headings": N_("headings"), "bold": N_("bold words"), "bullets": N_("lists with bold beginnings"),
    "code": N_("blocks of code"), "dashes": N_("many long dashes"),
}  # fmt: skip


@blueprint.get("/manage/grading")
@requires(GRADE)
def queue() -> ResponseReturnValue:
    """Show the written answers that wait for the reader, oldest first."""
    actor, now = current_actor(), clock.now()
    start = number_asked("start")
    return render_template(
        "skills/grade_queue.html", start=start, size=A_PAGE, waited=waited, name=language_name,
        answers=waiting(actor.id, on=now.date(), start=start, limit=A_PAGE),
        count=waiting_count(actor.id, on=now.date()),
    )  # fmt: skip


@blueprint.get("/manage/grading/<int(max=9223372036854775807):key>")
@requires(GRADE)
def answer(key: int) -> ResponseReturnValue:
    """Show an answer with its rubric, and nothing of whose it is or what others gave."""
    return _grade_page(key, {}, "")


@blueprint.post("/manage/grading/<int(max=9223372036854775807):key>")
@requires(GRADE)
def give(key: int) -> ResponseReturnValue:
    """Keep what a grader gives, and show the next answer."""
    actor, now = current_actor(), clock.now()
    comment, typed = request.form.get("comment", ""), _typed(f"{key}-")
    try:
        grade(actor, key, place=number_sent("place"), points=_points(typed), comment=comment, now=now)
    except (BadPoints, CommentMissing) as problem:
        return _grade_page(key, typed, comment, problem=problem), problem.status
    except GradedMeanwhile as problem:
        flash(problem.message(), "warning")
        return redirect(url_for("grading.queue"))
    flash(_("Your points are kept."), "success")
    following = waiting(actor.id, on=now.date(), limit=1)
    return redirect(url_for("grading.answer", key=following[0].id) if following else url_for("grading.queue"))


@blueprint.get("/manage/attempts/<int(max=9223372036854775807):key>")
@requires(DECIDE)
def appealed(key: int) -> ResponseReturnValue:
    """Show an attempt whose result is appealed; its written answers can be graded anew."""
    return _appeal_page(key, {}, {}, "")


@blueprint.post("/manage/attempts/<int(max=9223372036854775807):key>")
@requires(DECIDE)
def regrade(key: int) -> ResponseReturnValue:
    """Grant an appeal with points of the reader's own."""
    written = [one.answer.id for one in written_of(key)]
    typed = {one: _typed(f"{one}-") for one in written}
    comments = {one: request.form.get(f"comment-{one}", "") for one in written}
    words_for_her = request.form.get("answer", "")
    try:
        # What was written before something was refused is not kept.
        with session().begin_nested():
            grade_anew(
                current_actor(), key, {one: _points(given) for one, given in typed.items()}, comments=comments,
                answer=words_for_her, now=clock.now(),
            )  # fmt: skip
    except (NotFound, Forbidden):
        raise
    except DaybookError as problem:
        session().expire_all()
        return _appeal_page(key, typed, comments, words_for_her, problem=problem), problem.status
    flash(_("The appeal is granted, and the attempt has its new result."), "success")
    return redirect(url_for("grading.appealed", key=key))


@blueprint.get("/manage/tests/<code>/agreement")
@requires("skills:statistics:read")
def agreement(code: str) -> ResponseReturnValue:
    """Show how far the graders of a test agree."""
    test = test_by_code(code)
    return render_template(
        "skills/grade_agreement.html", test=test, report=agreement_of(test.id), name=language_name, said=said
    )


def said(value: Fraction | None) -> tuple[Decimal, str] | None:
    """Give a kappa with two decimals, and what it means in words."""
    if value is None:
        return None
    return round(Decimal(value.numerator) / Decimal(value.denominator), 2), translate(reading(value))


def mark_sentence(mark: dict[str, Any]) -> str:
    """Say in the reader's language what a mark tells."""
    values = {name: value for name, value in mark.items() if name not in {"code", "signs"}}
    if mark["code"] == "near_identical":
        values["share"] = max(mark["share"], mark["contained"])
    if "signs" in mark:
        values["signs"] = ", ".join(translate(SIGNS[one]) for one in mark["signs"] if one in SIGNS)
    template = SENTENCES.get(str(mark["code"]))
    return str(translate(template, **values)) if template else str(mark["code"])


def _typed(prefix: str) -> dict[str, str]:
    """Read what was typed for the lines of a rubric: fields named points-ANSWER-LINE."""
    start = f"points-{prefix}"
    return {name.removeprefix(start): value for name, value in request.form.items() if name.startswith(start)}


def _points(typed: dict[str, str]) -> dict[str, int | None]:
    """Read points; what is no whole number of few digits is none."""
    return {
        name: int(value) if value.strip().isascii() and value.strip().isdigit() and len(value) < 6 else None
        for name, value in typed.items()
    }


def _grade_page(key: int, typed: dict[str, str], comment: str, *, problem: DaybookError | None = None) -> str:
    what = to_grade(current_actor().id, key, on=clock.now().date())
    return render_template(
        "skills/grade_answer.html", what=what, typed=typed, comment=comment, problem=problem, name=language_name,
        sentence=mark_sentence, words=len(words(what.answer.answer.get("text", ""))), waited=waited,
    )  # fmt: skip


def waited(since: datetime | None) -> str:
    """Say how long something has waited: in days once it is one, else in hours and minutes."""
    seconds = int((clock.now() - since).total_seconds()) if since else 0
    days = seconds // 86_400
    if days:
        return str(ngettext("%(num)s day", "%(num)s days", days))
    return formats.duration(max(seconds // 60, 1) * 60)


def _appeal_page(
    key: int, typed: dict[int, dict[str, str]], comments: dict[int, str], words_for_her: str, *,
    problem: DaybookError | None = None,
) -> str:  # fmt: skip
    actor = current_actor()
    attempt, appeal = appealed_attempt(actor, key)
    return render_template(
        "skills/grade_appeal.html", attempt=attempt, appeal=appeal, found=evidence_of(attempt),
        written={one.answer.id for one in written_of(attempt.id)}, name=language_name, sentence=mark_sentence,
        may=appeal.state == "open" and may_decide(actor.id, appeal.user_id, appeal.excluded), typed=typed,
        comments=comments, answer=words_for_her, problem=problem,
    )  # fmt: skip
