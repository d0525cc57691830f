"""Tests are written: made, versioned, filled with questions, published, withdrawn."""

from workforce.skills.services.tests.publishing import problems_of, publish
from workforce.skills.services.tests.questions import (
    Picture,
    QuestionValues,
    add_question,
    change_question,
    move_question,
    remove_question,
)
from workforce.skills.services.tests.tests import TestValues, change_test, create_test, retire
from workforce.skills.services.tests.versions import (
    VersionValues,
    change_version,
    discard,
    draft_of,
    new_version,
)

__all__ = [
    "Picture",
    "QuestionValues",
    "TestValues",
    "VersionValues",
    "add_question",
    "change_question",
    "change_test",
    "change_version",
    "create_test",
    "discard",
    "draft_of",
    "move_question",
    "new_version",
    "problems_of",
    "publish",
    "remove_question",
    "retire",
]
