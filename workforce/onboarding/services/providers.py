"""Who checks identities: a contract that any provider can keep, and the embedded one, where a recruiter looks."""

from dataclasses import dataclass
from typing import Final, Protocol


@dataclass(frozen=True)
class Document:
    """What a provider is shown.

    Attributes:
        key: names this check for good; a provider that is asked twice under one key answers of one check.
        name: of the applicant.
        country: that issued the document, ISO 3166 alpha-2.
        kind: passport, id_card, driving_licence or residence_permit.
        number: of the document.
        media_type: of the picture; empty where there is none.
        picture: its bytes.

    """

    key: str
    name: str
    country: str
    kind: str
    number: str
    media_type: str = ""
    picture: bytes = b""


@dataclass(frozen=True)
class Verdict:
    """What a provider says.

    Attributes:
        approved: is it she?
        reference: the provider's name of the check.
        reason: why not; the applicant reads it.

    """

    approved: bool
    reference: str = ""
    reason: str = ""


class Provider(Protocol):
    """Checks identities."""

    name: str

    def verdict(self, document: Document) -> Verdict | None:
        """Say what is known of a document by now, or None while it is not decided.

        Called by the job outside every transaction, again and again until it says something; may call the outside.
        """
        ...


class Manual:
    """The embedded one: a recruiter looks at the document, so there is never anything to ask."""

    name = "manual"

    def verdict(self, document: Document) -> Verdict | None:  # noqa: ARG002 -- the contract
        """Say nothing: a person decides on the page."""
        return None


_providers: Final[dict[str, Provider]] = {"manual": Manual()}
_chosen: Final[dict[str, str]] = {"name": "manual"}


def add_provider(provider: Provider, *, chosen: bool = True) -> None:
    """Plug in a provider, and let it check from now on what is handed in."""
    _providers[provider.name] = provider
    if chosen:
        _chosen["name"] = provider.name


def remove_provider(name: str) -> None:
    """Unplug a provider; what it has not decided is left to recruiters."""
    if name != "manual":
        _providers.pop(name, None)
        _chosen["name"] = "manual"


def provider_named(name: str) -> Provider:
    """Give a provider; the embedded one stands in for one that was unplugged."""
    return _providers.get(name, _providers["manual"])


def chosen_provider() -> Provider:
    """Give the provider that checks what is handed in now."""
    return provider_named(_chosen["name"])
