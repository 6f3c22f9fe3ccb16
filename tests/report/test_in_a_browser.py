"""A report as its reader meets it: opened from a file, without a network."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest

import metalog
from metalog import stats
from metalog.stats.quantiles import student_t
from tests.cli_logs import LEARNING, odd_log
from tests.conftest import ROOT
from tests.loggen import Shape, text
from tests.plots.settings_runs import setting_runs
from tests.report.conftest import Opened, Show

LOG = text(Shape(meta_steps=30, problems=4, epochs=3, steps=2, meta_validate_every=5))
HEAT, TOLD = ".grid canvas", "#section-grid .place"


@pytest.fixture(scope="module")
def run() -> metalog.Run:
    return metalog.read(io.BytesIO(LOG.encode()), name="run")


def canvas_of(section: str) -> str:
    return f"#section-{section} .plot canvas"


def hover_plot(one: Opened, share: float, number: int = 0, section: str = "curves") -> tuple[str, list[str]]:
    """Point to a place of a panel; return what it says of the axis, and the values in the legend."""
    plot = one.page.locator(f"#section-{section} .plot .u-over").nth(number)
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    one.page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
    figure = one.page.locator(f"#section-{section} figure").nth(number)
    return figure.locator(".place").inner_text(), figure.locator(".value").all_inner_texts()


def cell(one: Opened, meta_step: int, problem: int) -> tuple[float, float]:
    """Where a cell is on the screen, all of the run being shown."""
    room = one.page.locator(HEAT)
    room.scroll_into_view_if_needed()
    box = room.bounding_box()
    width, height = (box["width"] - 44 - 20) / 30, (box["height"] - 4 - 34) / 4
    return box["x"] + 44 + (meta_step - 0.5) * width, box["y"] + 4 + (problem - 0.5) * height


def test_it_opens_without_a_network_and_says_nothing(show: Show) -> None:
    one = show(LOG)
    titles = one.page.locator("h2").all_inner_texts()
    assert titles == [
        "Overview",
        "Curves",
        "Grid",
        "Problem",
        "Meta-validation",
        "Adaptation",
        "Diagnostics",
        "About this file",
    ]
    assert "720 inner steps" in one.text("#section-overview")
    one.quiet()


def test_its_policy_forbids_what_it_does_not_hold(show: Show) -> None:
    one = show(LOG)
    add = "([tag, values]) => document.body.append(Object.assign(document.createElement(tag), values))"
    one.page.evaluate(add, ["script", {"textContent": "window.ran = 1"}])
    one.page.evaluate(add, ["img", {"src": "https://example.org/x.png"}])
    one.page.evaluate("() => fetch('https://example.org/').catch(() => 0)")
    assert one.page.evaluate("window.ran") is None
    assert len(one.messages) >= 3
    assert all("Content Security Policy" in message for message in one.messages)
    one.messages.clear()
    one.requests.clear()  # the driver tells of the one that the policy stopped


def test_hovering_shows_the_values_that_the_frame_has(show: Show, run: metalog.Run) -> None:
    one = show(run)
    place, values = hover_plot(one, 0.5)
    meta_step = int(re.findall(r"\d+", place)[0])
    row = run.meta_steps.set_index("global_meta_step").loc[meta_step]
    assert [float(value) for value in values] == pytest.approx([row["train_loss"], row["validation_loss"]], rel=1e-5)


def test_hovering_one_view_marks_the_meta_step_in_all(show: Show) -> None:
    one = show(LOG)
    before = one.pixels(HEAT)
    place, _ = hover_plot(one, 0.5)
    assert one.pixels(HEAT) != before
    other = one.page.locator("#section-curves figure").nth(1)
    assert other.locator(".place").inner_text() == place
    one.page.mouse.move(*cell(one, 7, 2))
    assert other.locator(".place").inner_text() == "global_meta_step 7"
    assert "meta-step 7, problem 2" in one.text(TOLD)


def test_hovering_a_cell_shows_its_value(show: Show, run: metalog.Run) -> None:
    one = show(run)
    one.page.mouse.move(*cell(one, 7, 2))
    finals = stats.curves.final_values(run).set_index(["meta_step", "problem"])["value"]
    assert float(one.text(TOLD).split()[-1]) == pytest.approx(finals[7, 2], rel=1e-5)


def test_a_click_opens_that_problem(show: Show, run: metalog.Run) -> None:
    one = show(run)
    one.page.mouse.click(*cell(one, 11, 3))
    assert one.text("#section-problem h3") == "meta-step 11, problem 3: loss"
    assert one.fragment() == "#at=11&problem=3"
    one.page.locator("#section-problem summary").click()
    one.page.locator("#section-problem tbody tr").first.wait_for()
    table = one.page.locator("#section-problem tbody tr").all_inner_texts()
    shown = [float(line.split("\t")[2]) for line in table if line.startswith("validation")]
    own = run.validations.query("meta_step == 11 and problem == 3")["loss"]
    assert shown == pytest.approx(own.tolist(), rel=1e-5)


def test_the_address_keeps_the_view(show: Show) -> None:
    one = show(LOG, fragment="#metric=accuracy&split=train&smooth=5&at=9&problem=4&zoom=5+12")
    assert one.text("#section-problem h3") == "meta-step 9, problem 4: accuracy"
    assert "train accuracy" in one.text("#section-grid figcaption")
    place, _ = hover_plot(one, 0.999)
    assert place.endswith(" 12")
    before = one.fragment()
    one.page.reload()
    one.page.wait_for_selector("html[data-ready]", state="attached")
    assert one.fragment() == before
    assert one.text("#section-problem h3") == "meta-step 9, problem 4: accuracy"


@pytest.mark.parametrize(
    "fragment", ["#at=x&run=7&zoom=3&smooth=-1", "#zoom=9+1&problem=nan&row=1e9", "#%%%", "#at=999"]
)
def test_an_address_that_makes_no_sense_shows_the_whole(show: Show, fragment: str) -> None:
    one = show(LOG, fragment=fragment)
    assert one.text("#section-problem h3") == "meta-step 1, problem 1: loss"


def test_the_slider_changes_the_curve(show: Show) -> None:
    one = show(LOG)
    before = one.pixels(canvas_of("curves"))
    one.page.locator("#smooth").fill("3")
    assert one.pixels(canvas_of("curves")) != before
    assert "centred mean of 11" in one.text("#section-curves .controls")
    assert one.fragment() == "#smooth=11"


def test_the_smoothing_is_that_of_the_statistics(show: Show, run: metalog.Run) -> None:
    """The script can't be reached from outside, so its function is taken from its file."""
    one = show(run)
    source = (ROOT / "metalog/report/assets/smoothing.js").read_text()
    values = [0.5, 1e300, float("nan"), 2.0, float("inf"), *run.meta_steps["train_loss"].tolist()]
    texts = [repr(value) for value in values]
    read = "texts.map(text => ({ nan: NaN, inf: Infinity })[text] ?? Number(text))"
    context = one.page.context.browser.new_page()  # an empty page has no policy
    for window in (1, 3, 10, 11, 100, 101):
        call = f"texts => {{ {source}; return smoothed({read}, {window}).map(String); }}"
        found = [float(text.replace("Infinity", "inf")) for text in context.evaluate(call, texts)]
        assert found == pytest.approx(stats.smooth(np.array(values), f"centred:{window}").tolist(), nan_ok=True)
    context.close()


def test_all_can_be_done_with_the_keyboard(show: Show) -> None:
    one = show(LOG)
    one.page.locator(".grid").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown"):
        one.page.keyboard.press(key)
    assert "meta-step 3, problem 2" in one.text(TOLD)
    one.page.keyboard.press("Enter")
    assert one.text("#section-problem h3") == "meta-step 3, problem 2: loss"
    one.page.keyboard.press("+")
    assert "zoom=" in one.fragment()
    one.page.keyboard.press("Escape")
    assert "zoom=" not in one.fragment()
    one.page.locator("#section-curves .plot").first.focus()
    one.page.keyboard.press("Home")
    one.page.keyboard.press("ArrowRight")
    assert one.text("#section-curves .place") == "global_meta_step 2"
    one.page.keyboard.press("Enter")
    assert one.fragment().startswith("#at=2")


def test_tab_reaches_every_control(show: Show) -> None:
    one = show(LOG)
    reached = set()
    name = "(({ ariaLabel, innerText, id }) => (ariaLabel || innerText || id).slice(0, 20))(document.activeElement)"
    for _ in range(80):
        one.page.keyboard.press("Tab")
        reached.add(one.page.evaluate(name))
    assert {"smooth", "log", "Zoom in", "Problems by meta-ste", "train_loss, validati"} <= reached


def test_dragging_zooms_and_escape_shows_all(show: Show) -> None:
    one = show(LOG)
    (x, y), (end, _) = cell(one, 10, 1), cell(one, 14, 1)
    one.page.mouse.move(x, y)
    one.page.mouse.down()
    one.page.mouse.move(end, y)
    one.page.mouse.up()
    assert one.fragment() == "#zoom=9.5+14.5"
    place, _ = hover_plot(one, 0.01)
    assert int(place.split()[-1]) == 10
    one.page.get_by_role("button", name="Show all").first.click()
    assert one.fragment() == ""


def test_dark_mode_is_dark_and_print_is_light(show: Show, tmp_path: Path) -> None:
    one = show(LOG, color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    assert one.page.evaluate(background) == "rgb(22, 24, 27)"
    dark = one.pixels(canvas_of("curves"))
    one.page.emulate_media(color_scheme="light")
    assert one.page.evaluate(background) == "rgb(255, 255, 255)"
    assert one.pixels(canvas_of("curves")) != dark
    one.page.emulate_media(color_scheme="dark")
    one.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert one.page.evaluate(background) == "rgb(255, 255, 255)"
    assert one.page.locator(HEAT).evaluate("canvas => canvas.clientWidth") == 680
    one.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert one.page.evaluate(background) == "rgb(22, 24, 27)"
    one.page.pdf(path=tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").stat().st_size > 20_000


@pytest.mark.parametrize("width", [360, 2560])
def test_it_is_as_wide_as_the_window(show: Show, width: int) -> None:
    one = show(LOG, viewport={"width": width, "height": 800})
    assert one.page.evaluate("document.documentElement.scrollWidth") == width
    assert one.page.locator(HEAT).evaluate("canvas => canvas.clientWidth") > width * 0.85


def test_every_figure_has_its_numbers_in_a_table(show: Show, run: metalog.Run) -> None:
    one = show(run)
    tables = one.page.locator("details.numbers")
    assert tables.count() == one.page.locator("figure").count() == 6
    for number in range(6):
        tables.nth(number).locator("summary").click()
        tables.nth(number).locator("tbody tr").first.wait_for()
    rows = one.page.locator("#section-grid tbody tr").all_inner_texts()
    assert len(rows) == 30
    finals = stats.curves.final_values(run).query("meta_step == 30")["value"]
    assert [float(text) for text in rows[-1].split("\t")[1:]] == pytest.approx(finals.tolist(), rel=1e-5)
    assert one.page.locator("#section-meta-validation tbody tr").count() == len(run.meta_validation)


def test_diagnostics_lead_to_their_meta_step(show: Show) -> None:
    one = show(odd_log())
    run = metalog.read(io.BytesIO(odd_log().encode()))
    rows = one.page.locator("#section-diagnostics tbody tr")
    assert rows.count() == len(run.diagnostics)
    assert run.diagnostics["message"].iloc[0] in rows.first.inner_text()
    rows.locator("button").last.click()
    assert one.fragment().startswith("#at=")
    codes = run.diagnostics["code"]
    one.page.locator("#section-diagnostics select").select_option(codes.iloc[-1])
    assert rows.count() == (codes == codes.iloc[-1]).sum()


def test_several_runs_are_compared_and_chosen(show: Show) -> None:
    config = '# metalog log format 1\n# config {"seed": %d, "lr": 0.1}\n'
    logs = [config % seed + text(Shape(meta_steps=12, problems=2, epochs=2, steps=1), seed=seed) for seed in (2, 10, 1)]
    read = [metalog.read(io.BytesIO(log.encode()), name=f"run {number}") for number, log in enumerate(logs)]
    one = show(metalog.RunSet({run.name: run for run in read}))
    heads = one.page.locator(".runs thead th")
    assert heads.all_inner_texts() == ["run", "value", "first", "best", "at", "last", "values", "diagnostics", "seed"]
    names = one.page.locator(".runs tbody th")
    assert names.all_inner_texts() == ["run 0", "run 1", "run 2"]
    heads.last.locator("button").click()
    assert names.all_inner_texts() == ["run 2", "run 0", "run 1"]
    heads.last.locator("button").click()
    assert names.all_inner_texts() == ["run 1", "run 0", "run 2"]
    assert heads.last.get_attribute("aria-sort") == "descending"
    names.first.locator("button").click()
    assert one.fragment() == "#run=1"
    one.page.mouse.move(*cell(one, 0, 0))
    assert one.text("#section-overview h3") == "run 1"
    best = float(read[1].meta_steps["validation_loss"].min())
    row = one.page.locator(".runs tbody tr.chosen td").all_inner_texts()
    assert float(row[2]) == pytest.approx(best, rel=1e-5)


def test_settings_have_a_line_and_a_band_over_their_seeds(show: Show) -> None:
    runs = setting_runs((0.1, 0.3), range(4), meta_steps=12)
    one = show(runs)
    legend = one.page.locator("#section-settings figure").first.locator(".legend button")
    assert [text.strip() for text in legend.all_inner_texts()] == ["lr=0 (4 seeds)", "lr=1 (4 seeds)"]
    place, values = hover_plot(one, 0.999, section="settings")
    last = [float(run.meta_steps["train_loss"].iloc[-1]) for run in runs.values()]
    assert place.endswith(" 12")
    assert [float(value) for value in values] == pytest.approx([np.mean(last[:4]), np.mean(last[4:])], rel=1e-4)
    details = one.page.locator("#section-settings details").first
    details.locator("summary").click()
    details.locator("tbody tr").nth(11).wait_for()  # made when it is opened
    row = details.locator("tbody tr").nth(11).locator("td").all_inner_texts()
    mean, half = np.mean(last[:4]), student_t(0.975, 3) * np.std(last[:4], ddof=1) / 2
    assert row[0] == "lr=0"
    told = [float(text) for text in row[1:]]
    assert told == pytest.approx([12, mean, mean - half, mean + half, 4], rel=1e-3)


def test_without_repetitions_there_are_no_settings(show: Show) -> None:
    one = show(setting_runs((0.1, 0.3), range(1)))
    assert one.page.locator("#section-settings").count() == 0


@pytest.mark.parametrize("name", ["keras", "lightgbm", "libfewshot", "nanogpt", "hf-trainer"])
def test_other_formats_have_their_curves(show: Show, name: str) -> None:
    run = metalog.read(ROOT / "fixtures" / "formats" / f"{name}.log")
    one = show(run)
    assert one.page.locator("#section-grid").count() == 0
    assert one.page.locator("#section-curves figure").count() > 0
    _, values = hover_plot(one, 0.999)
    assert any(re.search(r"\d", value) for value in values)


@pytest.mark.parametrize(
    "log",
    [
        LEARNING,
        text(Shape(meta_steps=1, problems=1, epochs=1, steps=1)),
        re.sub(r"Loss: [\d.e-]+", "Loss: nan", LOG),
        re.sub(r"Loss: [\d.e-]+", "Loss: inf", LOG),
        re.sub(r"Loss: 0\.3[\d.e-]+", "Loss: 1e300", LOG),
        LOG + LOG,
        LOG[: len(LOG) // 3],
        "noise\n" * 3 + LEARNING,
    ],
    ids=["learning", "one", "nan", "inf", "huge", "twice", "cut", "noise"],
)
def test_odd_runs_are_shown_too(show: Show, log: str) -> None:
    one = show(log)
    assert one.page.locator("#section-curves figure").count() > 0
    one.page.locator("#log").check()
    one.page.locator("#smooth").fill("1")


def test_a_value_that_is_not_finite_is_told_as_it_is(show: Show) -> None:
    one = show(re.sub(r"Loss: [\d.e-]+", "Loss: -inf", LOG))
    assert hover_plot(one, 0.5)[1] == ["-inf", "-inf"]


def test_a_notebook_shows_it_in_a_frame(chromium: object, tmp_path: Path, run: metalog.Run) -> None:
    page = chromium.new_page()  # type: ignore[attr-defined]
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.set_content(f"<!doctype html><p>cell</p>{run.report()._repr_html_()}")
    frame = page.frame_locator("iframe")
    frame.locator("html[data-ready]").wait_for(state="attached")
    frame.locator("#log").check()
    assert frame.locator("#section-curves figure").count() == 2
    assert messages == []
    page.close()
