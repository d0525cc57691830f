"""Who may join a project, and what it says that it pays."""

from collections.abc import Collection
from dataclasses import dataclass

from workforce.core.money import Money


@dataclass(frozen=True, slots=True)
class Pay:
    """What a project pays somebody, as she is told before she joins.

    Attributes:
        kind: piece or hourly: what the amount is for.
        money: as the rate card has it.
        about: the same in her own currency, where that is another one and a rate is known.
        least: is it what the lowest level pays, for somebody who has no level yet?

    """

    kind: str
    money: Money
    about: Money | None = None
    least: bool = False


def primary(tag: str) -> str:
    """Give the language of a BCP 47 tag, without script and region: pt of pt-BR."""
    return tag.partition("-")[0].lower()


def languages_match(wanted: Collection[str], spoken: Collection[str] | None) -> bool:
    """Does somebody speak a language of the work? So does everybody of whom nothing is known.

    Args:
        wanted: tags of the project; none means any.
        spoken: tags of the person; None where they are not known.

    """
    return not wanted or spoken is None or bool({primary(one) for one in wanted} & {primary(one) for one in spoken})


def missing(required: Collection[int], certified: Collection[int]) -> list[int]:
    """Give the tests that are required and not certified."""
    return [test_id for test_id in required if test_id not in set(certified)]
