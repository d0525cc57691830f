"""Which pay group a new worker is suggested for."""

from collections.abc import Iterable
from dataclasses import dataclass

from babel.core import get_global
from babel.numbers import get_territory_currencies


@dataclass(frozen=True)
class Group:
    """What of a pay group decides.

    Attributes:
        code: its name.
        currency: ISO 4217.
        timezone: IANA name.

    """

    code: str
    currency: str
    timezone: str


def suggested_group(country: str, groups: Iterable[Group]) -> str | None:
    """Give the pay group that fits a country, or None where a person must choose.

    A group fits that pays in a currency of the country; of several the one whose zone lies in the country comes first,
    then the first by code.

    Args:
        country: ISO 3166 alpha-2.
        groups: all there are.

    """
    currencies = set(get_territory_currencies(country)) if country else set()
    zones = get_global("zone_territories")
    fitting = [one for one in groups if one.currency in currencies]
    best = min(fitting, key=lambda one: (zones.get(one.timezone) != country, one.code), default=None)
    return best.code if best else None


def zone_of(country: str) -> str:
    """Guess the time zone of a country: the one that most of it has, as far as Unicode's tables know; else UTC."""
    zones = [zone for zone in get_global("territory_zones").get(country, ()) if not zone.startswith("Etc/")]
    if len(zones) == 1:
        return str(zones[0])
    return _CHIEF.get(country) or (str(zones[0]) if zones else "UTC")


# Where a country has several zones: that of its capital or of most of its people.
_CHIEF = {
    "AR": "America/Argentina/Buenos_Aires", "AU": "Australia/Sydney", "BR": "America/Sao_Paulo",
    "CA": "America/Toronto", "CD": "Africa/Kinshasa", "CL": "America/Santiago", "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia", "DE": "Europe/Berlin", "EC": "America/Guayaquil", "ES": "Europe/Madrid",
    "GL": "America/Nuuk", "ID": "Asia/Jakarta", "KZ": "Asia/Almaty", "MN": "Asia/Ulaanbaatar",
    "MX": "America/Mexico_City", "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland", "PG": "Pacific/Port_Moresby",
    "PS": "Asia/Gaza", "PT": "Europe/Lisbon", "RU": "Europe/Moscow", "UA": "Europe/Kyiv", "US": "America/New_York",
    "UZ": "Asia/Tashkent", "VN": "Asia/Ho_Chi_Minh",
}  # fmt: skip


def many_zones() -> list[str]:
    """Give the zones of countries that have several, of which one must be asked for."""
    found = [zone for zones in get_global("territory_zones").values() if len(zones) > 1 for zone in zones]
    return sorted({zone for zone in map(str, found) if "/" in zone and not zone.startswith("Etc/")})
