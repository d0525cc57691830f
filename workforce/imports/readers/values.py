"""What single cells mean: ids, amounts, durations. A cell that means nothing raises BadValueError, which says why."""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from i18n.locale import N_
from workforce.core.money import is_currency, to_micros

MAX_SECONDS: Final = 31 * 86_400  # an assignment on MTurk may last 30 days
_MAX_ID: Final = 200
# ="00123" and '00123 keep a spreadsheet from reading 123.
_WRAPPED: Final = re.compile(r"""="([^"]*)"|'(.+)""", re.DOTALL)
# 1.23457E+17 has lost digits. 60e12 and the like are ids in hexadecimal: a spreadsheet would have written a sign.
_MANGLED: Final = re.compile(
    r"[+-]?\d+(?:[.,]\d+E[+-]?\d+|E[+-]\d+)|#+|#(?:NAME\?|REF!|VALUE!|N/A|DIV/0!|NUM!|NULL!|SPILL!|CALC!)",
    re.ASCII | re.IGNORECASE,
)
# A reviewer's words; the longest in the exports that we know has 2,000 characters.
MAX_TEXT: Final = 20_000
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SHOWN: Final = 40
_MARKED: Final = re.compile(
    r"(?P<minus>[-\u2212(]?)\s*(?P<before>[^\d.,\s()\u2212-]*)\s*(?P<inner>[-\u2212]?)(?P<number>[\d.,]+)\)?\s*(?P<after>[^\d.,\s()]*)",
    re.ASCII,
)
# Thousands in groups of three behind a group that does not begin with a zero. A single group and no decimals, such as
# 1,000, could as well be one with three decimals in a country that writes them behind a comma.
_GROUPED: Final = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
_AMBIGUOUS: Final = re.compile(r"[1-9]\d{0,2},\d{3}", re.ASCII)
_UNGROUPED: Final = re.compile(r"\d+(?:\.\d+)?|\.\d+", re.ASCII)
_PLAIN: Final = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_WHOLE: Final = re.compile(r"(\d{1,9})(?:\.0+)?", re.ASCII)
_SPAN: Final = re.compile(r"(?:(-?\d{1,6}) days?,?\s*)?(\d{1,3}):([0-5]\d):([0-5]\d)(?:\.\d+)?", re.ASCII)
_DOLLARS: Final = frozenset({"", "$", "US$", "USD"})


class BadValueError(Exception):
    """A cell does not mean what it should.

    Attributes:
        field: the column as the file spells it; filled in by whoever knows it.
        code: for programs.
        template: a sentence marked for translation.
        params: what it names.

    """

    def __init__(self, code: str, template: str, /, **params: Any) -> None:
        """Make the problem of a cell."""
        super().__init__(code)
        self.field = ""
        self.code = code
        self.template = template
        self.params = params


def shown(text: str) -> str:
    """Give a value of a file as a message may show it: short, one line, nothing that steers a terminal."""
    short = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in short)


def identifier(text: str) -> str:
    """Return an id as it stands, in Unicode NFC, out of the wrapping by which a spreadsheet is kept from changing it.

    Raises:
        BadValueError: it is too long, has control characters, or is what a spreadsheet made of an id: a number in
            scientific notation, signs for a column that was too narrow, or an error.

    """
    text = unicodedata.normalize("NFC", _unwrapped(text))
    if not text:
        raise BadValueError("missing", N_("This is empty, and it is needed."))
    if _MANGLED.fullmatch(text):
        template = N_(
            "“%(value)s” is what a spreadsheet made of an id. Take the ids from the file as it was downloaded, or"
            " format the column as text before you save it."
        )
        raise BadValueError("mangled_id", template, value=shown(text))
    if len(text) > _MAX_ID:
        template = N_("This id has %(length)s characters; at most %(limit)s are allowed.")
        raise BadValueError("id_too_long", template, length=len(text), limit=_MAX_ID)
    if not text.isprintable():
        template = N_("The id “%(value)s” has line breaks or control characters in it.")
        raise BadValueError("bad_id", template, value=shown(text))
    return text


def _unwrapped(text: str) -> str:
    match = _WRAPPED.fullmatch(text)
    return (match[1] if match[1] is not None else match[2]).strip() if match else text


def text_of(most: int) -> Callable[[str], str]:
    """Return a parser of text that the database can hold: not too long, without characters that steer a terminal.

    Args:
        most: characters.

    """

    def parse(text: str) -> str:
        if len(text) > most:
            template = N_("This text has %(length)s characters; at most %(limit)s are allowed.")
            raise BadValueError("text_too_long", template, length=len(text), limit=most)
        if _CONTROL.search(text):
            raise BadValueError("bad_text", N_("“%(value)s” has control characters in it."), value=shown(text))
        return unicodedata.normalize("NFC", text)

    return parse


def dollars(text: str) -> Decimal:
    """Return a reward of MTurk, which pays in US dollars only: `$0.04`, `0.04`, `$1,000.00`.

    MTurk writes a point before the cents and commas between thousands. What cannot be that, such as `0,125`, is
    refused, and so is what could be two amounts: `1,000` without cents may be 1 dollar in a file that a spreadsheet
    has saved again.
    """
    match = _MARKED.fullmatch(text)
    number = match["number"] if match else ""
    if match is None or not (_GROUPED.fullmatch(number) or _UNGROUPED.fullmatch(number)):
        raise BadValueError(
            "not_an_amount",
            N_("“%(value)s” is not an amount like $0.04: a point before the cents, commas only between thousands."),
            value=shown(text),
        )
    if _AMBIGUOUS.fullmatch(number):
        template = N_("“%(value)s” could be two amounts: write $1000.00 or $1.00, with a point before the cents.")
        raise BadValueError("ambiguous_amount", template, value=shown(text))
    marks = {match["before"].upper(), match["after"].upper()}
    if not marks <= _DOLLARS:
        template = N_("“%(value)s” is not in US dollars, the only currency of MTurk; expected is an amount like $0.04.")
        raise BadValueError("unknown_currency", template, value=shown(text))
    if match["minus"] or match["inner"]:
        template = N_("“%(value)s” is less than nothing; a reward is 0 or more.")
        raise BadValueError("negative", template, value=shown(text))
    return _amount(match["number"].replace(",", ""))


def plain_amount(text: str) -> Decimal:
    """Give an amount of our own CSV: digits, and a point if need be."""
    if text.startswith("-") and _PLAIN.fullmatch(text[1:]):
        template = N_("“%(value)s” is less than nothing; a reward is 0 or more.")
        raise BadValueError("negative", template, value=shown(text))
    if not _PLAIN.fullmatch(text):
        template = N_("“%(value)s” is no amount; expected is one like 0.04, its currency in the column currency.")
        raise BadValueError("not_an_amount", template, value=shown(text))
    return _amount(text)


def _amount(digits: str) -> Decimal:
    if len(digits.partition(".")[2]) > 6:
        template = N_("“%(value)s” has more than six decimals, the finest that is paid.")
        raise BadValueError("too_fine", template, value=shown(digits))
    amount = Decimal(digits)
    try:
        to_micros(amount)
    except ValueError:
        raise BadValueError("too_large", N_("“%(value)s” is more than can be paid."), value=shown(digits)) from None
    return amount


def currency(text: str) -> str:
    """Give an ISO 4217 code, in capitals."""
    code = text.upper()
    # The form is looked at first: what a file says must not fill the memory of is_currency, which keeps its answers.
    if not (len(code) == 3 and code.isascii() and code.isalpha() and is_currency(code)):
        template = N_("“%(value)s” is no currency; expected is a code of ISO 4217, such as USD.")
        raise BadValueError("unknown_currency", template, value=shown(text))
    return code


def seconds(text: str) -> int:
    """Give whole seconds; `28.0`, which spreadsheets and data frames make of 28, is 28."""
    match = _WHOLE.fullmatch(text)
    if match is None:
        template = N_("“%(value)s” is no time worked; expected are whole seconds, 0 or more.")
        raise BadValueError("not_seconds", template, value=shown(text))
    return limited(int(match[1]))


def duration(text: str) -> int:
    """Give the seconds of a span as data frames write it (`0 days 00:26:40.000000000`), fractions dropped."""
    match = _SPAN.fullmatch(text)
    if match is None or (match[1] or "").startswith("-"):
        template = N_("“%(value)s” is no time worked; expected is one like 0 days 00:26:40, not negative.")
        raise BadValueError("not_a_duration", template, value=shown(text))
    days, hours, minutes, rest = (int(part or 0) for part in match.groups())
    return limited(((days * 24 + hours) * 60 + minutes) * 60 + rest)


def limited(number: int) -> int:
    """Give seconds back if they are not too many for one piece of work."""
    if number > MAX_SECONDS:
        template = N_("%(seconds)s seconds are more than the %(days)s days that one piece of work may take.")
        raise BadValueError("too_long", template, seconds=number, days=MAX_SECONDS // 86_400)
    return number
