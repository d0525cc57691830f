"""The contract of identity providers, kept by the embedded one and by a second, and the job that asks them."""

from collections.abc import Iterator

import pytest
from flask import Flask, has_app_context

from tests.factories import NOW
from tests.factories.onboarding import PNG, RECRUITER, actor_of, make_confirmed
from workforce.core.db import rows, session, transaction
from workforce.onboarding.services.identity import Shown, ask_providers, decide_identity, show_identity
from workforce.onboarding.services.providers import (
    Document,
    Manual,
    Provider,
    Verdict,
    add_provider,
    provider_named,
    remove_provider,
)


class Quick:
    """Approves what begins with A, refuses what begins with B, and thinks about the rest."""

    name = "quick"

    def __init__(self) -> None:
        self.asked: list[Document] = []

    def verdict(self, document: Document) -> Verdict | None:
        self.asked.append(document)
        if has_app_context():
            assert not session().info.get("transaction_open"), "a provider is never asked inside a transaction"
        if document.number.startswith("A"):
            return Verdict(approved=True, reference=f"q-{document.key}")
        return Verdict(approved=False, reason="Not readable.") if document.number.startswith("B") else None


@pytest.fixture
def quick() -> Iterator[Quick]:
    """Plug a second provider in for a while."""
    made = Quick()
    add_provider(made)
    yield made
    remove_provider("quick")


@pytest.mark.parametrize("provider", [Manual(), Quick()], ids=["manual", "quick"])
def test_a_provider_keeps_the_contract(provider: Provider) -> None:
    document = Document("identity-1", "Ada", "KE", "passport", "C1", "image/png", PNG)
    assert 0 < len(provider.name) <= 20
    for number in ("A1", "B1", "C1"):
        asked = Document(**{**vars(document), "number": number})
        first, again = provider.verdict(asked), provider.verdict(asked)
        assert first == again, "asked twice under one key it says the same"
        assert first is None or first.approved or first.reason, "a refusal has a reason"


def test_a_plugged_in_provider_decides_outside_every_transaction(fresh_app: Flask, quick: Quick) -> None:
    with fresh_app.app_context():
        with transaction():
            for number in ("A1", "B1", "C1"):
                made = make_confirmed()
                show_identity(actor_of(made), Shown("KE", "passport", number, PNG), now=NOW)
        assert ask_providers(now=NOW) == 2
        assert ask_providers(now=NOW) == 0
        with transaction():
            assert rows("SELECT provider, state, reference, reason FROM identity_check ORDER BY id") == [
                ("quick", "approved", "q-identity-1", ""), ("quick", "refused", "", "Not readable."),
                ("quick", "waiting", "", ""),
            ]  # fmt: skip
        assert quick.asked[0].picture == PNG


def test_whoever_was_quicker_than_the_provider_has_decided(fresh_app: Flask, quick: Quick) -> None:
    with fresh_app.app_context():
        with transaction():
            check_id = show_identity(actor_of(make_confirmed()), Shown("KE", "passport", "A1", PNG), now=NOW).id
        usual = quick.verdict

        def slow(document: Document) -> Verdict | None:
            with transaction():
                decide_identity(RECRUITER, check_id, approved=False, reason="Not hers.", now=NOW)
            return usual(document)

        quick.verdict = slow  # type: ignore[method-assign]
        assert ask_providers(now=NOW) == 0
        with transaction():
            assert rows("SELECT state, reason FROM identity_check") == [("refused", "Not hers.")]


def test_what_an_unplugged_provider_left_is_a_recruiters(context: Flask) -> None:
    assert provider_named("gone").name == "manual"
