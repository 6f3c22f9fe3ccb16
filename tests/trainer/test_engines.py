"""Inner loop and meta-gradient against finite differences and plain autograd; the engines against each other."""

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

from metalog.errors import MetalogError, UsageError
from trainer.engines.by_hand.kernels import Kernels
from trainer.engines.by_hand.worker import HandTask
from trainer.engines.choose import make_engine
from trainer.engines.gpu import GpuEngine
from trainer.engines.heads import adapt_heads, changes_heads_alone
from trainer.engines.interface import TaskData, units
from trainer.engines.processes import ProcessEngine
from trainer.engines.side_by_side import SideBySide
from trainer.losses import evaluate
from trainer.maml import InnerLoopConfig, MetaLearner, adapt
from trainer.model import Conv4
from trainer.settings import resolve
from trainer.tasks.task import Task
from trainer.writeup import WriteUp

from .test_kernels import draw, weights

NETWORK = WriteUp(28, (6, 10))
CPU = torch.device("cpu")


def images(count: int = 60) -> np.ndarray:
    return draw(NETWORK, count).mul(255).byte().numpy()


def problem(seed: int, *, support: int = 7, query: int = 3, epochs: int = 2, steps: int = 2, ways: int = 2) -> Task:
    rng = np.random.default_rng(seed)
    drawings = rng.permutation(60)
    labels = rng.integers(0, ways, 60)
    cuts = [support, support + query, support + query + 2]
    batches = np.stack([rng.permutation(support)[: steps * 3].reshape(steps, 3) for _ in range(epochs)])
    parts = [
        part for pair in zip(np.split(drawings, cuts)[:3], np.split(labels, cuts)[:3], strict=True) for part in pair
    ]
    return Task(*parts, batches, (0, 1))


def plain_meta_loss(learner: MetaLearner, task: TaskData, *, order: str):
    """MAML as one would write it down, by autograd alone: a function of the initial weights."""
    ink, labels = torch.from_numpy(task.images).double() / 255, torch.from_numpy(task.labels)

    def losses(theta: Tensor, chosen: list[int], reference: int) -> Tensor:
        logits = learner.model.logits(theta[None], ink[chosen][None], reference)[0]
        return evaluate(logits, labels[chosen], double_sigmoid=learner.model.double_sigmoid)[0]

    def meta_loss(theta: Tensor) -> Tensor:
        rates = learner.inner.rates(learner.model, theta)
        for batch in task.batches.reshape(-1, task.batches.shape[-1]).tolist():
            (gradient,) = torch.autograd.grad(losses(theta, batch, len(batch)).mean(), theta, create_graph=True)
            theta = theta - rates * (gradient.detach() if order == "first" else gradient)
        lent = task.support if learner.norm_statistics == "support" else 0
        drawings = list(range(task.support - lent, len(labels)))
        queried = losses(theta, drawings, lent or len(drawings))[lent:]
        return queried[-1] if learner.last_sample_meta_loss else queried.mean()

    return meta_loss


METHODS = {
    "maml": MetaLearner(NETWORK, InnerLoopConfig(inner_lr=0.1)),
    "anil": MetaLearner(NETWORK, InnerLoopConfig("anil", inner_lr=0.1)),
    "last sample": MetaLearner(NETWORK, InnerLoopConfig(inner_lr=0.1), last_sample_meta_loss=True),
    "double sigmoid": MetaLearner(WriteUp(28, (6, 10), double_sigmoid=True), InnerLoopConfig(inner_lr=0.5)),
}
CONV4 = MetaLearner(Conv4(28, (4, 3, 3), normalised=True), InnerLoopConfig(inner_lr=0.3))
#: For autograd alone.
OTHERS = {
    "conv4-bn": CONV4,
    "conv4-bn, query statistics": replace(CONV4, norm_statistics="query"),
    "conv4-bn, anil": replace(CONV4, inner=InnerLoopConfig("anil", inner_lr=0.3)),
    "conv4-bn, 3 ways": replace(CONV4, model=Conv4(28, (4, 3), 3, normalised=True)),
    "conv4": replace(CONV4, model=Conv4(28, (4, 3), normalised=False, double_sigmoid=True)),
}


def initial(learner: MetaLearner, seed: int = 1) -> Tensor:
    """Weights of float64, biases included, that are not those of a fresh network."""
    if isinstance(learner.model, WriteUp):
        return weights(learner.model, seed)
    generator = torch.Generator().manual_seed(seed)
    theta = learner.model.initialise(generator).double()
    return theta + 0.1 * torch.randn(theta.shape, generator=generator, dtype=torch.float64)


def with_order(learner: MetaLearner, order: str) -> MetaLearner:
    return replace(learner, inner=replace(learner.inner, order=order))


def by_hand(learner: MetaLearner, task: TaskData, dtype: torch.dtype) -> HandTask:
    return HandTask(learner, learner.model, Kernels(learner.model), task, dtype)


def meta_gradient(learner: MetaLearner, task: TaskData, theta: Tensor, way: str) -> tuple[float, Tensor]:
    if way == "by hand":
        adaptation = adapt(by_hand(learner, task, theta.dtype), theta, learner, direction=True)
        return adaptation.meta_loss.item(), adaptation.direction
    two = SideBySide(learner, [task, task], theta.dtype, CPU)
    adaptation = adapt(two, theta.expand(2, -1), learner, direction=True)
    return adaptation.meta_loss[1].item(), adaptation.direction[1]


CASES = [
    pytest.param(learner, way, id=f"{name}, {way}")
    for name, learner in METHODS.items()
    for way in ("by hand", "autograd")
]
CASES += [pytest.param(learner, "autograd", id=name) for name, learner in OTHERS.items()]


@pytest.mark.parametrize("order", ["first", "second"])
@pytest.mark.parametrize(("learner", "way"), CASES)
def test_the_meta_gradient_equals_that_of_plain_autograd(learner: MetaLearner, order: str, way: str) -> None:
    ways = 3 if learner is OTHERS["conv4-bn, 3 ways"] else 2
    learner, theta = with_order(learner, order), initial(learner)
    task = TaskData.of(problem(3, ways=ways), images(), "query")
    plain = plain_meta_loss(learner, task, order=order)
    loss, gradient = meta_gradient(learner, task, theta, way)
    expected = plain(theta.requires_grad_())
    assert loss == pytest.approx(expected.item(), rel=1e-10)
    torch.testing.assert_close(gradient, *torch.autograd.grad(expected, theta), rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize(
    ("learner", "way"), [(METHODS["maml"], "by hand"), (METHODS["maml"], "autograd"), (CONV4, "autograd")]
)
def test_the_second_order_meta_gradient_equals_finite_differences_and_the_first_order_does_not(
    learner: MetaLearner, way: str
) -> None:
    learner = with_order(learner, "second")
    theta, direction = initial(learner), initial(learner, seed=5)
    task, small = TaskData.of(problem(4), images(), "query"), 1e-6
    ahead, behind = (meta_gradient(learner, task, theta + sign * small * direction, way)[0] for sign in (1, -1))
    slope = (ahead - behind) / (2 * small)
    assert (meta_gradient(learner, task, theta, way)[1] @ direction).item() == pytest.approx(slope, rel=1e-6)
    first = meta_gradient(with_order(learner, "first"), task, theta, way)[1]
    assert (first @ direction).item() != pytest.approx(slope, rel=1e-2)


def test_reptile_goes_where_the_inner_loop_went() -> None:
    learner, theta = MetaLearner(NETWORK, InnerLoopConfig("reptile", "second", 0.1)), weights(NETWORK)
    task = TaskData.of(problem(3), images(), "query")
    _, direction = meta_gradient(learner, task, theta, "by hand")
    batch = by_hand(learner, task, theta.dtype)
    fast = theta
    for epoch in range(2):
        for step in range(2):
            fast = fast - 0.1 * batch.step(fast, epoch, step, traced=False)[2]
    torch.testing.assert_close(theta - 0.1 * direction, fast)


def test_anil_leaves_the_convolutions_alone_and_maml_does_not() -> None:
    theta = weights(NETWORK)
    rates = {name: InnerLoopConfig(name, inner_lr=0.1).rates(NETWORK, theta) for name in ("anil", "maml")}
    assert not rates["anil"][: NETWORK.body_parameters].any()
    assert rates["anil"][NETWORK.body_parameters :].all()
    assert rates["maml"].all()


def test_an_output_layer_that_is_zero_at_the_start_is_never_meta_learned() -> None:
    for learner in (METHODS["maml"], CONV4):
        zeroed = replace(learner, inner=replace(learner.inner, order="second", zero_head=True))
        task = TaskData.of(problem(3), images(), "query")
        gradient = meta_gradient(zeroed, task, initial(learner), "autograd")[1]
        assert not gradient[-learner.model.head_parameters :].any()
        assert gradient[: -learner.model.head_parameters].any()


@pytest.mark.parametrize("order", ["first", "second"])
@pytest.mark.parametrize("epochs", [1, 3])
def test_what_a_zero_output_layer_saves_changes_nothing(order: str, epochs: int) -> None:
    """In the first inner step from zeros only the output layer's gradient is computed."""
    inner = InnerLoopConfig("maml", order, 0.3, zero_head=True)
    learner, task = replace(CONV4, inner=inner), TaskData.of(problem(3, epochs=epochs), images(), "query")
    theta, head = initial(CONV4), CONV4.model.head_parameters
    theta[-head:] = 0
    loss, gradient = meta_gradient(learner, task, theta, "autograd")
    expected = plain_meta_loss(learner, task, order=order)(theta.requires_grad_())
    (by_theta,) = torch.autograd.grad(expected, theta)
    assert loss == pytest.approx(expected.item(), rel=1e-10)
    torch.testing.assert_close(gradient[:-head], by_theta[:-head], rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("order", ["first", "second"])
@pytest.mark.parametrize(
    ("changes", "epochs"),
    [({"algorithm": "anil"}, 2), ({"algorithm": "anil", "zero_head": True}, 3), ({"zero_head": True}, 1)],
    ids=["anil", "anil, zero", "zero, one step"],
)
@pytest.mark.parametrize("of", [{}, {"norm_statistics": "query"}, {"last_sample_meta_loss": True}, "3 ways"], ids=str)
def test_features_computed_once_change_nothing(order: str, changes: dict, epochs: int, of: dict | str) -> None:
    learner = OTHERS["conv4-bn, 3 ways"] if of == "3 ways" else replace(CONV4, **of)
    learner = replace(learner, inner=replace(learner.inner, order=order, **changes))
    given = problem(3, support=6, epochs=epochs, steps=1, ways=3 if of == "3 ways" else 2)
    given = replace(
        given, batches=np.stack([np.random.default_rng(epoch).permutation(6)[None] for epoch in range(epochs)])
    )
    two = [TaskData.of(task, images(), "query") for task in (given, replace(given, query=given.query[::-1]))]
    theta = initial(learner)
    if learner.inner.zero_head:
        theta[-learner.model.head_parameters :] = 0
    assert changes_heads_alone(learner.inner, learner.model, given.batches.shape, 6)
    batch = SideBySide(learner, two, theta.dtype, CPU)
    theta = theta.expand(2, -1)
    for direction in (True, False):
        once = adapt_heads(batch.drawings, theta, learner, direction=direction)
        plain = adapt(batch, theta, learner, direction=direction)
        torch.testing.assert_close(once.steps, plain.steps)
        torch.testing.assert_close(once.queries[-epochs:], plain.queries[-epochs:])
        torch.testing.assert_close(once.meta_loss, plain.meta_loss)
        torch.testing.assert_close(once.direction, plain.direction, rtol=1e-8, atol=1e-11)


def test_more_than_the_output_layer_changes_otherwise() -> None:
    inner, model, one = InnerLoopConfig(zero_head=True), CONV4.model, (1, 1, 6)
    assert changes_heads_alone(inner, model, one, 6)
    assert not changes_heads_alone(inner, model, one, 7)
    assert not changes_heads_alone(inner, model, (2, 1, 6), 6)
    assert not changes_heads_alone(replace(inner, zero_head=False), model, one, 6)
    assert not changes_heads_alone(replace(inner, algorithm="reptile"), model, one, 6)
    assert not changes_heads_alone(replace(inner, algorithm="anil"), NETWORK, one, 6)


def test_support_statistics_make_an_answer_independent_of_the_other_queries() -> None:
    whole = problem(3, query=6)
    part = replace(whole, query=whole.query[:2], query_labels=whole.query_labels[:2])
    for statistics, same in (("support", True), ("query", False)):
        learner = replace(CONV4, norm_statistics=statistics)
        theta = initial(learner)[None]
        all_, few = (
            SideBySide(learner, [TaskData.of(task, images(), "query")], torch.float64, CPU).evaluate(theta)[0][0, :2]
            for task in (whole, part)
        )
        assert torch.allclose(all_, few, rtol=1e-10) is same


def test_tasks_of_one_shape_are_cut_into_units() -> None:
    few, more = (TaskData.of(problem(0, query=count), images(), "query") for count in (3, 4))
    assert [len(unit) for unit in units([few] * 9 + [more] * 2, 4)] == [4, 4, 1, 2]
    assert units([], 4) == []


def assert_close(ours, theirs) -> None:
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one.steps, other.steps, rtol=1e-4)
        np.testing.assert_allclose(one.queries, other.queries, rtol=1e-4)
        assert one.meta_loss == pytest.approx(other.meta_loss, rel=1e-4)
        torch.testing.assert_close(one.gradient, other.gradient, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("order", ["first", "second"])
@pytest.mark.parametrize("learner", [METHODS["maml"], CONV4], ids=["by hand", "autograd"])
def test_outcomes_equal_whatever_the_number_of_processes_and_nearly_whatever_the_engine(
    learner: MetaLearner, order: str
) -> None:
    learner = with_order(learner, order)
    theta, problems = initial(learner).float(), [problem(seed) for seed in range(9)]
    engines = [ProcessEngine(learner, images(), count) for count in (1, 3)]
    try:
        alone, shared = (engine.run(theta, problems, gradient=True) for engine in engines)
    finally:
        for engine in engines:
            engine.close()
    for one, other in zip(alone, shared, strict=True):
        assert (one.steps, one.queries, one.meta_loss) == (other.steps, other.queries, other.meta_loss)
        assert torch.equal(one.gradient, other.gradient)
    assert_close(alone, GpuEngine(learner, images(), CPU).run(theta, problems, gradient=True))


def test_an_engine_judges_by_the_drawings_that_it_is_told_and_gives_no_gradient_unasked() -> None:
    learner, theta = METHODS["maml"], weights(NETWORK).float()
    given = problem(0)
    (outcome,) = ProcessEngine(learner, images(), 1).run(theta, [given], gradient=False, judged="test")
    assert outcome.gradient is None
    assert np.isnan(outcome.meta_loss)
    ink, labels = torch.from_numpy(images()[given.test]) / 255, torch.from_numpy(given.test_labels)
    losses, correct = evaluate(NETWORK.logits(theta[None], ink[None], 0)[0], labels)
    assert outcome.queries[0] == pytest.approx((losses.mean().item(), correct.mean().item()), rel=1e-5)
    assert len(outcome.queries) == 1 + len(outcome.steps) == 3


def test_an_engine_takes_another_inner_loop_when_told() -> None:
    engine = ProcessEngine(CONV4, images(), 1)
    theta, given = initial(CONV4).float(), [problem(0)]
    other = InnerLoopConfig(inner_lr=0.9)
    (told,) = engine.run(theta, given, gradient=False, inner=other)
    (own,) = ProcessEngine(replace(CONV4, inner=other), images(), 1).run(theta, given, gradient=False)
    assert told.queries == own.queries != engine.run(theta, given, gradient=False)[0].queries


@pytest.mark.parametrize("order", ["first", "second"])
def test_a_problem_that_diverges_gives_nan_and_no_error(order: str) -> None:
    learner = MetaLearner(NETWORK, InnerLoopConfig("maml", order, inner_lr=1e30))
    (outcome,) = ProcessEngine(learner, images(), 1).run(weights(NETWORK).float(), [problem(0)], gradient=True)
    assert np.isnan(outcome.queries[-1][0])
    assert np.isnan(outcome.meta_loss)
    assert outcome.gradient.isnan().any()


@pytest.mark.parametrize("kind", [ProcessEngine, GpuEngine])
def test_no_epochs_leave_the_initial_weights_and_no_problems_give_no_outcomes(kind) -> None:
    engine = kind(METHODS["maml"], images(), 1 if kind is ProcessEngine else CPU)
    theta, given = weights(NETWORK).float(), problem(0)
    (unadapted,) = engine.run(theta, [replace(given, batches=given.batches[:0])], gradient=False)
    (adapted,) = engine.run(theta, [given], gradient=False)
    assert (unadapted.steps, len(unadapted.queries)) == ([], 1)
    assert unadapted.queries[0] == adapted.queries[0]
    assert engine.run(theta, [], gradient=True) == []


def test_the_threads_of_the_process_are_given_back() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        ProcessEngine(CONV4, images(), 1).run(initial(CONV4).float(), [problem(0)], gradient=False)
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
@pytest.mark.parametrize("parent", ["PARENT", "STARTING"])
def test_helpers_end_when_the_calling_process_is_killed_even_if_they_are_starting(tmp_path, parent: str) -> None:
    script = tmp_path / "parent.py"
    script.write_text(globals()[parent])
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


STARTING = """
import multiprocessing, os, pickle, signal, time
from trainer.engines.helper import serve
if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    class Slow:
        def __reduce__(self):
            return time.sleep, (600,)  # as long as an import of torch may seem
    helper = context.Process(target=serve, args=(theirs, pickle.dumps(Slow())))
    helper.start()
    print(helper.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_helper_knows_before_it_imports_torch_whether_its_caller_is_there() -> None:
    code = "import sys, trainer.engines.helper; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2]).returncode == 0


@pytest.mark.parametrize(("processes", "size", "told"), [(300, 9, "keep 3 busy: 3 compute"), (3, 9, ""), (300, 1, "1")])
def test_no_more_processes_compute_than_a_meta_batch_keeps_busy(
    monkeypatch, capsys, processes: int, size: int, told: str
) -> None:
    counts = []
    monkeypatch.setattr("trainer.engines.choose.ProcessEngine", lambda _learner, _images, count: counts.append(count))
    monkeypatch.setattr("trainer.engines.choose.cores", lambda: 2)
    make_engine(resolve({"processes": processes, "meta_batch_size": size, "device": "cpu"}), images())
    errors = capsys.readouterr().err
    assert counts == [-(-size // 4)]
    assert told in errors
    assert ("more than the 2 cores" in errors) == (size == 9)
    counts.clear()
    make_engine(resolve({"meta_batch_size": size, "device": "cpu"}), images())
    assert counts == [min(2, -(-size // 4))]
    assert capsys.readouterr().err == ""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_engine_suits_the_machine(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for network, name in (("writeup", "matrix products on the CPU"), ("conv4-bn", "autograd on the CPU")):
        config = resolve({"side": 28, "channels": (6, 10), "processes": 1, "network": network})
        engine = make_engine(config, images())
        assert engine.name == name
        engine.close()
    with pytest.raises(UsageError, match="finds no GPU"):
        make_engine(resolve({"device": "cuda"}), images())


def test_processes_that_a_gpu_has_no_use_for_are_told(monkeypatch, capsys) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr("trainer.engines.choose.GpuEngine", lambda *_: None)
    for processes, told in (
        (0, ""),
        (1, ""),
        (3, "3 processes were asked for, but a GPU takes one: it does all alone\n"),
    ):
        make_engine(resolve({"processes": processes}), images())
        assert capsys.readouterr().err == told
