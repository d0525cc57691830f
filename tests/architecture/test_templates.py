"""Every template loads, and no English sentence stands in one unmarked."""

import re
from pathlib import Path

import pytest
from flask import Flask

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(
    path for package in ("workforce", "payroll", "leaderboard") for path in (ROOT / package).rglob("*.html")
)
MARKUP = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>|&\w+;", re.DOTALL)
TRANS = re.compile(r"\{%-?\s*trans.*?endtrans\s*-?%\}", re.DOTALL)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_a_template_loads(path: Path, app: Flask) -> None:
    app.jinja_env.get_template(str(path).rpartition("/templates/")[2])


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_every_sentence_is_marked_for_translation(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"<(style|script|svg)\b.*?</\1>", "", text, flags=re.DOTALL)
    bare = MARKUP.sub(" ", TRANS.sub("", re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)))
    words = [word for word in re.findall(r"[A-Za-z]{3,}(?:\s+[A-Za-z]{2,})+", bare) if "Daybook" not in word]
    assert not words


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_no_script_of_its_own_and_no_style_inside(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son\w+=|javascript:", text)
