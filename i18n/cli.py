"""`daybook i18n …`, also `python -m i18n.cli …` before anything else of the product works."""

import json
import sys

import click

from i18n import catalogs, checks

_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def _emit(as_json: bool, written: list[str]) -> None:
    if as_json:
        click.echo(json.dumps({"written": written}))
        return
    for path in written:
        click.echo(path)


@click.group()
def i18n() -> None:
    """Find strings to translate, and check and compile their translations."""


@i18n.command()
@_as_json
def extract(as_json: bool) -> None:
    """Write messages.pot from the marked strings of all packages."""
    path = catalogs.write_template()
    _emit(as_json, [str(path.relative_to(catalogs.ROOT))])


@i18n.command()
@_as_json
def update(as_json: bool) -> None:
    """Bring the catalogue of every language up to the marked strings; new ones start empty."""
    template = catalogs.extract()
    paths = [catalogs.update(locale, template) for locale in catalogs.translated_locales()]
    _emit(as_json, [str(path.relative_to(catalogs.ROOT)) for path in paths])


@i18n.command(name="compile")
@_as_json
def compile_(as_json: bool) -> None:
    """Compile every language, so that the product can use it."""
    paths = [catalogs.compile_locale(locale) for locale in catalogs.translated_locales()]
    _emit(as_json, [str(path.relative_to(catalogs.ROOT)) for path in paths])


@i18n.command()
@_as_json
def check(as_json: bool) -> None:
    """Exit with 1 and one line a problem unless every offered language is complete and current."""
    found = checks.findings()
    if as_json:
        click.echo(json.dumps({"ok": not found, "problems": found}, ensure_ascii=False))
    else:
        for problem in found:
            click.echo(problem, err=True)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    i18n()
