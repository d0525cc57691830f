"""What is wrong with the catalogues, as findings: one line a problem, none when all is well."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message

from i18n import catalogs

_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)[#0\- +]?[\d.]*[a-zA-Z]|%%|\{\w*\}")
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")


def findings(root: Path = catalogs.ROOT) -> list[str]:
    """Return every problem of the template and of the offered languages; empty when nothing is wrong."""
    template = catalogs.extract(root)
    found = list(_template_problems(template))
    for locale in catalogs.translated_locales():
        catalog = catalogs.read(locale)
        found += [f"{locale}: {problem}" for problem in catalog_problems(template, catalog)]
        found += [f"{locale}: {problem}" for problem in _compiled_problems(locale, catalog)]
    return found


def _template_problems(template: Catalog) -> Iterator[str]:
    path = catalogs.TEMPLATE
    if not path.exists() or path.read_text(encoding="utf-8") != catalogs.render(template):
        yield f"{path.name} is not current: run `daybook i18n extract` and `daybook i18n update`"


def _compiled_problems(locale: str, catalog: Catalog) -> Iterator[str]:
    path = catalogs.mo_path(locale)
    if not path.exists() or path.read_bytes() != catalogs.compiled(catalog):
        yield "the compiled catalogue is not current: run `daybook i18n compile`"


def catalog_problems(template: Catalog, catalog: Catalog) -> Iterator[str]:
    """Yield what is wrong with the translations of one language, compared with the template."""
    known = {_key(message) for message in catalogs.messages(template)}
    present = {_key(message): message for message in catalogs.messages(catalog)}
    for key in sorted(known - present.keys()):
        yield f"missing: {key[0]!r}"
    for key in sorted(present.keys() - known):
        yield f"no longer used: {key[0]!r}"
    for key in sorted(known & present.keys()):
        for problem in message_problems(present[key], catalog.num_plurals):
            yield f"{problem}: {key[0]!r}"


def _key(message: Message) -> tuple[str, str]:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return text, message.context or ""


def message_problems(message: Message, plurals: int) -> Iterator[str]:
    """Yield what is wrong with one translated message of a language that has so many plural forms."""
    sources = _forms(message.id)
    texts = _forms(message.string)
    if message.fuzzy:
        yield "fuzzy"
    if not any(texts):
        yield "not translated"
        return
    expected = plurals if len(sources) > 1 else 1
    if len(texts) != expected or not all(texts):
        yield f"{expected} plural forms wanted, {sum(map(bool, texts))} given"
    for what, parts in (("placeholders differ", _placeholders), ("HTML tags differ", _tags)):
        if not all(_agrees(text, sources, parts) for text in filter(None, texts)):
            yield what


def _forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text or ""] if text is None or isinstance(text, str) else [form or "" for form in text]


def _agrees(text: str, sources: list[str], parts: Callable[[str], Counter[str]]) -> bool:
    # "One piece" may leave the number out, so a plural form may follow either of the two English forms.
    return any(parts(text) == parts(source) for source in sources)


def _placeholders(text: str) -> Counter[str]:
    return Counter(match.group() for match in _PLACEHOLDER.finditer(text))


def _tags(text: str) -> Counter[str]:
    return Counter(match.group() for match in _TAG.finditer(text))
