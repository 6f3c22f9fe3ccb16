"""The notebook in docs/ runs from top to bottom with this version, and what it concludes is so."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

import metalog
from tests.conftest import ROOT

DOCS = ROOT / "docs"
NAMES = ("still", "slow", "usual", "wild")


@pytest.fixture(scope="module")
def notebook() -> Any:
    return nbformat.read(DOCS / "notebook.ipynb", as_version=4)


@pytest.fixture(scope="module")
def runs() -> metalog.RunSet:
    return metalog.read_many(DOCS / "notebook-runs")


def pictures(cell: Any) -> list[Any]:
    return [output for output in cell.get("outputs", []) if "image/png" in output.get("data", {})]


def printed(notebook: Any) -> list[str]:
    """Return the texts that cells print, and what they show as one."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return [output.data.get("text/plain", "") for output in outputs if "data" in output]


def _with_own_words(again: Any, notebook: Any) -> Any:
    """Return the notebook that was run, with the metadata of the saved one: pictures are described by hand."""
    for cell, saved in zip(again.cells, notebook.cells, strict=True):
        cell.metadata = saved.metadata
        if cell.cell_type == "code":
            for output, before in zip(cell.outputs, saved.outputs, strict=True):
                output.metadata = before.metadata
    again.metadata = notebook.metadata
    return again


# Jupyter's own warnings about its transport and event loop, which say nothing about the notebook.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning", "ignore::UserWarning")
def test_the_notebook_runs_and_draws_four_figures(notebook: Any) -> None:
    again = nbformat.from_dict(notebook)
    NotebookClient(again, timeout=300, resources={"metadata": {"path": str(DOCS)}}).execute()
    outputs = [output for cell in again.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.output_type in ("stream", "error")]
    drawn = [picture for cell in again.cells for picture in pictures(cell)]
    assert len(drawn) == 4
    if os.environ.get("METALOG_WRITE_GOLDEN"):
        nbformat.write(_with_own_words(again, notebook), DOCS / "notebook.ipynb")
    else:
        assert printed(again) == printed(notebook), "saved outputs are not current: METALOG_WRITE_GOLDEN=1"
    # Figures of metalog bring a text of their own; that of the user's own page has none.
    assert ["alt" in picture.metadata.get("image/png", {}) for picture in drawn] == [True, True, False, True]


def test_each_picture_has_an_alternative_text_and_a_conclusion(notebook: Any) -> None:
    following = dict(zip((cell.id for cell in notebook.cells), notebook.cells[1:], strict=False))
    drawing = [cell for cell in notebook.cells if pictures(cell)]
    assert len(drawing) == 4
    for cell in drawing:
        assert len(pictures(cell)[0].metadata["image/png"]["alt"].split()) > 20
        assert following[cell.id].cell_type == "markdown"


def test_the_commands_can_be_pasted_and_made_these_logs(notebook: Any, tmp_path: Path, runs: metalog.RunSet) -> None:
    (block,) = re.findall(r"```sh\n(.*?)```", notebook.cells[0].source, re.DOTALL)
    assert "\\" not in block
    stub = tmp_path / "metalog"
    stub.write_text('#!/bin/sh\necho "$@"\n')
    stub.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-c", block], env=environment, capture_output=True, text=True, check=True, cwd=tmp_path
    )
    typed = [line.split() for line in done.stdout.splitlines()]
    assert [line[:3] for line in typed] == [["train", "-o", f"{name}.txt"] for name in NAMES]
    for name, line in zip(NAMES, typed, strict=True):
        given = dict(zip(line[3::2], line[4::2], strict=True))
        config = {f"--{key.replace('_', '-')}": value for key, value in runs[name].config.items()}
        for option, value in given.items():
            logged = config[option]
            assert ",".join(map(str, logged)) == value if isinstance(logged, list) else float_or_text(logged) == value


def float_or_text(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def test_what_the_notebook_concludes_is_so(runs: metalog.RunSet) -> None:
    assert set(runs) == set(NAMES)
    run = runs["usual"]
    # The grid: five inner steps lower the loss little at the start, and in later rows far more.
    ends = run.steps.groupby(["meta_step", "problem"])["loss"].agg(["first", "last"])
    fall = (ends["first"] - ends["last"]).groupby("meta_step").max()
    assert fall[1] < 0.25
    assert (fall[[21, 41, 61, 81, 101, 121, 141]] > 0.4).all()
    # The curve: from 0.65 to 0.22, and level by meta-step 100.
    loss = run.meta_steps["validation_loss"]
    assert loss[:5].mean() == pytest.approx(0.63, abs=0.03)
    assert loss[100:].mean() == pytest.approx(0.22, abs=0.02)
    # seaborn's lines fall until the fourth epoch; one late epoch is worth more than five early ones.
    late = run.validations.query("meta_step > 140").pivot_table(index="epoch", columns="problem", values="loss")
    assert (late.diff().loc[2:4] < 0).all(axis=None)
    adapted = metalog.stats.adaptation(run).set_index(["stage", "epoch"])["loss"]
    assert adapted["late", 1] < adapted["early", 5]
    assert adapted.xs(0, level="epoch").to_numpy() == pytest.approx(np.log(2), abs=0.01)


def test_what_it_concludes_of_the_four_runs_is_so(runs: metalog.RunSet) -> None:
    last = {name: run.meta_steps["validation_loss"][-40:].mean() for name, run in runs.items()}
    assert last["usual"] < 0.5 * min(last["slow"], last["wild"])
    assert max(last["slow"], last["wild"]) < last["still"]
    assert runs["wild"].meta_steps["validation_loss"][:10].max() > 5
    accuracy = runs.meta_validation.query("meta_step == 160").groupby("run", observed=True)["accuracy"].median()
    assert accuracy.round(2).to_dict() == {"still": 0.6, "slow": 0.75, "usual": 0.9, "wild": 0.7}
    table = metalog.stats.compare(runs, baseline="still", paired=True).set_index("run")
    assert (table.loc[["slow", "usual"], "difference_high"] < -0.04).all()
    assert table.loc["wild", "difference_low"] < 0 < table.loc["wild", "difference_high"]
    assert all(metalog.stats.divergence(run)["turns_up"].isna().all() for run in runs.values())
