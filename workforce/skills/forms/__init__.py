"""The forms of whoever writes tests and certifies people."""

from workforce.skills.forms.certifications import GrantForm, ReasonForm
from workforce.skills.forms.keys import KeyForm
from workforce.skills.forms.questions import QuestionForm
from workforce.skills.forms.tests import NewTestForm, NewVersionForm, TestForm, VersionForm

__all__ = [
    "GrantForm",
    "KeyForm",
    "NewTestForm",
    "NewVersionForm",
    "QuestionForm",
    "ReasonForm",
    "TestForm",
    "VersionForm",
]
