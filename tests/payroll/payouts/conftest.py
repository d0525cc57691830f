"""What the tests of payouts stand on."""

import pytest
from flask import Flask

from tests.factories import make_project, make_user
from tests.payroll.payouts.paying import People
from workforce.core.db import transaction


@pytest.fixture
def people(context: Flask) -> People:
    with transaction():
        make_project()
        return make_user("finance").actor, make_user("finance").actor
