from __future__ import annotations

import numpy as np
import pytest

from trainer.settings import resolve
from trainer.watch import advice, turned_up


def curve(seed: int, lowest: int, count: int = 400) -> list[float]:
    steps = np.arange(count)
    trend = np.where(steps < lowest, 0.7 - 0.3 * steps / lowest, 0.4 + 0.3 * (steps - lowest) / count)
    return (trend + np.random.default_rng(seed).normal(0, 0.05, count)).tolist()


def test_a_rise_that_two_looks_see_is_found_where_it_begins() -> None:
    losses = curve(0, 150)
    found = [turned_up(losses[:count], 50) for count in range(1, 401)]
    assert not any(step for count, step in enumerate(found, start=1) if count % 50)
    assert found[399] == pytest.approx(150, abs=40)
    assert found[199] is None


@pytest.mark.parametrize("seed", range(5))
def test_what_falls_to_the_end_is_left_alone(seed: int) -> None:
    losses = curve(seed, 400)
    assert not any(turned_up(losses[:count], 0) for count in range(100, 401, 100))


def test_the_advice_names_what_the_run_has_not() -> None:
    text = advice(340, resolve({"order": "first", "zero_head": False}))
    assert "at meta-step 340: what usually helps is --order second, --zero-head, a lower --meta-lr than 0.01" in text
    assert advice(340, resolve({"stop_when_rising": True})).endswith("--meta-lr than 0.01")
