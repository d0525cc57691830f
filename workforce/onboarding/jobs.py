"""Jobs: accept those whose last step was done elsewhere, and ask identity providers."""

from workforce.core import clock
from workforce.onboarding.services.decide import settle_waiting
from workforce.onboarding.services.identity import ask_providers


def settle_applications() -> int:
    """Accept whoever is complete, or leave her to a recruiter; gives how many."""
    return settle_waiting(clock.now)


def ask_identity_providers() -> int:
    """Ask the providers about what is not decided; gives how many were."""
    return ask_providers(now=clock.now())
