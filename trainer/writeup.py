"""The write-up's network: four times convolution, ReLU and max-pool, then two linear layers.

This plain version is what runs on a GPU and what :mod:`trainer.engines.by_hand.kernels` is checked against.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import vmap

from metalog.errors import UsageError

KERNEL = 5


@dataclass(frozen=True)
class WriteUp:
    """The sizes of the network: a :class:`~trainer.model.Model` that tells two classes apart.

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
    def width(self) -> int:
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
        return (*shapes, (self.hidden, self.width), (self.hidden,), (1, self.hidden), (1,))

    @cached_property
    def parameters(self) -> int:
        """Length of the flat vector."""
        return sum(math.prod(shape) for shape in self.shapes)

    @property
    def body_parameters(self) -> int:
        """Length of the convolutions' part, which comes first: what ANIL leaves alone in the inner loop."""
        return sum(math.prod(shape) for shape in self.shapes[:-4])

    @property
    def head_parameters(self) -> int:
        """Length of the output layer's part, which comes last."""
        return self.hidden + 1

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

    def features(self, theta: Tensor, images: Tensor, _: int) -> Tensor:
        """Return what the output layer is given: (tasks, N, hidden)."""
        features: Tensor = vmap(self._hidden)(theta, images)
        return features

    def logits(self, theta: Tensor, images: Tensor, _: int) -> Tensor:
        """Apply the network with weights `theta` (tasks, parameters) to `images` (tasks, N, side, side): (tasks, N)."""
        return self.output(theta[:, -self.head_parameters :], vmap(self._hidden)(theta, images))

    def output(self, head: Tensor, features: Tensor) -> Tensor:
        """Apply the output layer: `head` (tasks, hidden + 1), `features` (tasks, N, hidden), logits (tasks, N)."""
        return (features @ head[:, :-1, None]).squeeze(-1) + head[:, -1:]

    def _hidden(self, theta: Tensor, images: Tensor) -> Tensor:
        """Return the hidden layer (N, hidden) of images (N, side, side)."""
        weights = self.unflatten(theta)
        x = images.unsqueeze(1)  # (N, 1, side, side)
        for weight, bias in zip(weights[:-4:2], weights[1:-4:2], strict=True):
            x = F.max_pool2d(F.relu(F.conv2d(x, weight, bias)), 2)  # (N, channels, size, size)
        return F.relu(F.linear(x.flatten(1), *weights[-4:-2]))


def smallest_side(convolutions: int, size: int = 1) -> int:
    """Return the least side of an image whose maps after so many convolutions and poolings have side `size`."""
    for _ in range(convolutions):
        size = 2 * size + KERNEL - 1
    return size
