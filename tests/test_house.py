"""The house keeps its rules: rooms in one order, no circle of imports, nothing named that a format should say."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

#: Each room may use those before it.
ORDER = (
    ("columns", "errors", "diagnostics", "printable", "__main__"),
    ("formats",),
    ("sources",),
    ("scan",),
    ("odometer",),
    ("composing",),
    ("runs",),
    ("reading",),
    ("drafting",),
    ("stats",),
    ("output",),
    ("plots",),
    ("report",),
    ("cli",),
)
STAGES = ("sources", "scan", "odometer", "composing", "reading")
WORDS = re.compile("problem|meta.?step|meta.?epoch|validation", re.IGNORECASE)
LONGEST_FILE, LONGEST_FUNCTION = 300, 40


def python_files(*rooms: str) -> list[Path]:
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports() -> dict[str, set[str]]:
    """Return what each module imports, lazily or not, but for what only type checkers see."""
    names = {module(path): path for path in python_files("metalog", "trainer")}
    return {name: set(_imported(path, names)) - {name} for name, path in names.items()}


def _imported(path: Path, names: dict[str, Path]) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom) and node.module in names:
            yield from (
                f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in names else node.module
                for alias in node.names
            )


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Return modules that import each other in a circle, none if there is no circle."""
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        for other in sorted(graph[name]):
            if found := visit(other, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(graph) if (found := visit(name, []))), [])


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert circle(imports()) == []
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c"]  # the check can fail


def test_arrows_go_down() -> None:
    height = {room: level for level, rooms in enumerate(ORDER) for room in rooms}
    upwards = [
        f"{name} -> {other}"
        for name, others in imports().items()
        for other in others
        if name.startswith("metalog.") and other.startswith("metalog.")
        for here, there in [(name.split(".")[1], other.split(".")[1])]
        if here != "__main__" and height[there] >= height[here] and here != there
    ]
    assert upwards == []


def test_every_room_is_in_the_order() -> None:
    rooms = {name.split(".")[1] for name in imports() if name.startswith("metalog.")}
    assert rooms == {room for level in ORDER for room in level}


@pytest.mark.parametrize("room", STAGES)
def test_between_bytes_and_rows_no_kind_of_line_is_named(room: str) -> None:
    for path in sorted((ROOT / "metalog" / room).rglob("*.py*")):
        if path.suffix in (".py", ".pyx", ".pyi"):
            assert _names(path) == [], path


def _names(path: Path) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
    code = (
        token.string
        for token in tokens
        if token.type == tokenize.NAME
        or (token.type == tokenize.STRING and not token.string.startswith(('"""', 'r"""')))
    )
    return [text for text in code if WORDS.search(text)]


@pytest.mark.parametrize("path", python_files("metalog", "trainer"), ids=module)
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            first = node.body[0]
            documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(node.body) > 1
            begin = node.body[1].lineno if documented else node.lineno
            assert (node.end_lineno or 0) - begin < LONGEST_FUNCTION, node.name
