"""The user's style rules, nothing global is touched, and pictures are written whole."""

import io
import struct

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from cycler import cycler

from metalog import plots
from metalog.errors import UsageError
from metalog.runs.run_set import RunSet
from tests.plots.runs import learning_log, line, steady_run, words
from tests.plots.settings_runs import setting_runs

RUN = steady_run(4, meta_validation={2: [[0.4, 0.5]]})
SETTINGS = setting_runs(seeds=range(3))
ALL = {
    "adaptation": lambda: plots.adaptation(RUN),
    "compare": lambda: plots.compare(RunSet({"a": RUN, "b": RUN})),
    "curve": lambda: plots.curve(RUN),
    "differences": lambda: plots.differences(SETTINGS),
    "forest": lambda: plots.forest(SETTINGS),
    "grid": lambda: plots.grid(RUN),
    "heatmap": lambda: plots.heatmap(RUN),
    "improvement": lambda: plots.improvement(SETTINGS),
    "learning_curve": lambda: plots.learning_curve(learning_log()),
    "meta_validation": lambda: plots.meta_validation(RUN),
    "profile": lambda: plots.profile(SETTINGS),
    "train_curve": lambda: plots.train_curve(RUN),
}


def test_these_are_all_figures():
    assert set(ALL) | {"save", "styled"} == set(plots.__all__)


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_figure_leaves_no_trace_in_matplotlib(name):
    before = dict(mpl.rcParams)
    figure = ALL[name]()
    plots.save(figure, io.BytesIO())
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == []


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_figure_has_a_title_and_every_axes_of_it_says_what_it_shows(name):
    figure = ALL[name]()
    assert len(words(figure)) > 10
    for ax in figure.axes:
        if ax.axison and ax.get_label() != "<colorbar>":
            rows = {label.get_text() for label in ax.get_yticklabels()}
            assert ax.get_ylabel() or rows <= {"lr=0", "lr=1"}
            assert ax.get_xlabel() or ax.get_shared_x_axes().get_siblings(ax) != [ax]


@pytest.mark.parametrize("name", sorted(ALL))
def test_nothing_that_is_written_on_a_page_overlaps_or_leaves_it(name):
    figure = ALL[name]()
    figure.draw_without_rendering()
    page = figure.bbox
    boxes = [artist.get_window_extent() for artist in [*figure.texts, *figure.legends]]
    boxes += [ax.get_tightbbox() for ax in figure.axes if ax.get_label() != "<colorbar>"]
    for number, box in enumerate(boxes):
        assert page.x0 <= box.x0 + 1
        assert box.x1 <= page.x1 + 1
        assert page.y0 <= box.y0 + 1
        assert box.y1 <= page.y1 + 1
        for other in boxes[number + 1 :]:
            across = min(box.x1, other.x1) - max(box.x0, other.x0)
            along = min(box.y1, other.y1) - max(box.y0, other.y0)
            assert min(across, along) < 2


def test_the_users_colours_and_sizes_rule():
    with mpl.rc_context({"axes.prop_cycle": cycler(color=["#111111", "#222222"]), "axes.labelsize": 23.0}):
        (ax,) = plots.curve(RUN, smooth="none").axes
    assert line(ax, "raw") is not None
    assert ax.get_lines()[0].get_color() == "#222222"  # the second: validation
    assert ax.xaxis.label.get_size() == 23
    (ax,) = plots.curve(RUN, smooth="none").axes
    assert ax.get_lines()[0].get_color() == "#de8f05"  # seaborn's colorblind palette


def test_a_name_is_never_taken_for_mathematics_and_a_long_one_is_shortened():
    figure = plots.curve(steady_run(2, name="$x_$" + "y" * 200))
    figure.draw_without_rendering()
    assert r"\$x_\$yyy" in words(figure)
    assert "…" in words(figure)
    assert len(words(figure)) < 150


def test_the_ending_decides_the_format(tmp_path):
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    for ending, start in starts.items():
        path = tmp_path / f"picture.{ending}"
        plots.save(plots.curve(RUN), path)
        first = path.read_bytes()
        assert first.startswith(start)
        plots.save(plots.curve(RUN), path)
        assert path.read_bytes() == first  # the same figure, the same bytes
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"picture.{ending}" for ending in sorted(starts)]


def test_dpi_and_stream():
    stream = io.BytesIO()
    figure = plots.curve(RUN)
    plots.save(figure, stream, dpi=50)
    width, height = struct.unpack(">II", stream.getvalue()[16:24])
    assert (width, height) == tuple(round(inches * 50) for inches in figure.get_size_inches())


def test_the_users_dpi_rules():
    stream = io.BytesIO()
    with mpl.rc_context({"savefig.dpi": 40}):
        plots.save(plots.curve(RUN), stream)
    assert struct.unpack(">I", stream.getvalue()[16:20]) == (288,)


@pytest.mark.parametrize(
    ("name", "message"),
    [("picture.xyz", "choose one of"), ("picture", "ending"), ("nowhere/picture.png", "can't be written")],
)
def test_what_cannot_be_written_is_refused_and_leaves_nothing(tmp_path, name, message):
    with pytest.raises(UsageError, match=message):
        plots.save(plots.curve(RUN), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_of_too_many_pixels_is_refused_beforehand(tmp_path):
    with pytest.raises(UsageError, match="fewer rows"):
        plots.save(plots.curve(RUN), tmp_path / "large.png", dpi=20_000)


def test_text_in_a_pdf_is_text_in_fonts_that_can_be_edited(tmp_path):
    plots.save(plots.curve(RUN), tmp_path / "picture.pdf")
    with mpl.rc_context({"pdf.compression": 0}):
        plots.save(plots.curve(RUN), tmp_path / "open.pdf")
    content = (tmp_path / "open.pdf").read_bytes()
    assert b"/Type3" not in content
    assert b"/CIDFontType2" in content
    assert b"/Type3" not in (tmp_path / "picture.pdf").read_bytes()


@pytest.mark.parametrize("dpi", [float("inf"), float("nan"), 1e308, 1, 0, -1, 5e-324])
def test_a_dpi_that_makes_no_picture_is_refused(dpi):
    with pytest.raises(UsageError, match="dpi must be from 10"):
        plots.save(plots.curve(RUN), io.BytesIO(), dpi=dpi)


def test_tex_and_a_cycle_without_colours_do_not_matter():
    with mpl.rc_context({"text.usetex": True, "axes.prop_cycle": cycler(linestyle=["-", "--"])}):
        stream = io.BytesIO()
        plots.save(plots.heatmap(RUN, log=True), stream)
        assert not any(text.get_usetex() for text in plots.curve(RUN).texts)
    assert stream.getvalue().startswith(b"\x89PNG")
