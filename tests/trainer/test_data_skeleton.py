"""Thinning and tracing, checked against scipy's labelling and on shapes whose strokes are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import binary_dilation, label

from trainer.tasks.data.skeleton import thin, trace


def picture(*rows: str) -> np.ndarray:
    return np.array([[pixel == "#" for pixel in row] for row in rows])


def thinned(shape: np.ndarray) -> np.ndarray:
    line: np.ndarray = thin(shape[None])[0]
    return line


@given(seeds=arrays(bool, (14, 14), elements=st.booleans(), fill=st.just(False)), width=st.integers(1, 3))
@settings(max_examples=200, deadline=None)
def test_thinning_keeps_parts_and_holes(seeds: np.ndarray, width: int) -> None:
    shape = np.pad(binary_dilation(seeds, iterations=width - 1) if width > 1 else seeds, 2)
    line = thinned(shape)
    assert not (line & ~shape).any()
    assert label(line, np.ones((3, 3)))[1] == label(shape, np.ones((3, 3)))[1]
    assert label(~line)[1] == label(~shape)[1]


def test_a_thick_bar_becomes_a_line_in_its_middle() -> None:
    shape = np.zeros((9, 20), bool)
    shape[2:7, 2:18] = True
    rows, _ = np.nonzero(thinned(shape))
    assert set(rows.tolist()) == {4}
    assert len(rows) >= 10


def test_shapes_are_thinned_each_on_its_own() -> None:
    shapes = np.zeros((2, 8, 8), bool)
    shapes[0, 2:6, 2:6] = True
    shapes[1, 1:7, 3] = True
    together = thin(shapes)
    np.testing.assert_array_equal(together, [thinned(shapes[0]), thinned(shapes[1])])
    assert together[0].sum() >= 1


def test_thinning_a_thinned_shape_changes_nothing() -> None:
    line = thinned(np.pad(np.ones((7, 12), bool), 3))
    np.testing.assert_array_equal(thinned(line), line)


def test_a_line_is_one_stroke_from_end_to_end() -> None:
    (stroke,) = trace(picture("......", ".#....", "..##..", "....#."), shortest=1)
    assert stroke.tolist() in ([[1, 1], [2, 2], [3, 2], [4, 3]], [[4, 3], [3, 2], [2, 2], [1, 1]])


def test_a_ring_ends_where_it_starts() -> None:
    (stroke,) = trace(picture(".##.", "#..#", "#..#", ".##."), shortest=1)
    assert len(stroke) == 9
    assert stroke[0].tolist() == stroke[-1].tolist()


def test_a_dot_is_a_stroke_of_one_point() -> None:
    assert [stroke.tolist() for stroke in trace(picture("...", ".#.", "..."), shortest=5)] == [[[1, 1]]]


def test_a_crossing_parts_strokes_and_every_pixel_is_in_one() -> None:
    cross = picture("..#..", "..#..", "#####", "..#..", "..#..")
    strokes = trace(cross, shortest=1)
    assert len(strokes) == 4
    assert {(y, x) for stroke in strokes for x, y in stroke.tolist()} == set(map(tuple, np.argwhere(cross).tolist()))


@pytest.mark.parametrize(("shortest", "strokes"), [(3, 3), (4, 2)])
def test_a_burr_is_left_out(shortest: int, strokes: int) -> None:
    assert len(trace(picture("..........", "....#.....", "....#.....", "##########"), shortest)) == strokes


def test_a_short_line_of_its_own_is_no_burr() -> None:
    assert len(trace(picture("##.", "..."), shortest=9)) == 1


@given(arrays(bool, (10, 10)))
@settings(max_examples=100, deadline=None)
def test_anything_can_be_traced_whole(shape: np.ndarray) -> None:
    strokes = trace(shape, shortest=1)
    assert {(y, x) for stroke in strokes for x, y in stroke.tolist()} == set(map(tuple, np.argwhere(shape).tolist()))
