"""Each bundled declaration reads its fixture and its samples, in both engines; no other reads them better than its own.

``python -m tests.test_bundled_formats --accept NAME…`` writes what the parser says of a fixture beside it; without a
NAME, of all that have nothing beside them. Read it before you commit it: ``NAME.json`` tells what is right.
"""

from __future__ import annotations

import argparse
import io
import json

import pytest

import metalog
from metalog.formats import bundled, native
from metalog.formats.model import Sample
from metalog.reading.samples import check_sample
from tests.bundled_logs import FIXTURES, NAMES, count_rows, frames, said
from tests.conftest import ROOT


@pytest.fixture(params=["native", "portable"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "native":
        pytest.importorskip("metalog.scan.native", reason="this install has no compiled engine")
    monkeypatch.setenv("METALOG_ENGINE", request.param)


def test_each_declaration_has_a_fixture_and_each_fixture_a_declaration() -> None:
    assert {path.stem for path in FIXTURES.glob("*.log")} == set(NAMES)
    assert {path.stem for path in FIXTURES.glob("*.json")} == set(NAMES)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("name", NAMES)
def test_a_fixture_gives_what_stands_beside_it(name: str) -> None:
    expected = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    assert said(FIXTURES / f"{name}.log", bundled(name)) == expected


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("name", NAMES)
def test_a_sample_gives_what_it_says(name: str) -> None:
    form = bundled(name)
    assert form.samples
    for sample in form.samples:
        assert check_sample(form, sample) == ""
        run = metalog.read(io.BytesIO(sample.text.encode()), format=form)
        assert set(frames(run)) == _frames_of(sample)  # noise gives no rows


def _frames_of(sample: Sample) -> set[str]:
    return {frame for frame, _, _ in sample.gives}


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_of_line_with_values_stands_in_a_sample(name: str) -> None:
    form = bundled(name)
    assert set().union(*map(_frames_of, form.samples)) == {line.frame for line in form.lines if line.frame}
    texts = "\n".join(sample.text for sample in form.samples).encode()
    for line in form.lines:
        assert any(pattern.search(texts) for pattern in line.patterns), line.name


@pytest.mark.parametrize("name", NAMES)
def test_a_declaration_says_what_it_is(name: str) -> None:
    form = bundled(name)
    assert form.name == name
    assert form.title
    assert all(line.meaning for line in form.lines)


@pytest.mark.parametrize("name", NAMES)
def test_no_other_declaration_reads_a_fixture_better_than_its_own(name: str) -> None:
    path = FIXTURES / f"{name}.log"
    counts = {other: count_rows(path, bundled(other)) for other in NAMES}
    own = counts.pop(name)
    assert own > max(counts.values()), counts
    assert count_rows(path, native()) == 0


def accept(names: list[str]) -> None:
    for path in sorted(FIXTURES.glob("*.log")):
        beside = path.with_suffix(".json")
        if path.stem in names or not (names or beside.exists()):
            text = json.dumps(said(path, bundled(path.stem)), indent=1, ensure_ascii=False)
            beside.write_text(text + "\n", encoding="utf-8")
            print(f"{path.relative_to(ROOT)}: written; now read {beside.name}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accept", nargs="*", metavar="NAME", required=True)
    accept(parser.parse_args().accept)
