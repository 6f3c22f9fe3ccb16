"""The network: four times convolution, ReLU and max-pool, then two linear layers, applied with explicit weights.

The weights are one flat vector, so that a problem's fast weights, a meta-gradient and an optimizer's state are each
one tensor. This plain version is what runs on a GPU and what :mod:`trainer.engines.by_hand.kernels` is checked against.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from metalog.errors import UsageError

KERNEL = 5


@dataclass(frozen=True)
class Network:
    """The sizes of a network.

    Parameters
    ----------
    side
        Side of the square images in pixels.
    channels
        Output channels of each convolution (5x5, no padding, stride 1), each followed by ReLU and a 2x2 max-pool.
    hidden
        Width of the linear layer between the features and the output.
    double_sigmoid
        The write-up's slip: the network ends in a sigmoid although its loss takes logits.

    Raises
    ------
    UsageError
        If there are fewer than two convolutions, or the images are too small for so many.
    """

    side: int = 105
    channels: tuple[int, ...] = (6, 10, 12, 16)
    hidden: int = 10
    double_sigmoid: bool = False

    def __post_init__(self) -> None:
        if len(self.channels) < 2:
            raise UsageError(f"the network needs at least two convolutions, but channels are {self.channels}")
        if self.sizes[-1] < 1:
            raise UsageError(
                f"images of {self.side}x{self.side} pixels are too small for {len(self.channels)} convolutions, which "
                f"need at least {smallest_side(len(self.channels))}: choose a larger side or fewer channels"
            )

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Sides of the maps after each pooling; of the 105x105 network 50, 23, 9 and 2."""
        sizes, side = [], self.side
        for _ in self.channels:
            side = (side - KERNEL + 1) // 2
            sizes.append(side)
        return tuple(sizes)

    @property
    def features(self) -> int:
        """Inputs of the first linear layer."""
        return self.channels[-1] * self.sizes[-1] ** 2

    @cached_property
    def seen(self) -> tuple[int, ...]:
        """Sides, from the upper left corner, of what the output depends on in the image and in each pooled map.

        Poolings drop an odd last row, so these are smaller than :attr:`sizes`: 92, 44, 20, 8 and 2 of the 105x105
        network.
        """
        convolutions = len(self.channels)
        return tuple(smallest_side(convolutions - done, self.sizes[-1]) for done in range(convolutions + 1))

    @cached_property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of the parameters in their order in the flat vector, each weight followed by its bias."""
        shapes: list[tuple[int, ...]] = []
        for inputs, outputs in zip((1, *self.channels), self.channels, strict=False):
            shapes += [(outputs, inputs, KERNEL, KERNEL), (outputs,)]
        return (*shapes, (self.hidden, self.features), (self.hidden,), (1, self.hidden), (1,))

    @cached_property
    def parameters(self) -> int:
        """Length of the flat vector."""
        return sum(math.prod(shape) for shape in self.shapes)

    @property
    def body_parameters(self) -> int:
        """Length of the convolutions' part, which comes first: what ANIL leaves alone in the inner loop."""
        return sum(math.prod(shape) for shape in self.shapes[:-4])

    def unflatten(self, theta: Tensor) -> list[Tensor]:
        """Cut a flat vector (parameters,) into views of :attr:`shapes`."""
        pieces = theta.split_with_sizes([math.prod(shape) for shape in self.shapes], dim=-1)
        return [piece.view(shape) for piece, shape in zip(pieces, self.shapes, strict=True)]

    def initialise(self, generator: torch.Generator) -> Tensor:
        """Draw Kaiming-normal weights (He et al. 2015, fan-in, gain of ReLU) and zero biases: float32 (parameters,)."""
        theta = torch.zeros(self.parameters)
        for weight in self.unflatten(theta)[::2]:
            torch.nn.init.kaiming_normal_(weight, nonlinearity="relu", generator=generator)
        return theta

    def judge(self, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return each drawing's loss, and 1 where it was told right, else 0: both of the shape of `logits`."""
        output = logits.sigmoid() if self.double_sigmoid else logits
        loss = F.binary_cross_entropy_with_logits(output, labels, reduction="none")
        return loss, logits.gt(0).eq(labels.gt(0.5)).to(logits.dtype)

    def loss_derivatives(self, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the first and second derivative of each drawing's loss by its logit."""
        p = logits.sigmoid()
        slope = p * (1 - p)
        if not self.double_sigmoid:
            return p - labels, slope
        q = p.sigmoid()  # the loss takes p for a logit
        return (q - labels) * slope, q * (1 - q) * slope**2 + (q - labels) * slope * (1 - 2 * p)

    def logits(self, theta: Tensor, images: Tensor) -> Tensor:
        """Apply the network with weights `theta` (parameters,) to `images` (N, side, side), ink 1: logits (N,)."""
        weights = self.unflatten(theta)
        x = images.unsqueeze(1)  # (N, 1, side, side)
        for weight, bias in zip(weights[:-4:2], weights[1:-4:2], strict=True):
            x = F.max_pool2d(F.relu(F.conv2d(x, weight, bias)), 2)  # (N, channels, size, size)
        x = F.relu(F.linear(x.flatten(1), *weights[-4:-2]))  # (N, hidden)
        return F.linear(x, *weights[-2:]).squeeze(1)  # (N,)


def smallest_side(convolutions: int, size: int = 1) -> int:
    """Return the least side of an image whose maps after so many convolutions and poolings have side `size`."""
    for _ in range(convolutions):
        size = 2 * size + KERNEL - 1
    return size
