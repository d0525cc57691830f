"""What whoever decides on an appeal of a result sees of it: neither whose attempt it is, nor who graded it."""

from flask import render_template

from workforce.appeals.models import Appeal
from workforce.core.db import session
from workforce.skills.models import Attempt
from workforce.skills.queries.results import evidence_of
from workforce.skills.views.grade import mark_sentence
from workforce.skills.views.words import language_name


def of_attempt(appeal: Appeal) -> str:
    """Give the part of an appeal's page that shows a result and what it rests on."""
    found = evidence_of(session().get_one(Attempt, appeal.subject_id))
    return render_template("skills/evidence.html", found=found, name=language_name, sentence=mark_sentence)
