"""What the source must look like, as tests: sizes, one place that commits, no word that does not belong."""

import ast
import re
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("workforce", "payroll", "leaderboard", "i18n")
SOURCES = sorted([ROOT / "wsgi.py", *(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))])
FILES_OF_A_FEATURE = {
    "__init__", "views", "api", "jobs", "cli", "forms", "services", "queries", "models", "rules", "demo", "bench",
    "rails", "readers",
}  # fmt: skip
KERNELS = {"core"}  # flat by design: the shared kernel
TOP_LEVEL = {
    "wsgi.py", "workforce", "payroll", "leaderboard", "i18n", "migrations", "tests", "pyproject.toml", "README.md",
    "requirements.lock", "requirements-dev.lock", "Makefile", "LICENSE",
}  # fmt: skip


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(_text(path))


@cache
def _functions(path: Path) -> Sequence[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(_parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_files_and_functions_are_small() -> None:
    """A file that grows past this becomes a folder of the same name, a module a use case."""
    sizes = {_name(path): len(_text(path).splitlines()) for path in SOURCES}
    assert not {name: lines for name, lines in sizes.items() if lines > 500}
    lengths = {
        f"{_name(path)}:{one.name}": (one.end_lineno or 0) - one.lineno + 1
        for path in SOURCES
        for one in _functions(path)
    }
    assert not {name: length for name, length in lengths.items() if length > 70}


def test_most_files_and_functions_keep_the_budget() -> None:
    sizes = sorted(len(_text(path).splitlines()) for path in SOURCES if path.stat().st_size)
    lengths = sorted((one.end_lineno or 0) - one.lineno + 1 for path in SOURCES for one in _functions(path))
    assert sizes[len(sizes) * 9 // 10] <= 300
    assert lengths[len(lengths) * 9 // 10] <= 40


def test_the_top_level_is_as_its_owner_fixed_it() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    assert {name.partition("/")[0] for name in listed if name and not name.startswith(".")} <= TOP_LEVEL


def test_a_feature_has_only_files_of_the_known_names() -> None:
    strange = [
        _name(path)
        for package in ("workforce", "payroll")
        for feature in (ROOT / package).iterdir()
        if feature.is_dir() and feature.name not in KERNELS | {"__pycache__"}
        for path in feature.glob("*.py")
        if path.stem not in FILES_OF_A_FEATURE
    ]
    assert not strange


def test_one_place_commits() -> None:
    commits = [
        f"{_name(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(_parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert len(commits) == 1, commits
    assert commits[0].startswith("workforce/core/db.py")


def test_nothing_is_imported_inside_a_function() -> None:
    inside = [
        f"{_name(path)}:{node.lineno}"
        for path in SOURCES
        for function in _functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inside


def test_no_error_is_swallowed() -> None:
    silent = [
        f"{_name(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(_parsed(path))
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (len(node.body) == 1 and isinstance(node.body[0], ast.Pass) and ast.unparse(node.type) == "Exception")
        )
    ]
    assert not silent


def test_money_is_no_float_and_time_is_not_naive() -> None:
    wrong = re.compile(r"\bfloat\(|datetime\.utcnow|datetime\.now\(\)|date\.today\(\)")
    assert not [_name(path) for path in SOURCES if wrong.search(_text(path))]


def test_public_functions_of_services_queries_and_rules_say_what_they_do() -> None:
    bare = [
        f"{_name(path)}:{node.name}"
        for path in SOURCES
        if {"services", "queries", "rules"} & {path.stem, *path.relative_to(ROOT).parts}
        for node in _parsed(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert not bare


def test_the_product_speaks_of_the_product_alone() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    words = re.compile(
        "|".join(
            [
                "/" + "work/",
                "/" + "tmp/",
                r"\." + "library",
                "sub" + "agent",
                "TO" + "DO",
                "FIX" + "ME",
                "py" + r"pi\.org",
            ]
        )
    )
    found = [
        f"{name}: {match.group()}"
        for name in filter(None, listed)
        if (ROOT / name).is_file() and not name.endswith((".png", ".mo"))
        for match in words.finditer((ROOT / name).read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found
