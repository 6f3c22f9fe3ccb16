"""What is in the file, seen without a browser: numbers, policy, the library that it carries."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zlib
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import metalog
from metalog import stats
from metalog.report import report
from metalog.report.adaptation import adaptation
from metalog.report.blobs import NAN, NEGATIVE, POSITIVE, STEPS, Blobs, in_16_bits
from metalog.report.cells import cells_of
from metalog.report.page import SCRIPTS, STYLES
from tests.cli_logs import LEARNING, odd_log
from tests.conftest import ROOT
from tests.loggen import Shape, text

ASSETS = ROOT / "metalog/report/assets"
LOG = text(Shape(meta_steps=9, problems=3, epochs=3, steps=2, meta_validate_every=3))


def read(log: str) -> metalog.Run:
    return metalog.read(io.BytesIO(log.encode()), name="run")


def contents(page: bytes) -> dict:
    blobs = dict(re.findall(rb'id="blob-(\d+)">([^<]*)<', page))
    number = re.search(rb'data-contents="(\d+)"', page)[1]
    return json.loads(zlib.decompress(b64decode(blobs[number])))


@given(arrays.arrays(np.float64, st.integers(1, 300), elements=st.floats(-1e6, 1e6)))
def test_16_bits_are_as_near_as_they_say(values: np.ndarray) -> None:
    numbers, scale = in_16_bits(values)
    back = scale.values(numbers.astype(np.float64))
    step = (scale.high - scale.low) / STEPS
    near = 0.6 * step * np.hypot(values, scale.bend) * (1 + step) if scale.bend else 0.6 * step + 1e-9
    assert (np.abs(back - values) <= near + 1e-9 * np.abs(values)).all()


@given(arrays.arrays(np.float64, st.integers(1, 50), elements=st.floats(allow_nan=True, allow_infinity=True)))
def test_what_is_not_finite_is_marked(values: np.ndarray) -> None:
    numbers, scale = in_16_bits(values)
    assert (numbers == POSITIVE).tolist() == np.isposinf(values).tolist()
    assert (numbers == NEGATIVE).tolist() == np.isneginf(values).tolist()
    assert (numbers == NAN).tolist() == np.isnan(values).tolist()
    assert np.isfinite([scale.low, scale.high, scale.bend]).all()


def test_one_spike_does_not_take_the_scale_of_all_others() -> None:
    values = np.append(np.linspace(0.1, 0.9, 20000), 1e9)
    numbers, scale = in_16_bits(values)
    assert np.allclose(scale.values(numbers.astype(float)), values, rtol=1e-3)


def test_short_columns_and_counters_are_exact() -> None:
    values = np.array([0.1, -0.0, 5e-324, np.inf, 1.7976931348623157e308])
    counters = np.array([-1, 3, 2**31 - 1, 0])
    with ThreadPoolExecutor() as pool:
        blobs = Blobs(pool)
        assert blobs.values(values)["kind"] == "f8"
        blobs.counters(counters)
        first, second = (zlib.decompress(b64decode(blob)) for blob in blobs.finish())
    planes = np.frombuffer(first, np.uint8).reshape(8, -1).T
    assert planes.copy().view("<f8").ravel().tobytes() == values.tobytes()
    assert np.cumsum(np.frombuffer(second, "<i4"), dtype=np.int32).tolist() == counters.tolist()


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
@pytest.mark.parametrize("log", [LOG, LOG + LOG, LOG[: len(LOG) // 2], LOG.replace("Loss: 0.3", "Loss: nan, was 0.3")])
def test_adaptation_is_that_of_the_statistics(log: str, metric: str) -> None:
    run = read(log)
    ours = adaptation(run.columns("meta_steps"), cells_of(run, "train"), cells_of(run, "validation"), metric)
    theirs = stats.adaptation(run).dropna(subset=metric)
    assert [stage["stage"] for stage in ours] == list(dict.fromkeys(theirs["stage"]))
    assert [mean for stage in ours for mean in stage["mean"]] == pytest.approx(theirs[metric].tolist())


@pytest.mark.parametrize("log", [LOG, LOG + LOG, odd_log()])
def test_every_row_is_in_a_cell_of_its_meta_step(log: str) -> None:
    run = read(log)
    for split, frame in (("train", run.steps), ("validation", run.validations)):
        cells = cells_of(run, split)
        assert cells.stop()[-1] == len(frame)
        own = run.meta_steps.iloc[np.repeat(cells.turn, cells.stop() - cells.start)]
        for level in ("segment", "meta_epoch", "meta_step"):
            assert own[level].fillna(-1).tolist() == frame[level].fillna(-1).tolist()


def test_the_policy_names_the_script_and_the_style_by_their_hashes() -> None:
    page = read(LOG).report().page.decode()
    policy = re.search(r'Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none'; ")
    for tag in ("script", "style"):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[1]
        digest = b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<[^>]*\s(src|href|on\w+|style)=", page.split("<script>")[0].split("</style>")[1])


def test_the_library_is_the_release_unchanged() -> None:
    table = re.findall(r"\| `([^`]+)` \| `[^`]+` \| `(\w{64})` \|", (ASSETS / "uplot/README.md").read_text())
    assert {name for name, _ in table} == {path.name for path in (ASSETS / "uplot").iterdir()} - {"README.md"}
    for name, digest in table:
        assert hashlib.sha256((ASSETS / "uplot" / name).read_bytes()).hexdigest() == digest
    assert "(v1.6.32)" in (ASSETS / "uplot/uPlot.iife.min.js").read_text()[:200]
    assert "Permission is hereby granted" in read(LEARNING).report().page.decode()


def test_all_own_files_are_joined() -> None:
    assert {path.name for path in ASSETS.glob("*.js")} == set(SCRIPTS)
    assert {path.name for path in ASSETS.glob("*.css")} == {name for name in STYLES if "/" not in name}
    for path in ASSETS.rglob("*.js"):
        assert "</script" not in path.read_text().lower()


def test_nothing_of_the_diagnostics_is_left_out() -> None:
    run = read(odd_log())
    found = contents(run.report().page)["runs"][0]["diagnostics"]
    assert [row[0] for row in found["rows"]] == run.diagnostics["line"].tolist()
    assert found["all"] == len(run.diagnostics)


def test_saved_files_are_whole_and_the_page_says_how_large_it_is(tmp_path) -> None:
    made = read(LOG).report()
    made.save(tmp_path / "r.html")
    assert (tmp_path / "r.html").read_bytes() == made.page
    assert repr(made) == f"<Report of {len(made.page) / 1e6:.2f} MB; .save(path) writes it>"


def test_without_a_run_there_is_no_report() -> None:
    with pytest.raises(metalog.UsageError, match="there is no run to report"):
        report({})
