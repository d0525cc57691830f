"""Reads on tests, attempts and certifications. What other features read is here by name."""

from workforce.skills.queries.certifications import holders, standing
from workforce.skills.queries.tests import test_by_code, tests_by_ids

__all__ = ["holders", "standing", "test_by_code", "tests_by_ids"]
