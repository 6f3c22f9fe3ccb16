"""The prediction against what a trace really holds."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor

from trainer.engines.by_hand.kernels import Kernels
from trainer.engines.by_hand.memory import traces_bytes
from trainer.engines.by_hand.patches import DrawingPatches
from trainer.writeup import WriteUp

from .test_kernels import NETWORKS, draw, weights


def storages(held: object) -> dict[int, int]:
    """The bytes of each storage that something holds, by address."""
    if isinstance(held, Tensor):
        return {held.untyped_storage().data_ptr(): held.untyped_storage().nbytes()}
    if dataclasses.is_dataclass(held):
        held = [getattr(held, each.name) for each in dataclasses.fields(held)]
    parts = held if isinstance(held, list | tuple) else []
    return {address: size for part in parts for address, size in storages(part).items()}


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_the_prediction_is_exact_for_the_ink_there_is_and_else_a_bound(network: WriteUp) -> None:
    labels = torch.ones(8)
    batch = DrawingPatches(network, draw(network, 8), torch.float32).pick(range(8), labels, labels / 8)
    *_, trace = Kernels(network).gradient(weights(network).float(), batch)
    ink = batch.patches.shape[1] / (8 * network.seen[1] ** 2)
    held = sum(storages(trace).values())
    assert traces_bytes(network, 8, 1, ink=ink) == held
    assert traces_bytes(network, 8, 45) > 45 * held
