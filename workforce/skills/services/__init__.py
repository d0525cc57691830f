"""What is done with tests and certifications. What other features call is here by name."""

from workforce.skills.services.certifications import apply_result, grant, revoke
from workforce.skills.services.keys import correct_key, keys_for_scoring
from workforce.skills.services.messages import KINDS

__all__ = ["KINDS", "apply_result", "correct_key", "grant", "keys_for_scoring", "revoke"]
