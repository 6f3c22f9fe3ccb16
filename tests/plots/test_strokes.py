"""Values to strokes: nothing is bridged, nothing is lost."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from metalog.plots.strokes import MARKERS, SIGNS, placeable, strokes, unplaceable
from tests.plots.runs import INF, NAN


def cut(y, follows=None):
    y = np.asarray(y, dtype=float)
    lines, dots = strokes(
        np.arange(y.shape[-1], dtype=float), y, np.full(y.shape[-1], True) if follows is None else follows
    )
    return [piece[:, 0].tolist() for piece in lines], dots[:, 0].tolist()


def test_a_curve_without_breaks_is_one_line():
    assert cut([3, 2, 1]) == ([[0, 1, 2]], [])


def test_a_missing_value_breaks_the_line_and_a_lonely_point_becomes_a_dot():
    assert cut([3, 2, NAN, 1, NAN, 4, 5]) == ([[0, 1], [5, 6]], [3])


def test_a_point_that_does_not_follow_starts_a_new_line():
    assert cut([4, 3, 2, 1], np.array([True, True, False, True])) == ([[0, 1], [2, 3]], [])


def test_curves_are_never_joined_with_each_other():
    assert cut([[1, 2], [3, 4]]) == ([[0, 1], [0, 1]], [])


@given(
    y=arrays(float, (3, 7), elements=st.sampled_from([0.5, 1.0, NAN])),
    follows=arrays(bool, (7,)),
)
def test_every_point_is_drawn_once_and_only_neighbours_are_joined(y, follows):
    y = y * np.arange(1, 22).reshape(3, 7)  # every value tells where it comes from
    lines, dots = strokes(np.arange(7.0), y, follows)
    drawn = sorted(value for piece in [*lines, dots] for value in piece[:, 1])
    assert drawn == sorted(y[~np.isnan(y)])
    for piece in lines:
        places = piece[:, 0].astype(int)
        assert (np.diff(places) == 1).all()
        assert follows[places[1:]].all()


def test_each_value_without_a_place_has_a_kind():
    values = np.array([NAN, INF, -INF, 0.0, -1.0, 2.0, 1.7e308, -1e300, 5e-324])

    def kinds(*, log):
        return {
            kind: np.flatnonzero(mask).tolist() for kind, mask in unplaceable(values, log=log).items() if mask.any()
        }

    there = {"nan": [0], "inf": [1], "-inf": [2], "> 1e100": [6]}
    assert kinds(log=True) == {**there, "≤ 0": [3, 4, 7], "< 1e-100": [8]}
    assert kinds(log=False) == {**there, "< -1e100": [7]}
    assert np.isnan(placeable(values, log=True)).tolist() == [True] * 5 + [False] + [True] * 3
    assert placeable(values)[[3, 4, 5, 8]].tolist() == [0, -1, 2, 5e-324]
    for log in (False, True):
        assert (sum(unplaceable(values, log=log).values()) + ~np.isnan(placeable(values, log=log)) == 1).all()
    assert SIGNS.keys() == MARKERS.keys()
