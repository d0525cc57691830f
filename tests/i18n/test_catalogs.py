import json
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from click.testing import CliRunner
from jinja2 import TemplateSyntaxError

from i18n import catalogs, checks
from i18n.cli import i18n


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    templates = tmp_path / "workforce" / "pages" / "templates"
    templates.mkdir(parents=True)
    (templates / "page.html").write_text(
        '{{ _("Hello %(name)s", name=n) }}{{ ngettext("%(num)s piece", "%(num)s pieces", n) }}'
    )
    (tmp_path / "workforce" / "rules.py").write_text('A = N_("Zebra")\nB = gettext("Apple")\nC = other("Nothing")\n')
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "x.py").write_text('N_("Not for readers")')
    return tmp_path


def test_marked_strings_of_python_and_templates_are_found(sources: Path) -> None:
    found = [message.id for message in catalogs.messages(catalogs.extract(sources))]
    assert sorted(map(str, found)) == sorted(
        map(str, ["Zebra", "Apple", "Hello %(name)s", ("%(num)s piece", "%(num)s pieces")])
    )


def test_a_template_that_does_not_parse_stops_the_extraction(sources: Path) -> None:
    (sources / "workforce" / "pages" / "templates" / "bad.html").write_text("{% if %}")
    with pytest.raises(TemplateSyntaxError):
        catalogs.extract(sources)


def test_output_depends_on_the_sources_alone(sources: Path) -> None:
    text = catalogs.render(catalogs.extract(sources))
    assert text == catalogs.render(catalogs.extract(sources))
    assert text.index("Apple") < text.index("Hello") < text.index("Zebra")
    for absent in (str(sources), "workforce", "Date", "Babel", "http", "@"):
        assert absent not in text
    assert catalogs.compiled(catalogs.read("vi")) == catalogs.compiled(catalogs.read("vi"))


def test_update_keeps_translations_adds_empty_ones_and_drops_the_unused(
    sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogs, "CATALOGS", sources)
    template = catalogs.extract(sources)
    path = catalogs.update("vi", template)
    path.write_text(path.read_text().replace('msgid "Apple"\nmsgstr ""', 'msgid "Apple"\nmsgstr "Táo"'))
    (sources / "workforce" / "rules.py").write_text('N_("Apple")\nN_("Apples")\n')
    catalogs.update("vi", catalogs.extract(sources))
    found = {message.id: message for message in catalogs.messages(catalogs.read("vi"))}
    assert found["Apple"].string == "Táo"
    assert not found["Apples"].string
    assert not found["Apples"].fuzzy
    assert "Zebra" not in found


@pytest.mark.parametrize(
    ("source", "target", "flags", "problem"),
    [
        ("Hello %(name)s", "Chào %(name)s", (), None),
        ("Hello %(name)s", "Chào %(nam)s", (), "placeholders differ"),
        ("Hello %(name)s", "Chào", (), "placeholders differ"),
        ("<b>Bold</b>", "<b>Đậm</b>", (), None),
        ("<b>Bold</b>", "<b>Đậm", (), "HTML tags differ"),
        ("Hello", "", (), "not translated"),
        ("Hello", "Chào", ("fuzzy",), "fuzzy"),
        (("%(num)s piece", "%(num)s pieces"), ("%(num)s mục",), (), None),
        (("One piece", "%(num)s pieces"), ("%(num)s mục",), (), None),
        (("%(num)s piece", "%(num)s pieces"), ("%(num)s mục", "%(num)s mục"), (), "1 plural forms wanted, 2 given"),
    ],
)
def test_findings_of_a_message(source: str, target: str, flags: tuple[str, ...], problem: str | None) -> None:
    found = list(checks.message_problems(Message(source, target, flags=flags), plurals=1))
    assert found == ([problem] if problem else [])


def test_findings_of_a_catalogue() -> None:
    template, catalog = Catalog(), Catalog(locale="vi")
    template.add("Apple")
    template.add("Pear")
    catalog.add("Apple", "Táo")
    catalog.add("Plum", "Mận")
    assert list(checks.catalog_problems(template, catalog)) == ["missing: 'Pear'", "no longer used: 'Plum'"]


def test_a_stale_template_and_a_missing_binary_are_found(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogs, "CATALOGS", sources)
    monkeypatch.setattr(catalogs, "TEMPLATE", sources / "messages.pot")
    found = checks.findings(sources)
    assert any("messages.pot is not current" in line for line in found)
    assert any("compile" in line for line in found)
    assert "vi: missing: 'Apple'" in found


def test_the_commands_write_check_and_compile(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"CATALOGS": sources, "ROOT": sources, "TEMPLATE": sources / "messages.pot"}.items():
        monkeypatch.setattr(catalogs, name, value)
    monkeypatch.setattr(catalogs.extract, "__defaults__", (sources,))
    monkeypatch.setattr(catalogs.write_template, "__defaults__", (sources,))
    monkeypatch.setattr(checks.findings, "__defaults__", (sources,))
    run = CliRunner().invoke
    assert run(i18n, ["extract"]).output == "messages.pot\n"
    assert json.loads(run(i18n, ["update", "--json"]).output) == {"written": ["vi/LC_MESSAGES/messages.po"]}
    assert run(i18n, ["compile"]).exit_code == 0
    result = run(i18n, ["check"])
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"vi: not translated: {text!r}" for text in ("%(num)s piece", "Apple", "Hello %(name)s", "Zebra")
    ]
    report = json.loads(run(i18n, ["check", "--json"]).output)
    assert report["ok"] is False
    assert len(report["problems"]) == 4


def test_every_offered_language_is_complete() -> None:
    assert checks.findings() == []


def test_the_commands_run_before_the_product_does() -> None:
    command = [sys.executable, "-m", "i18n.cli", "check", "--json"]
    done = subprocess.run(command, cwd=catalogs.ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"ok": True, "problems": []}
