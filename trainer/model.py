"""The networks, each applied with explicit weights: one flat vector a task, so that a meta-gradient is one tensor.

`conv4-bn` is written in :mod:`torch.nn`'s modules. Their weights are handed over with
:func:`torch.func.functional_call`, those of several tasks side by side, with the tasks as their leading dimension.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from metalog.errors import UsageError
from trainer.im2col import KERNEL, halved, im2col
from trainer.randomness import Purpose, generator
from trainer.writeup import WriteUp

if TYPE_CHECKING:
    from trainer.config import Config

#: Added to a variance before its root is taken, as torch's batch norm does.
_EPSILON = 1e-5


class Model(Protocol):
    """A network, its weights apart.

    Attributes
    ----------
    parameters
        Length of the flat vector of weights.
    body_parameters
        Length of its first part, which ANIL leaves alone in the inner loop.
    head_parameters
        Length of its last part, the output layer's.
    double_sigmoid
        As in :func:`trainer.losses.evaluate`.
    """

    @property
    def parameters(self) -> int: ...  # noqa: D102
    @property
    def body_parameters(self) -> int: ...  # noqa: D102
    @property
    def head_parameters(self) -> int: ...  # noqa: D102
    @property
    def double_sigmoid(self) -> bool: ...  # noqa: D102

    def initialise(self, generator: torch.Generator) -> Tensor:
        """Draw initial weights: float32 (parameters,)."""

    def features(self, theta: Tensor, images: Tensor, reference: int) -> Tensor:
        """Return what the output layer is given, (tasks, N, features); the arguments are those of :meth:`logits`."""

    def output(self, head: Tensor, features: Tensor) -> Tensor:
        """Apply the output layer alone: `head` (tasks, head_parameters), `features` as above, logits as below."""

    def logits(self, theta: Tensor, images: Tensor, reference: int) -> Tensor:
        """Apply the network to several tasks, each with its own weights.

        Parameters
        ----------
        theta
            (tasks, parameters).
        images
            (tasks, N, side, side), ink 1.
        reference
            How many drawings, counted from the first, give a normalisation its means and variances.

        Returns
        -------
        torch.Tensor
            (tasks, N) for two classes, else (tasks, N, classes).
        """


class Convolution(nn.Module):
    """3x3, stride 2, padding 1, without bias, as a product of matrices."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, inputs * KERNEL**2))

    def forward(self, x: Tensor) -> Tensor:
        """Map (tasks, inputs, height, width, N) to (tasks, outputs, height / 2, width / 2, N), sides rounded up."""
        tasks, _, height, width, drawings = x.shape
        return (self.weight @ im2col(x)).view(tasks, -1, halved(height), halved(width), drawings)


class BatchNorm(nn.Module):
    """Batch norm (Ioffe and Szegedy 2015) with the statistics of some of the batch's drawings; it keeps no averages."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor, reference: int) -> Tensor:
        """Normalise (tasks, channels, height, width, N) by the statistics of the first `reference` drawings."""
        variance, mean = torch.var_mean(x[..., :reference], (2, 3, 4), correction=0)  # (tasks, channels)
        scale = (variance + _EPSILON).rsqrt() * self.weight
        shift = self.bias - mean * scale
        return torch.addcmul(shift[..., None, None, None], x, scale[..., None, None, None])


class Bias(nn.Module):
    """What stands in the place of a batch norm in `conv4`."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor, _: int) -> Tensor:
        """Add a number to each channel."""
        return x + self.bias[..., None, None, None]


class Body(nn.Module):
    """The convolutions, each followed by its normalisation and ReLU."""

    def __init__(self, channels: tuple[int, ...], *, normalised: bool) -> None:
        super().__init__()
        pairs = list(zip((1, *channels), channels, strict=False))
        self.convolutions = nn.ModuleList(Convolution(*pair) for pair in pairs)
        self.norms = nn.ModuleList((BatchNorm if normalised else Bias)(outputs) for _, outputs in pairs)

    def forward(self, images: Tensor, reference: int) -> Tensor:
        """Return the features (tasks, N, features) of images (tasks, N, height, width)."""
        x = images.permute(0, 2, 3, 1).unsqueeze(1)  # the drawings innermost, so that copies move long runs
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = F.relu(norm(convolution(x), reference))
        return x.flatten(1, 3).transpose(1, 2)


class Head(nn.Module):
    """The output layer."""

    def __init__(self, features: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, features))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (tasks, N), or (tasks, N, outputs) where there are several outputs."""
        return (features @ self.weight.transpose(-1, -2) + self.bias.unsqueeze(-2)).squeeze(-1)


class Conv4:
    """The network of most few-shot work (Vinyals et al. 2016, Finn et al. 2017): a :class:`Model`.

    Parameters
    ----------
    side
        Side of the square images in pixels; each convolution halves it, rounding up.
    channels
        Output channels of each convolution.
    ways
        Classes to tell apart.
    normalised
        Whether with batch norm: `conv4-bn`, else `conv4`.
    double_sigmoid
        As in :func:`trainer.losses.evaluate`.
    """

    def __init__(
        self, side: int, channels: tuple[int, ...], ways: int = 2, *, normalised: bool, double_sigmoid: bool = False
    ) -> None:
        for _ in channels:
            side = halved(side)
        self.double_sigmoid = double_sigmoid
        self._body = Body(channels, normalised=normalised)
        self._head = Head(channels[-1] * side**2, 1 if ways == 2 else ways)
        self._body_shapes = {name: weight.shape for name, weight in self._body.named_parameters()}
        self._head_shapes = {name: weight.shape for name, weight in self._head.named_parameters()}

    @property
    def parameters(self) -> int:
        """Length of the flat vector of weights."""
        return self.body_parameters + self.head_parameters

    @property
    def body_parameters(self) -> int:
        """How many of them are the convolutions' and their norms'."""
        return sum(math.prod(shape) for shape in self._body_shapes.values())

    @property
    def head_parameters(self) -> int:
        """How many of them are the output layer's; they come last."""
        return sum(math.prod(shape) for shape in self._head_shapes.values())

    def initialise(self, generator: torch.Generator) -> Tensor:
        """Draw Kaiming-normal weights (He et al. 2015, fan-in, gain of ReLU); biases are 0, the norms' weights 1."""
        parts = [part.detach().clone() for part in (*self._body.parameters(), *self._head.parameters())]
        for part in parts:
            if part.ndim > 1:
                nn.init.kaiming_normal_(part, nonlinearity="relu", generator=generator)
        return torch.cat([part.flatten() for part in parts])

    def features(self, theta: Tensor, images: Tensor, reference: int) -> Tensor:
        """Return what the output layer is given, (tasks, N, features)."""
        weights = _unflatten(theta[:, : self.body_parameters], self._body_shapes)
        features: Tensor = functional_call(self._body, weights, (images, reference))
        return features

    def output(self, head: Tensor, features: Tensor) -> Tensor:
        """Apply the output layer with weights `head` (tasks, head_parameters) to features: logits."""
        logits: Tensor = functional_call(self._head, _unflatten(head, self._head_shapes), (features,))
        return logits

    def logits(self, theta: Tensor, images: Tensor, reference: int) -> Tensor:
        """Do what :class:`Model` asks for."""
        return self.output(theta[:, self.body_parameters :], self.features(theta, images, reference))


def _unflatten(theta: Tensor, shapes: dict[str, torch.Size]) -> dict[str, Tensor]:
    """Cut flat vectors (tasks, parameters) into weights (tasks, …) by name."""
    pieces = theta.split_with_sizes([math.prod(shape) for shape in shapes.values()], dim=-1)
    return {
        name: piece.view(*piece.shape[:-1], *shape) for (name, shape), piece in zip(shapes.items(), pieces, strict=True)
    }


def model_of(config: Config) -> Model:
    """Make the network of a configuration.

    Raises
    ------
    UsageError
        If the write-up's network has too few convolutions, or the images are too small for it; if more than two classes
        are asked of what tells two apart.
    """
    if config.ways > 2 and (config.network == "writeup" or config.double_sigmoid):
        raise UsageError(f"{config.ways} ways need a network of the kind conv4 and no double sigmoid")
    if config.network == "writeup":
        return WriteUp(config.side, config.channels, config.hidden, config.double_sigmoid)
    normalised = config.network == "conv4-bn"
    return Conv4(config.side, config.channels, config.ways, normalised=normalised, double_sigmoid=config.double_sigmoid)


def initial_weights(config: Config) -> Tensor:
    """Draw the weights that a run starts from, the output layer's zero if it is to be so: float32, (parameters,)."""
    model = model_of(config)
    seed = int(generator(config.seed, Purpose.WEIGHTS).integers(2**63))
    theta = model.initialise(torch.Generator().manual_seed(seed))
    if config.zero_head:
        theta[-model.head_parameters :] = 0
    return theta
