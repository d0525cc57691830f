"""What is done with workers: one module a use case."""

from workforce.workers.services.accounts import join_accepted, link, link_new_account, unlinked
from workforce.workers.services.changes import (
    answer_change,
    ask_for_changes,
    change_profile,
    withdraw_change,
)
from workforce.workers.services.guard import guard_pay
from workforce.workers.services.kinds import KINDS
from workforce.workers.services.known import Profile, add_unknown_workers, add_worker

__all__ = [
    "KINDS", "Profile", "add_unknown_workers", "add_worker", "answer_change", "ask_for_changes", "change_profile",
    "guard_pay",
    "join_accepted", "link", "link_new_account", "unlinked", "withdraw_change",
]  # fmt: skip
