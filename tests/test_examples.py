"""Each public function has an example in its docstring, and the example does what it shows."""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

import metalog
from metalog import plots, stats
from metalog.runs.grouping import Groups
from tests.conftest import ROOT
from tests.plots.settings_runs import setting_runs

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "read": metalog.read,
    "read_many": metalog.read_many,
    "Groups.summary": Groups.summary,
    **{f"plots.{name}": getattr(plots, name) for name in plots.__all__},
    **{f"stats.{name}": getattr(stats, name) for name in stats.__all__ if inspect.isfunction(getattr(stats, name))},
}
#: What examples may name: the logs `runs/run.txt.gz` and `runs/short.txt.gz`, what they hold (`run`, `runs`), and
#: `seeds`, two settings of three seeds each.
LOGS = ("run.txt.gz", "short.txt.gz")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    own = tmp_path_factory.mktemp("examples")
    (own / "runs").mkdir()
    for name in LOGS:
        (own / "runs" / name).write_bytes((ROOT / "docs" / "gallery-runs" / name).read_bytes())
    return own


@pytest.fixture(scope="module")
def names(folder: Path) -> dict[str, Any]:
    runs = metalog.read_many(folder / "runs")
    return {"metalog": metalog, "run": runs["run"], "runs": runs, "seeds": setting_runs(seeds=range(3))}


@pytest.fixture(autouse=True)
def in_the_folder(folder: Path) -> Iterator[None]:
    import matplotlib.pyplot as plt

    with chdir(folder), mpl.rc_context({"backend": "agg"}):
        yield
    plt.close("all")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_example_does_what_it_shows(name: str, names: dict[str, Any]) -> None:
    text = inspect.getdoc(FUNCTIONS[name]) or ""
    assert "Examples\n--------\n>>> " in text
    example = doctest.DocTestParser().get_doctest(text, dict(names), name, None, 0)
    told: list[str] = []
    result = doctest.DocTestRunner().run(example, out=told.append)
    assert result.attempted
    assert not result.failed, "".join(told)


@pytest.mark.parametrize("package", [metalog, plots, stats])
def test_completion_offers_the_public_names_alone(package: Any) -> None:
    assert set(dir(package)) - {"__version__"} == set(package.__all__)
