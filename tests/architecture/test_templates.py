"""Every template loads, and no English sentence stands in one unmarked."""

import re
from pathlib import Path

from flask import Flask

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(
    path for package in ("workforce", "payroll", "leaderboard") for path in (ROOT / package).rglob("*.html")
)
MARKUP = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>|&\w+;", re.DOTALL)
TRANS = re.compile(r"\{%-?\s*trans.*?endtrans\s*-?%\}", re.DOTALL)


def _texts() -> dict[str, str]:
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in TEMPLATES}


def test_every_template_loads(app: Flask) -> None:
    for path in TEMPLATES:
        app.jinja_env.get_template(str(path).rpartition("/templates/")[2])


def test_every_sentence_is_marked_for_translation() -> None:
    found = {name: words for name, text in _texts().items() if (words := _unmarked(text))}
    assert not found


def _unmarked(text: str) -> list[str]:
    """Give what stands in a template as words of a sentence and is translated by nothing."""
    text = re.sub(r"<(style|script|svg)\b.*?</\1>", "", text, flags=re.DOTALL)
    bare = MARKUP.sub(" ", TRANS.sub("", re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)))
    return [word for word in re.findall(r"[A-Za-z]{3,}(?:\s+[A-Za-z]{2,})+", bare) if "Daybook" not in word]


def test_no_script_of_its_own_and_no_style_inside() -> None:
    wrong = re.compile(r"<script(?! src=)|<style|\sstyle=|\son\w+=|javascript:")
    assert not [name for name, text in _texts().items() if wrong.search(text)]
