"""Runs chosen by what is told of them: ``meta_lr<=1e-3 and best<0.4``, a small language that can do no harm.

Comparisons (``== != < <= > >= in not in``) of named values (settings, columns of the summary) with plain ones, joined
by ``and``, ``or``, ``not``. It is read by Python's own parser and walked here, never evaluated.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from metalog.errors import UsageError
from metalog.runs.words import hint

_LONGEST: Final = 1000
#: Whatever walks a condition goes down into it; a thousand levels would be too much for Python.
_DEEPEST: Final = 100
#: A message shows so many characters of a condition that is far too long to be read.
_SHOWN: Final = 40
_EXAMPLE: Final = "--where 'meta_lr<=1e-3 and order==\"first\"'"
_COMPARED: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}


@dataclass(frozen=True)
class Where:
    """A condition on settings, and on columns of the summary where no setting is called so.

    Parameters
    ----------
    text
        The condition. A setting whose name has dots is written with them: ``data.ways == 5``.

    Raises
    ------
    UsageError
        If it is no condition, or uses more than the language has.
    """

    text: str

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise UsageError(f"the condition is empty; say which runs are chosen: {_EXAMPLE}")
        if len(self.text) > _LONGEST:
            raise UsageError(f"a condition has at most {_LONGEST:,} characters, not {len(self.text):,}")
        tree = self._tree()
        if _is_deep(tree):
            raise _too_deep(self.text)
        _check(tree, self.text)

    def _tree(self) -> ast.expr:
        try:
            return ast.parse(self.text.strip(), mode="eval").body
        except (RecursionError, MemoryError):
            raise _too_deep(self.text) from None
        except (SyntaxError, ValueError) as error:
            raise _too_deep(self.text) if "too many nested" in str(error) else _refused(self.text) from None

    def names(self) -> set[str]:
        """Return the settings that the condition asks for."""
        return _names(self._tree())

    def __call__(self, settings: Mapping[str, Any]) -> bool:
        """Tell whether `settings` fulfil the condition; one that a run doesn't have, or of another sort, does not.

        Nor does nan, whatever it is compared with.
        """
        return bool(_holds(self._tree(), settings))


def require(where: Where, known: Collection[str], what: str = "settings") -> None:
    """Refuse a condition on something that is told of no run: it is misspelt.

    Raises
    ------
    UsageError
        If there is one.
    """
    for name in sorted(where.names() - set(known)):
        raise UsageError(f"no run has a setting {name!r}{hint(name, known, what)}")


def _refused(text: str, part: str = "") -> UsageError:
    what = f"{part!r} in {text!r}" if part and part != text else repr(text)
    return UsageError(
        f"{what} can't be understood; comparisons of settings with values go, joined by and, or, not: {_EXAMPLE}"
    )


def _too_deep(text: str) -> UsageError:
    return UsageError(f"the condition {text[:_SHOWN]!r}… is too deeply nested; write it with fewer brackets or signs")


def _is_deep(tree: ast.expr) -> bool:
    """Tell whether a condition is too deep for what walks it; level by level, since that must not go down itself."""
    level: list[ast.AST] = [tree]
    for _ in range(_DEEPEST):
        level = [inner for node in level for inner in ast.iter_child_nodes(node)]
    return bool(level)


def _check(node: ast.expr, text: str) -> None:
    if isinstance(node, ast.BoolOp):
        parts: list[ast.expr] = node.values
        for part in parts:
            _check(part, text)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        _check(node.operand, text)
    elif isinstance(node, ast.Compare) and all(type(sign) in _COMPARED for sign in node.ops):
        if not all(_dotted(part) or _is_value(part) for part in (node.left, *node.comparators)):
            raise _refused(text, ast.unparse(node))
    elif not _dotted(node):
        raise _refused(text, ast.unparse(node))


def _is_value(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return False
    return True


def _dotted(node: ast.expr) -> str:
    """Return the name of a setting; empty if it is something else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def _names(node: ast.AST) -> set[str]:
    if isinstance(node, ast.expr) and (name := _dotted(node)):
        return {name}
    return {name for inner in ast.iter_child_nodes(node) for name in _names(inner)}


def _holds(node: ast.expr, settings: Mapping[str, Any]) -> bool:
    if isinstance(node, ast.BoolOp):
        joined = all if isinstance(node.op, ast.And) else any
        return joined(_holds(part, settings) for part in node.values)
    if isinstance(node, ast.UnaryOp):
        return not _holds(node.operand, settings)
    if isinstance(node, ast.Compare):
        values = [_operand(part, settings) for part in (node.left, *node.comparators)]
        pairs = zip(node.ops, values, values[1:], strict=False)
        return all(_compares(sign, left, right) for sign, left, right in pairs)
    value = settings.get(_dotted(node))
    return bool(value) and not _is_nan(value)


def _operand(node: ast.expr, settings: Mapping[str, Any]) -> Any:
    name = _dotted(node)
    return settings.get(name) if name else ast.literal_eval(node)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _compares(sign: ast.cmpop, left: Any, right: Any) -> bool:
    if _is_nan(left) or _is_nan(right):  # to Python it would be unlike all others
        return False
    try:
        return bool(_COMPARED[type(sign)](left, right))
    except TypeError:  # a number and a word, or a setting that isn't there
        return False
