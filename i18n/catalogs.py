"""Extraction, update and compilation of the message catalogues; every output depends on the sources alone."""

from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from i18n.texts import CATALOGS, DEFAULT_LOCALE, DOMAIN, LOCALES

ROOT: Final = CATALOGS.parent
PACKAGES: Final = ("i18n", "workforce", "payroll", "leaderboard")
TEMPLATE: Final = CATALOGS / f"{DOMAIN}.pot"

_METHODS: Final = [("**.py", "python"), ("**/templates/**", "jinja2")]
# A template that does not parse must stop the extraction, not lose its strings.
_OPTIONS: Final = {"**/templates/**": {"silent": "false", "newstyle_gettext": "true"}}
_KEYWORDS: Final[dict[str, tuple[int, ...] | None]] = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "N_": None,
    "ngettext": (1, 2),
}
_COMMENT_TAGS: Final = ("Translators:",)
# gettext wants dates in the header; a fixed one keeps two runs over the same sources equal.
_NO_DATE: Final = datetime(1970, 1, 1, tzinfo=UTC)


def translated_locales() -> list[str]:
    """Return the offered locales that need a catalogue: all but the language of the sources."""
    return [code for code in LOCALES if code != DEFAULT_LOCALE]


def po_path(locale: str) -> Path:
    """Return where the translations of a locale are edited."""
    return CATALOGS / locale / "LC_MESSAGES" / f"{DOMAIN}.po"


def mo_path(locale: str) -> Path:
    """Return where the compiled catalogue of a locale is read from."""
    return po_path(locale).with_suffix(".mo")


def extract(root: Path = ROOT) -> Catalog:
    """Return a catalogue of every marked string in the packages under `root`.

    Raises SyntaxError or a Jinja TemplateSyntaxError for a source that does not parse.
    """
    catalog = _empty(None)
    for package in PACKAGES:
        folder = root / package
        if not folder.is_dir():
            continue
        found = extract_from_dir(
            folder, _METHODS, _OPTIONS, keywords=_KEYWORDS, comment_tags=_COMMENT_TAGS, strip_comment_tags=True
        )
        for _file, _line, text, comments, context in found:
            catalog.add(text, None, auto_comments=comments, context=context)
    return catalog


def _empty(locale: str | None) -> Catalog:
    return Catalog(locale=locale, domain=DOMAIN, creation_date=_NO_DATE, revision_date=_NO_DATE, fuzzy=False)


def render(catalog: Catalog) -> str:
    """Return a catalogue as PO text: sorted, without locations, dates, addresses or obsolete strings."""
    body = BytesIO()
    write_po(body, catalog, width=0, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    header = ['msgid ""', 'msgstr ""', r'"MIME-Version: 1.0\n"', r'"Content-Type: text/plain; charset=utf-8\n"']
    header.append(r'"Content-Transfer-Encoding: 8bit\n"')
    if catalog.locale is not None:
        header.append(rf'"Language: {catalog.locale}\n"')
        header.append(rf'"Plural-Forms: {catalog.plural_forms}\n"')
    return "\n".join(header) + "\n\n" + body.getvalue().decode().strip() + "\n"


def read(locale: str) -> Catalog:
    """Return the translations of a locale as they stand; an empty catalogue where there is no file yet."""
    path = po_path(locale)
    if not path.exists():
        return _empty(locale)
    with path.open("rb") as file:
        catalog = read_po(file, locale=locale, domain=DOMAIN, abort_invalid=True)
    catalog.creation_date = catalog.revision_date = _NO_DATE
    return catalog


def write_template(root: Path = ROOT) -> Path:
    """Write the template of all marked strings and return its path."""
    TEMPLATE.write_text(render(extract(root)), encoding="utf-8")
    return TEMPLATE


def update(locale: str, template: Catalog) -> Path:
    """Bring the strings of a locale up to the template; keep what is translated, guess nothing.

    A guessed ("fuzzy") sentence about money is worse than an English one, so new strings start empty.
    """
    catalog = read(locale)
    catalog.update(template, no_fuzzy_matching=True)
    path = po_path(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(catalog), encoding="utf-8")
    return path


def compiled(catalog: Catalog) -> bytes:
    """Return the binary form of a catalogue; strings without a translation are left out and so shown in English."""
    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def compile_locale(locale: str) -> Path:
    """Compile the translations of a locale and return the path of the binary file."""
    path = mo_path(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(compiled(read(locale)))
    return path


def messages(catalog: Catalog) -> Iterable[Message]:
    """Return the messages of a catalogue without its header."""
    return (message for message in catalog if message.id)
