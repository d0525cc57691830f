"""What is done with submissions and accepted work."""

from workforce.tasks.services.work import NewWork, OpenDays, accept, record_work, reject, reprice, reverse

__all__ = ["NewWork", "OpenDays", "accept", "record_work", "reject", "reprice", "reverse"]
