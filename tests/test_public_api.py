"""The public names: all there, all listed, all documented; the errors in one tree."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import metalog
from metalog import errors

PUBLIC = [name for name in metalog.__all__ if name not in ("plots", "stats")]
ERRORS = [name for name in metalog.__all__ if name.endswith("Error")]


@pytest.mark.parametrize("name", metalog.__all__)
def test_every_public_name_is_there(name):
    assert getattr(metalog, name) is not None
    assert name in dir(metalog)


def test_the_names_are_sorted_and_each_once():
    assert metalog.__all__ == sorted(set(metalog.__all__))


def test_nothing_else_is_listed():
    assert dir(metalog) == sorted([*metalog.__all__, "__version__"])


def test_what_type_checkers_see_is_what_is_there():
    """The imports under TYPE_CHECKING and the lazy ones must not drift apart."""
    source = Path(metalog.__file__).read_text()
    block = source.split("if TYPE_CHECKING:\n")[1].split("\n__version__")[0]
    names = {
        word for word in block.replace(",", " ").replace("(", " ").replace(")", " ").split() if word in dir(metalog)
    }
    assert names == set(metalog.__all__)
    assert {name: getattr(metalog, name).__module__ for name in PUBLIC} == {
        name: f"metalog.{home}" for name, home in metalog._HOMES.items()
    }


def test_an_unknown_name_is_an_attribute_error_that_names_it():
    with pytest.raises(AttributeError, match="module 'metalog' has no attribute 'raed'"):
        metalog.raed  # noqa: B018 - the access is what is tested


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_documented(name):
    described = getattr(metalog, name)
    assert inspect.getdoc(described)
    for member, value in vars(described).items() if inspect.isclass(described) else ():
        if not member.startswith("_") and callable(value):
            assert inspect.getdoc(value), f"{name}.{member}"


@pytest.mark.parametrize("name", ["plots", "stats"])
def test_what_the_packages_offer_is_there_and_documented(name):
    package = getattr(metalog, name)
    for member in package.__all__:
        offered = getattr(package, member)
        if inspect.isclass(offered) or inspect.isroutine(offered):
            assert inspect.getdoc(offered), member


def test_a_star_import_gives_the_public_names():
    names: dict[str, object] = {}
    exec("from metalog import *", names)
    assert set(metalog.__all__) <= set(names)


# Errors


def test_every_error_is_public():
    own = {name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, Exception)}
    assert own == {*ERRORS, "FormatWarning"}


@pytest.mark.parametrize("name", ERRORS)
def test_one_except_catches_all(name):
    assert issubclass(getattr(metalog, name), metalog.MetalogError)


@pytest.mark.parametrize(
    ("name", "builtin"),
    [("UsageError", ValueError), ("SourceError", OSError), ("MissingExtraError", ImportError)],
)
def test_an_error_is_also_what_python_programmers_expect(name, builtin):
    assert issubclass(getattr(metalog, name), builtin)


def test_the_docstring_draws_the_whole_tree():
    for name in ERRORS:
        assert name in errors.__doc__


@pytest.mark.parametrize(
    "error",
    [
        metalog.EmptyLogError("run.txt is empty"),
        metalog.FormatError("run.txt", metalog.Diagnostic(3, 1, "gap", "error", "epoch 3 where 2 should begin")),
        metalog.MissingExtraError("pyarrow", "parquet", "writing parquet"),
    ],
)
def test_errors_survive_other_processes(error):
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (type(again), str(again)) == (type(error), str(error))


def test_a_missing_extra_is_answered_with_the_command_that_installs_it():
    error = metalog.MissingExtraError("pyarrow", "parquet", "writing parquet")
    assert str(error) == "writing parquet needs pyarrow: pip install 'metalog-toolkit[parquet]'"
    assert error.name == "pyarrow"


def test_a_read_that_fails_says_so_with_a_public_error(tmp_path):
    with pytest.raises(metalog.SourceError, match="no such file"):
        metalog.read(tmp_path / "missing.txt")


# Imports: what `import metalog` loads is tested in test_cli_main.py


def test_the_first_use_of_a_name_imports_its_module_only():
    code = "import metalog, sys; metalog.LogWriter; print({'numpy', 'metalog.formats.writer'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "{'metalog.formats.writer'}\n"
