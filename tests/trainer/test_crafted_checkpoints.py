"""A checkpoint is used only as it was written, and only if it can be one of a run, though its hash be right."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from metalog.errors import SourceError
from tests.trainer.tiny import few_shot, tiny
from trainer.checkpoint import Checkpoint, load, packed, path_of
from trainer.train import train

LOG = Path("run.txt")
MANY = 10**6


@pytest.fixture(scope="module")
def finished(data: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        train(tiny(data, meta_steps=2, meta_test=0), LOG, tell=list)
    return folder


@pytest.fixture
def run(here: Path, finished: Path) -> Path:
    for path in finished.glob("run*"):
        shutil.copy(path, here)
    return here


def test_what_is_written_is_read(run: Path) -> None:
    found = load(path_of(LOG))
    Path("again").write_bytes(packed(found))
    again = load(Path("again"))
    assert torch.equal(found.theta, again.theta)
    assert (found.step, found.offset, found.log_hash, found.config) == (
        again.step, again.offset, again.log_hash, again.config
    )  # fmt: skip


def test_any_flipped_bit_and_any_truncation_is_refused(run: Path) -> None:
    path = path_of(LOG)
    content = path.read_bytes()
    places = [*range(120), *range(120, len(content), 29), *range(len(content) - 40, len(content))]
    for place in places:
        for bit in range(8) if place < 120 else (place % 8,):
            flipped = bytearray(content)
            flipped[place] ^= 1 << bit
            path.write_bytes(flipped)
            with pytest.raises(SourceError, match=r"run\.txt\.checkpoint is "):
                load(path)
    for other in (*(content[:size] for size in range(0, len(content), 97)), content + b"\0", content * 2):
        path.write_bytes(other)
        with pytest.raises(SourceError, match=r"run\.txt\.checkpoint is "):
            load(path)


def put(name: str, value: Any) -> Any:
    return lambda _: {name: value}


def config(**changes: Any) -> Any:
    return lambda found: {"config": found.config | changes}


def like(name: str, change: Any) -> Any:
    return lambda found: {name: change(getattr(found, name))}


def state(change: Any) -> Any:
    def changed(found: Checkpoint) -> dict[str, Any]:
        return {"optimizer": {name: change(value) for name, value in found.optimizer.items()}}

    return changed


NAN = float("nan")
CRAFTED: dict[str, Any] = {
    **{
        f"{name} {number}": like(name, change)
        for name in ("theta", "best")
        for number, change in enumerate([
            lambda theta: theta[:5],
            lambda theta: theta[None],
            lambda theta: theta.double(),
            lambda theta: theta.long(),
            lambda theta: theta.to_sparse(),
            lambda theta: theta.tolist(),
            lambda theta: None,
            lambda theta: 3,
            lambda theta: theta[:1].expand(theta.numel()),
            lambda theta: theta.to("meta"),
            lambda theta: torch.cat([theta, theta])[::2],
            lambda theta: theta.to(torch.complex64),
        ])
    },
    **{
        f"{name} = {value!r}": put(name, value)
        for name, values in {
            "step": (-1, 1.0, True, None, "2", 3, MANY, [2], torch.tensor(2)),
            "offset": (-1, "10", None, 1.5, True, 0),
            "log_hash": (None, 3, b""),
            "tested": (None, 1, "no"),
            "best_loss": (None, 3, "low"),
            "losses": (None, [], [1.0], [1, 2], [None, None], [NAN] * 3, (0.1, 0.2), 0.5),
            "optimizer": (None, {}, [], {"exp_avg": 1}, 3),
            "config": (None, [], "quick", 3, {1: 2}, {"side": 28}, torch.zeros(2)),
        }.items()
        for value in values
    },
    "best with nan": like("best", lambda best: best * NAN),
    "an optimizer of another shape": state(lambda value: value.reshape(-1)[:1].clone() if value.ndim else value),
    "an optimizer of another type": state(lambda value: value.double()),
    "a sparse optimizer": state(lambda value: value.to_sparse() if value.ndim else value),
    "an optimizer's lists": state(lambda value: value.tolist()),
    "an optimizer with nan": state(lambda value: value * NAN),
    "an optimizer of other steps": state(lambda value: value + 5 if not value.ndim else value),
    "another optimizer's": config(meta_optimizer="sgd"),
    "a wide network": config(channels=[MANY, MANY]),
    "a deep network": config(channels=[1] * MANY),
    "large images": config(side=MANY),
    "larger images": config(side=10**40),
    "many ways": config(network="conv4", ways=MANY),
    "a wide layer": config(hidden=MANY),
    "small images": config(side=3),
    "an infinite rate": config(meta_lr=10**400),
    "a setting that is a tensor": config(seed=torch.zeros(3)),
    "a setting that is a long text": config(recipe="x" * MANY),
    "an unknown setting": config(**{"eval\n": 1}),
}  # fmt: skip


@pytest.mark.parametrize("change", CRAFTED.values(), ids=[name[:40] for name in CRAFTED])
def test_a_checkpoint_that_no_run_wrote_is_refused_before_anything_is_written(
    data: str, run: Path, change: Any
) -> None:
    path = path_of(LOG)
    found = load(path)
    crafted = replace(found, **change(found))
    path.write_bytes(packed(crafted))
    before = {file.name: file.read_bytes() for file in run.glob("run*")}
    with pytest.raises(SourceError, match=r"run\.txt\.checkpoint is no checkpoint of") as caught:
        load(path)
    assert len(str(caught.value)) < 300
    with pytest.raises(SourceError):
        train(tiny(data, meta_steps=2, meta_test=0), LOG, resume=True)
    assert {file.name: file.read_bytes() for file in run.glob("run*")} == before


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_those_of_either_optimizer_and_network_are_taken(data: str, here: Path, optimizer: str) -> None:
    for name, changed in (("conv", few_shot), ("write-up", tiny)):
        train(changed(data, meta_steps=1, meta_test=0, meta_optimizer=optimizer), Path(name))
        assert load(path_of(Path(name))).step == 1


def test_a_file_without_end_is_not_read_to_it() -> None:
    if not Path("/dev/zero").exists():
        pytest.skip("has no /dev/zero")
    with pytest.raises(SourceError, match="is no checkpoint of ours"):
        load(Path("/dev/zero"))
