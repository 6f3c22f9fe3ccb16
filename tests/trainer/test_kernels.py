"""The passes written by hand against autograd through the plain network, in float64."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.func import grad, vjp

from metalog.errors import UsageError
from trainer.engines.by_hand.kernels import Kernels
from trainer.engines.by_hand.patches import DrawingPatches
from trainer.losses import evaluate
from trainer.writeup import WriteUp, smallest_side

WRITE_UP = WriteUp()
NETWORKS = {
    "the write-up's": WRITE_UP,
    "with a double sigmoid": WriteUp(double_sigmoid=True),
    "the quick preset's": WriteUp(28, (6, 10)),
    "of odd sides": WriteUp(45, (3, 2, 4), hidden=5),
}


def draw(network: WriteUp, drawings: int, *, paper: float = 0.8, seed: int = 0) -> Tensor:
    """Images, mostly paper, with ink of all shades in blots: no two values tie but on paper."""
    generator = torch.Generator().manual_seed(seed)
    side = network.side
    blots = torch.rand(drawings, 1, side // 7 + 1, side // 7 + 1, generator=generator).gt(paper).double()
    blots = torch.nn.functional.interpolate(blots, size=(side, side)).squeeze(1)
    return blots * torch.rand(drawings, side, side, generator=generator, dtype=torch.float64)


def weights(network: WriteUp, seed: int = 1) -> Tensor:
    """Initial weights with biases that are not zero."""
    generator = torch.Generator().manual_seed(seed)
    theta = network.initialise(generator).double()
    return theta + 0.03 * torch.randn(theta.shape, generator=generator, dtype=torch.float64)


def logits(network: WriteUp, theta: Tensor, images: Tensor) -> Tensor:
    """Of one task, (N,)."""
    return network.logits(theta[None], images[None], 0)[0]


def evaluated(network: WriteUp, theta: Tensor, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    return evaluate(logits(network, theta, images), labels, double_sigmoid=network.double_sigmoid)


def loss_of(network: WriteUp, images: Tensor, labels: Tensor, shares: Tensor):
    return lambda theta: (evaluated(network, theta, images, labels)[0] * shares).sum()


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_losses_gradient_and_hessian_product_equal_those_of_autograd(network: WriteUp) -> None:
    images, theta = draw(network, 10), weights(network)
    chosen, labels = [7, 0, 3, 9, 2], torch.tensor([1.0, 0, 1, 1, 0], dtype=torch.float64)
    shares = torch.tensor([0.1, 0.2, 0.3, 0.25, 0.15], dtype=torch.float64)
    kernels = Kernels(network)
    batch = DrawingPatches(network, images, torch.float64).pick(chosen, labels, shares)
    direction = weights(network, seed=2)
    loss = loss_of(network, images[chosen], labels, shares)

    expected_losses, expected_correct = evaluated(network, theta, images[chosen], labels)
    losses, correct, gradient, trace = kernels.gradient(theta, batch)
    product = kernels.hessian_product(trace, direction)

    torch.testing.assert_close(losses, expected_losses, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(kernels.losses(theta, batch)[0], expected_losses, rtol=1e-10, atol=1e-12)
    assert correct.tolist() == expected_correct.tolist()
    torch.testing.assert_close(gradient, grad(loss)(theta), rtol=1e-8, atol=1e-12)
    torch.testing.assert_close(product, vjp(grad(loss), theta)[1](direction)[0], rtol=1e-8, atol=1e-11)


def test_gradient_and_hessian_product_equal_finite_differences() -> None:
    network = NETWORKS["of odd sides"]
    images, theta, direction = draw(network, 4), weights(network), weights(network, seed=2)
    labels, shares = torch.tensor([1.0, 0, 1, 0], dtype=torch.float64), torch.full((4,), 0.25, dtype=torch.float64)
    kernels = Kernels(network)
    batch = DrawingPatches(network, images, torch.float64).pick(range(4), labels, shares)
    small = 1e-7

    _, _, gradient, trace = kernels.gradient(theta, batch)
    ahead, behind = (kernels.gradient(theta + sign * small * direction, batch) for sign in (1, -1))
    slope = ((ahead[0] - behind[0]) * shares).sum() / (2 * small)

    torch.testing.assert_close(gradient @ direction, slope, rtol=1e-5, atol=0)
    product = kernels.hessian_product(trace, direction)
    torch.testing.assert_close(product, (ahead[2] - behind[2]) / (2 * small), rtol=1e-4, atol=1e-6)


def test_bytes_are_read_as_ink_from_0_to_1() -> None:
    network = NETWORKS["the quick preset's"]
    images = draw(network, 3).mul(255).byte()
    labels = torch.ones(3)
    batch = DrawingPatches(network, images).pick(range(3), labels, labels)
    theta = network.initialise(torch.Generator().manual_seed(0))
    expected, _ = evaluated(network, theta, images / 255, labels)
    torch.testing.assert_close(Kernels(network).losses(theta, batch)[0], expected)


@pytest.mark.parametrize("paper", [0.0, 1.0], ids=["all ink", "all paper"])
def test_drawings_of_nothing_but_ink_or_paper(paper: float) -> None:
    network = NETWORKS["the quick preset's"]
    images, theta = draw(network, 2, paper=paper), weights(network)
    labels = torch.tensor([1.0, 0.0], dtype=torch.float64)
    shares = torch.tensor([0.4, 0.6], dtype=torch.float64)
    batch = DrawingPatches(network, images, torch.float64).pick(range(2), labels, shares)
    _, _, gradient, _ = Kernels(network).gradient(theta, batch)
    torch.testing.assert_close(gradient, grad(loss_of(network, images, labels, shares))(theta), rtol=1e-8, atol=1e-12)


def test_the_write_ups_network_has_10155_parameters_and_sees_92_pixels() -> None:
    assert WRITE_UP.parameters == 10_155
    assert WRITE_UP.width == 64
    assert WRITE_UP.seen == (92, 44, 20, 8, 2)
    images, theta = draw(WRITE_UP, 2), weights(WRITE_UP)
    blotted = images.clone()
    blotted[:, 92:] = blotted[:, :, 92:] = 1
    assert torch.equal(logits(WRITE_UP, theta, images), logits(WRITE_UP, theta, blotted))


def test_initial_weights_are_kaiming_normal_with_zero_biases() -> None:
    parts = WRITE_UP.unflatten(WRITE_UP.initialise(torch.Generator().manual_seed(0)))
    for weight, bias in zip(parts[::2], parts[1::2], strict=True):
        assert not bias.any()
        fan_in = weight[0].numel()
        assert weight.std().item() == pytest.approx(math.sqrt(2 / fan_in), rel=3 / math.sqrt(2 * weight.numel()))


def test_an_image_too_small_for_the_network_is_refused() -> None:
    assert smallest_side(4) == 76
    WriteUp(76)
    with pytest.raises(UsageError, match=r"75x75 pixels are too small .* at least 76"):
        WriteUp(75)


def test_a_network_of_one_convolution_is_refused() -> None:
    with pytest.raises(UsageError, match="at least two convolutions"):
        WriteUp(28, (6,))
