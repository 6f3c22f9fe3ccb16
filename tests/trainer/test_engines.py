"""Inner loop and meta-gradient against finite differences and torch.func; the engines against each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.func import grad

from metalog.errors import MetalogError, UsageError
from trainer.config import resolve
from trainer.engines.by_hand.kernels import Kernels
from trainer.engines.by_hand.learner import KernelLearner, Solver
from trainer.engines.interface import Episode, Method, make_engine
from trainer.engines.processes import ProcessEngine
from trainer.engines.side_by_side import SideBySide, VectorisedEngine
from trainer.maml import Rule, adapt
from trainer.tasks.splits import Problem
from trainer.writeup import Network

from .test_kernels import draw, weights

NETWORK = Network(28, (6, 10))
CPU = torch.device("cpu")


def images(count: int = 60) -> np.ndarray:
    return draw(NETWORK, count).mul(255).byte().numpy()


def problem(seed: int, *, train: int = 7, validation: int = 3, epochs: int = 2, steps: int = 2) -> Problem:
    rng = np.random.default_rng(seed)
    drawings = rng.permutation(60)
    labels = rng.integers(0, 2, 60).astype(np.float32)
    cuts = [train, train + validation, train + validation + 2]
    batches = np.stack([rng.permutation(train)[: steps * 3].reshape(steps, 3) for _ in range(epochs)])
    parts = [
        part for pair in zip(np.split(drawings, cuts)[:3], np.split(labels, cuts)[:3], strict=True) for part in pair
    ]
    return Problem(*parts, batches, 0, 1)


def plain_meta_loss(method: Method, episode: Episode, *, order: str):
    """MAML as one would write it down, by torch.func alone: a function of the initial weights."""
    ink, labels = torch.from_numpy(episode.images).double() / 255, torch.from_numpy(episode.labels).double()

    def losses(theta: Tensor, chosen: object) -> Tensor:
        return method.network.judge(method.network.logits(theta, ink[chosen]), labels[chosen])[0]

    def meta_loss(theta: Tensor) -> Tensor:
        rates = method.rule.rates(method.network, theta)
        for batch in episode.batches.reshape(-1, episode.batches.shape[-1]):
            gradient = grad(lambda at, batch=batch: losses(at, batch).mean())(theta)
            theta = theta - rates * (gradient.detach() if order == "first" else gradient)
        judged = losses(theta, slice(episode.train, None))
        return judged[-1] if method.last_sample_meta_loss else judged.mean()

    return meta_loss


METHODS = {
    "maml": Method(NETWORK, Rule(inner_lr=0.1)),
    "anil": Method(NETWORK, Rule("anil", inner_lr=0.1)),
    "last sample": Method(NETWORK, Rule(inner_lr=0.1), last_sample_meta_loss=True),
    "double sigmoid": Method(Network(28, (6, 10), double_sigmoid=True), Rule(inner_lr=0.5)),
}


def with_order(method: Method, order: str) -> Method:
    rule = Rule(method.rule.algorithm, order, method.rule.inner_lr)
    return Method(method.network, rule, method.last_sample_meta_loss)


def meta_gradient(method: Method, episode: Episode, theta: Tensor, learner: str) -> tuple[float, Tensor]:
    rates = method.rule.rates(method.network, theta)
    if learner == "kernels":
        one = KernelLearner(method, Kernels(method.network), episode, theta.dtype)
        adaptation = adapt(one, theta, rates, method.rule, direction=True)
        return adaptation.meta_loss.item(), adaptation.direction
    two = SideBySide(method, [episode, episode], theta.dtype, CPU)
    adaptation = adapt(two, theta.expand(2, -1), rates, method.rule, direction=True)
    return adaptation.meta_loss[1].item(), adaptation.direction[1]


@pytest.mark.parametrize("learner", ["kernels", "vmap"])
@pytest.mark.parametrize("order", ["first", "second"])
@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_the_meta_gradient_equals_that_of_torch_func(method: Method, order: str, learner: str) -> None:
    method, theta = with_order(method, order), weights(method.network)
    episode = Episode.of(problem(3), images(), "validation")
    plain = plain_meta_loss(method, episode, order=order)
    loss, gradient = meta_gradient(method, episode, theta, learner)
    assert loss == pytest.approx(plain(theta).item(), rel=1e-10)
    torch.testing.assert_close(gradient, grad(plain)(theta), rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("learner", ["kernels", "vmap"])
def test_the_second_order_meta_gradient_equals_finite_differences_and_the_first_order_does_not(learner: str) -> None:
    method = with_order(METHODS["maml"], "second")
    theta, direction = weights(NETWORK), weights(NETWORK, seed=5)
    episode, small = Episode.of(problem(4), images(), "validation"), 1e-6
    ahead, behind = (meta_gradient(method, episode, theta + sign * small * direction, learner)[0] for sign in (1, -1))
    slope = (ahead - behind) / (2 * small)
    assert (meta_gradient(method, episode, theta, learner)[1] @ direction).item() == pytest.approx(slope, rel=1e-6)
    first = meta_gradient(with_order(method, "first"), episode, theta, learner)[1]
    assert (first @ direction).item() != pytest.approx(slope, rel=1e-2)


def test_reptile_goes_where_the_inner_loop_went() -> None:
    method, theta = Method(NETWORK, Rule("reptile", "second", 0.1)), weights(NETWORK)
    episode = Episode.of(problem(3), images(), "validation")
    _, direction = meta_gradient(method, episode, theta, "kernels")
    learner = KernelLearner(method, Kernels(NETWORK), episode, theta.dtype)
    fast = theta
    for epoch in range(2):
        for step in range(2):
            fast = fast - 0.1 * learner.step(fast, epoch, step)[2]
    torch.testing.assert_close(theta - 0.1 * direction, fast)


def test_anil_leaves_the_convolutions_alone_and_maml_does_not() -> None:
    theta = weights(NETWORK)
    episode = Episode.of(problem(3), images(), "validation")
    for name, moved in (("anil", False), ("maml", True)):
        method = Method(NETWORK, Rule(name, inner_lr=0.1))
        reptile = Method(NETWORK, Rule("reptile", inner_lr=0.1))
        rates = method.rule.rates(NETWORK, theta)
        learner = KernelLearner(method, Kernels(NETWORK), episode, theta.dtype)
        direction = adapt(learner, theta, rates, reptile.rule, direction=True).direction
        assert direction[: NETWORK.body_parameters].any().item() is moved
        assert direction[NETWORK.body_parameters :].any()


def assert_close(ours, theirs) -> None:
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one.steps, other.steps, rtol=1e-4)
        np.testing.assert_allclose(one.validations, other.validations, rtol=1e-4)
        np.testing.assert_allclose(one.before, other.before, rtol=1e-4)
        assert one.meta_loss == pytest.approx(other.meta_loss, rel=1e-4)
        torch.testing.assert_close(one.gradient, other.gradient, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("order", ["first", "second"])
def test_outcomes_equal_whatever_the_number_of_processes_and_nearly_whatever_the_engine(order: str) -> None:
    method = with_order(METHODS["maml"], order)
    theta, problems = weights(NETWORK).float(), [problem(seed) for seed in range(5)]
    engines = [ProcessEngine(method, images(), count) for count in (1, 3)]
    try:
        alone, shared = (engine.run(theta, problems, gradient=True) for engine in engines)
    finally:
        for engine in engines:
            engine.close()
    for one, other in zip(alone, shared, strict=True):
        assert (one.steps, one.validations, one.before, one.meta_loss) == (
            other.steps,
            other.validations,
            other.before,
            other.meta_loss,
        )
        assert torch.equal(one.gradient, other.gradient)
    assert_close(alone, VectorisedEngine(method, images(), CPU).run(theta, problems, gradient=True))


def test_an_engine_judges_by_the_drawings_that_it_is_told_and_gives_no_gradient_unasked() -> None:
    method, theta = METHODS["maml"], weights(NETWORK).float()
    given = problem(0)
    (outcome,) = ProcessEngine(method, images(), 1).run(theta, [given], gradient=False, judged="test")
    assert outcome.gradient is None
    assert np.isnan(outcome.meta_loss)
    ink, labels = torch.from_numpy(images()[given.test]) / 255, torch.from_numpy(given.test_labels)
    losses, hits = NETWORK.judge(NETWORK.logits(theta, ink), labels)
    assert outcome.before == pytest.approx((losses.mean().item(), hits.mean().item()), rel=1e-5)
    assert len(outcome.validations) == len(outcome.steps) == 2


@pytest.mark.parametrize("order", ["first", "second"])
def test_a_problem_that_diverges_gives_nan_and_no_error(order: str) -> None:
    method = Method(NETWORK, Rule("maml", order, inner_lr=1e30))
    (outcome,) = ProcessEngine(method, images(), 1).run(weights(NETWORK).float(), [problem(0)], gradient=True)
    assert np.isnan(outcome.validations[-1][0])
    assert np.isnan(outcome.meta_loss)
    assert outcome.gradient.isnan().any()


@pytest.mark.parametrize("kind", [ProcessEngine, VectorisedEngine])
def test_no_epochs_leave_the_initial_weights_and_no_problems_give_no_outcomes(kind) -> None:
    engine = kind(METHODS["maml"], images(), 1 if kind is ProcessEngine else CPU)
    theta, given = weights(NETWORK).float(), problem(0)
    (unadapted,) = engine.run(theta, [replace(given, batches=given.batches[:0])], gradient=False)
    (adapted,) = engine.run(theta, [given], gradient=False)
    assert (unadapted.steps, unadapted.validations) == ([], [])
    assert unadapted.before == adapted.before
    assert engine.run(theta, [], gradient=True) == []


def test_the_threads_of_the_process_are_given_back() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        Solver(METHODS["maml"]).solve(
            weights(NETWORK).float(), Episode.of(problem(0), images(), "validation"), gradient=False
        )
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_a_process_that_is_lost_is_told_in_a_sentence() -> None:
    engine = ProcessEngine(METHODS["maml"], images(), 2)
    theta, problems = weights(NETWORK).float(), [problem(0), problem(1)]
    try:
        engine.run(theta, problems, gradient=True)
        (helper,) = engine._helpers
        os.kill(helper._process.pid, signal.SIGKILL)
        with pytest.raises(MetalogError, match=r"has ended \(exit code -9\).*--resume"):
            engine.run(theta, problems, gradient=True)
    finally:
        engine.close()


PARENT = """
import os, signal
import numpy as np
from tests.trainer.test_engines import METHODS, images
from trainer.engines.processes import ProcessEngine
if __name__ == "__main__":
    engine = ProcessEngine(METHODS["maml"], images(), 2)
    print(engine._helpers[0]._process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks the process up under /proc")
def test_helpers_end_when_the_calling_process_is_killed(tmp_path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    done = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    helper, deadline = int(done.stdout), time.monotonic() + 30
    while alive(helper):
        assert time.monotonic() < deadline, "the helper outlived the process that it worked for"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_engine_suits_the_machine(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    config = resolve({"side": 28, "channels": (6, 10), "processes": 1})
    engine = make_engine(config, images())
    assert engine.name == "matrix products on the CPU"
    engine.close()
    with pytest.raises(UsageError, match="finds no GPU"):
        make_engine(resolve({"device": "cuda"}), images())
