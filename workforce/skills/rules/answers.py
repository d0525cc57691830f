"""When a short answer is the same as an accepted one: rules for text, and other rules for numbers.

Text. What a keyboard decides and no eye sees does not count: the form of apostrophes, quotation marks and dashes,
invisible characters, wide and composed letters, blanks, capitals, digits of other scripts, Arabic letters for which a
Persian keyboard has codes of its own, and a tatweel. Vowel signs of Arabic and Hebrew, which ordinary writing leaves
out, do not count either, nor stops at the end and quotation marks or brackets around everything. All else counts:
accents and tones (é is not e), signs (C# is not C, .NET is not NET), raised figures (10² is not 102).

Numbers. Equal values are equal, whatever groups their digits and marks their decimals. Which of both a point or a comma
does is told by the text itself, but for one case: a single one with one to three digits before it and three behind it
(1,250) is read both ways. A percentage equals the same percentage alone. Fractions, powers and figures with a unit are
text.
"""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import Final

# Longer texts are no numbers. An exponent has two digits at most, so that nothing grows without bounds.
MOST_OF_NUMBER: Final = 60

_APOSTROPHES: Final = "'`´‘’‚‛′‵‹›ʹʻʼʽʾʿˈˊˋꞌ՚׳＇"
_QUOTES: Final = '"“”„‟«»″‶״＂〝〞〟「」『』'
# Minus signs and hyphens besides what Unicode calls a dash.
_DASHES: Final = "−⁃˗➖"
# Two codes of one letter: Persian and Arabic yeh and kaf. A dotless i is what Turkish has for I.
_ALIKE: Final = {
    **dict.fromkeys(_APOSTROPHES, "'"), **dict.fromkeys(_QUOTES, '"'), **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys("٪﹪", "%"), **dict.fromkeys("،⹁", ","), "ی": "ي", "ک": "ك", "ı": "i",
}  # fmt: skip
# Dropped: tatweel, Arabic and Hebrew vowel signs, variation selectors, fillers and joiners without width.
_UNSEEN: Final = re.compile(
    "[\u0640\u064b-\u0652\u0670\u05b0-\u05bc\u05c1\u05c2\u05c7\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164"
    "\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# Format characters that are seen, or that tell one flag from another.
_SEEN: Final = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U000e0020-\U000e007f]")
# Kinds of compatibility that change what is meant: 10² is not 102, ½ is not 1⁄2.
_MEANT: Final = ("<super>", "<sub>", "<fraction>", "<circle>")
_STOPS: Final = " .,;:…。、，．،؛।"
_CALLS: Final = "!?؟！？"
_PAIRS: Final = frozenset({"''", '""', "()"})

_NUMBER: Final = re.compile(r"(%?) ?([+-]?) ?([\d.,' ٬٫]+?)(?:e([+-]?\d{1,2}))? ?(%?)[.,]?", re.ASCII)
_GROUPED: Final = re.compile(r"[1-9]\d{0,2}(?:([.,' ٬])\d{3})(?:\1\d{3})*", re.ASCII)
_LAKHS: Final = re.compile(r"[1-9]\d?(?:([,٬])\d{2})(?:\1\d{2})*\1\d{3}", re.ASCII)
_WHOLE: Final = re.compile(r"\d+", re.ASCII)

# A value, and whether it is a percentage.
Reading = tuple[Decimal, bool]


def same_text(given: str, accepted: str) -> bool:
    """Say whether two texts are the same answer; one without anything to compare is the same as none."""
    return bool(normalised(given)) and normalised(given) == normalised(accepted)


def same_number(given: str, accepted: str) -> bool:
    """Say whether two texts can be read as the same number."""
    return not readings(given).isdisjoint(readings(accepted))


@lru_cache(maxsize=512)
def normalised(text: str) -> str:
    """Return a short answer as it is compared as text; empty where nothing of it is seen."""
    # Folding case makes new letters to fold now and then; after two rounds nothing has been seen to change.
    for _ in range(4):
        plain = _bare(" ".join(_folded(text).casefold().replace("i\u0307", "i").split()))
        if plain == text:
            break
        text = plain
    return text


def readings(text: str) -> frozenset[Reading]:
    """Return the numbers that a text can be read as; none where it is no number."""
    if len(text) > MOST_OF_NUMBER:
        return frozenset()
    found = _NUMBER.fullmatch(" ".join(_folded(text).casefold().split()))
    if found is None or (found[1] and found[5]):
        return frozenset()
    sign, exponent, percent = found[2], found[4] or "0", bool(found[1] or found[5])
    return frozenset((Decimal(f"{sign}{value}e{exponent}"), percent) for value in _values(found[3].strip()))


def _values(body: str) -> set[str]:
    """Return what digits with marks between them can mean, a point before the decimals."""
    whole = {_ungrouped(body)}
    for mark in ".,٫":
        before, found, after = body.partition(mark)
        if found and _WHOLE.fullmatch(after) and (not before or _ungrouped(before)):
            whole.add(f"{_ungrouped(before) or '0'}.{after}")
    return whole - {""}


def _ungrouped(digits: str) -> str:
    """Return digits without what groups them; empty where they are not grouped as anybody does it."""
    if _WHOLE.fullmatch(digits):
        return digits
    return re.sub(r"\D", "", digits) if _GROUPED.fullmatch(digits) or _LAKHS.fullmatch(digits) else ""


def _folded(text: str) -> str:
    """Return a text with one code for what looks and means the same."""
    composed = unicodedata.normalize("NFC", text)
    return unicodedata.normalize("NFC", _UNSEEN.sub("", "".join(map(_letter, composed))))


@lru_cache(maxsize=4096)
def _letter(sign: str) -> str:
    """Return one character as it is compared: itself, another one, several, or nothing."""
    if sign.isspace():
        return " "
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    match unicodedata.category(sign):
        case "Cf" | "Cc":
            return sign if _SEEN.match(sign) else ""
        case "Pd":
            return _ALIKE.get(sign, "-")
    return _ALIKE.get(sign) or _compatible(sign)


def _compatible(sign: str) -> str:
    """Return the plain form of a wide letter, a ligature or a presentation form."""
    parts = unicodedata.decomposition(sign)
    plain = unicodedata.normalize("NFKC", sign)
    # An accent that stands alone would become a blank with an accent.
    if not parts.startswith("<") or parts.startswith(_MEANT) or plain.startswith(" "):
        return sign
    return plain if len(plain) == 1 and plain == sign else "".join(map(_letter, plain))


def _bare(plain: str) -> str:
    """Return a text without stops at its end and without what is put around all of it, unless nothing is left."""
    while True:
        cut = plain.rstrip(_STOPS).lstrip("¿¡ ")
        spoken = cut.rstrip(_CALLS + _STOPS)
        if spoken[-1:].isalpha():  # 5! is not 5
            cut = spoken
        if len(cut) > 1 and cut[0] + cut[-1] in _PAIRS:
            cut = cut[1:-1]
        cut = cut.strip()
        if not cut or cut == plain:
            return plain
        plain = cut
