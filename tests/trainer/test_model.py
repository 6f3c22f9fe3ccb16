"""The recommended network against PyTorch's own convolution and batch norm."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from metalog.errors import UsageError
from trainer.im2col import im2col
from trainer.model import Conv4, initial_weights, model_of
from trainer.settings import resolve

CHANNELS = (3, 4, 2)


def plain(theta: Tensor, images: Tensor, ways: int, *, normalised: bool) -> Tensor:
    """One task: theta (parameters,), images (N, side, side)."""
    x, weights, norms = images.unsqueeze(1), [], []
    for inputs, outputs in zip((1, *CHANNELS), CHANNELS, strict=False):
        kernel, theta = theta[: outputs * inputs * 9], theta[outputs * inputs * 9 :]
        weights.append(kernel.view(outputs, inputs, 3, 3))
    for outputs in CHANNELS:
        count = 2 * outputs if normalised else outputs
        norms.append(theta[:count].view(-1, outputs))
        theta = theta[count:]
    for weight, norm in zip(weights, norms, strict=True):
        if normalised:
            x = F.batch_norm(F.conv2d(x, weight, None, 2, 1), None, None, *norm, training=True)
        else:
            x = F.conv2d(x, weight, norm[0], 2, 1)
        x = F.relu(x)
    x, outputs = x.flatten(1), 1 if ways == 2 else ways
    logits = F.linear(x, theta[: outputs * x.shape[1]].view(outputs, -1), theta[outputs * x.shape[1] :])
    return logits.squeeze(1)


@pytest.mark.parametrize("side", [28, 15])
@pytest.mark.parametrize("ways", [2, 5])
@pytest.mark.parametrize("normalised", [True, False])
def test_it_is_what_torch_makes_of_the_same_weights(side: int, ways: int, normalised: bool) -> None:
    model = Conv4(side, CHANNELS, ways, normalised=normalised)
    generator = torch.Generator().manual_seed(0)
    theta = torch.stack([model.initialise(generator).double() for _ in range(3)])
    theta += 0.1 * torch.randn(theta.shape, generator=generator, dtype=torch.float64)
    images = torch.rand(3, 7, side, side, generator=generator, dtype=torch.float64)
    expected = torch.stack([plain(*task, ways, normalised=normalised) for task in zip(theta, images, strict=True)])
    torch.testing.assert_close(model.logits(theta, images, 7), expected)
    assert model.parameters == theta.shape[1]
    assert model.features(theta, images, 7).shape == (3, 7, (model.head_parameters // (1 if ways == 2 else ways)) - 1)


def test_the_patches_have_derivatives_of_every_order() -> None:
    x = torch.rand(2, 1, 4, 5, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: im2col(x).tanh(), x)
    assert torch.autograd.gradgradcheck(lambda x: im2col(x).tanh(), x)


def test_initial_weights_depend_on_the_seed_alone_and_end_in_a_zero_output_layer_if_asked() -> None:
    theta = initial_weights(resolve())
    assert torch.equal(theta, initial_weights(resolve()))
    head = model_of(resolve()).head_parameters
    assert not theta[-head:].any()
    other = initial_weights(resolve({"zero_head": False}))
    assert other[-head:].any()
    assert torch.equal(other[:-head], theta[:-head])
    assert not torch.equal(theta, initial_weights(resolve({"seed": 1})))


def test_more_than_two_ways_need_a_network_with_as_many_outputs() -> None:
    with pytest.raises(UsageError, match="5 ways need a network of the kind conv4"):
        model_of(resolve({"recipe": "blog", "ways": 5}))
