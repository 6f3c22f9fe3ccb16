"""The whole network's passes by hand, for one CPU thread: a loss, its gradient, and its Hessian times a vector.

Why not autograd: with at most 16 channels, a library's convolution runs at a fraction of the machine's speed, and most
of an inner step is spent in it. Three things are done differently here:

- a convolution and its max-pool are one matrix product (:mod:`~trainer.engines.by_hand.patches`,
  :mod:`~trainer.engines.by_hand.passes`);
- only what the output depends on is computed (:attr:`trainer.writeup.WriteUp.seen`: 92 of 105 pixels);
- most 6x6 patches of a drawing are bare paper, for which the product is zero: the first convolution leaves them out.

:mod:`trainer.writeup` holds the same network in plain PyTorch; tests compare the two. Weights, directions and gradients
are flat vectors (parameters,).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from trainer.engines.by_hand.passes import (
    ConvolutionTrace,
    Convolved,
    Head,
    convolve,
    convolve_back,
    convolve_back_tangent,
    convolve_tangent,
    head,
    head_back,
    head_back_tangent,
    head_tangent,
)
from trainer.engines.by_hand.patches import Batch, depth_to_space, expansion, im2col, space_to_depth
from trainer.losses import evaluate, loss_derivatives
from trainer.writeup import WriteUp


@dataclass(frozen=True, slots=True)
class Weights:
    """A flat vector, cut up.

    Attributes
    ----------
    matrices, biases
        Of the convolutions, the kernels expanded to (4 * outputs, inputs * 36).
    linear
        Weight, bias, weight, bias.
    """

    matrices: list[Tensor]
    biases: list[Tensor]
    linear: list[Tensor]


@dataclass(frozen=True, slots=True)
class Trace:
    """What the passes over a batch leave for the Hessian's product; the convolutions first to last."""

    weights: Weights
    batch: Batch
    convolutions: list[ConvolutionTrace]
    head: Head


class Kernels:
    """The passes of one network."""

    def __init__(self, network: WriteUp) -> None:
        self._network = network
        self._last = len(network.channels) - 1
        blank = network.parameters  # one past the last weight, where a zero is put
        numbers = network.unflatten(torch.arange(blank))[:-4:2]
        matrices = [expansion(kernel, blank) for kernel in numbers]
        self._shapes = [matrix.shape for matrix in matrices]
        self._sizes = [matrix.numel() for matrix in matrices]
        self._table = torch.cat([matrix.flatten() for matrix in matrices])  # of each entry, which weight it holds

    def losses(self, theta: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return each drawing's loss, and 1 where it was told right, else 0: both (N,)."""
        _, passed = self._forward(self._cut(theta), batch)
        return self._evaluate(passed.logits, batch.labels)

    def gradient(self, theta: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor, Trace]:
        """Return losses and correct as :meth:`losses` does, the weighted loss's gradient, and a trace of the passes."""
        weights = self._cut(theta)
        convolved, passed = self._forward(weights, batch)
        slope, _ = loss_derivatives(passed.logits, batch.labels, double_sigmoid=self._network.double_sigmoid)
        grad_linear, grad_features = head_back(passed, weights.linear, slope * batch.weights)
        grad_y = grad_features.view_as(convolved[-1].y)
        traces, grad_matrices, grad_biases = [], [], []
        for layer, matrix in zip(reversed(convolved), reversed(weights.matrices), strict=True):
            trace, grad_matrix, grad_bias, grad_x = convolve_back(layer, matrix, grad_y)
            traces.append(trace)
            grad_matrices.append(grad_matrix)
            grad_biases.append(grad_bias)
            if grad_x is not None:
                grad_y, grad_paper = self._take_up(grad_x, batch)
        grad_biases[-1] += grad_paper * weights.biases[0].gt(0)
        gradient = self._join(Weights(grad_matrices[::-1], grad_biases[::-1], grad_linear))
        return *self._evaluate(passed.logits, batch.labels), gradient, Trace(weights, batch, traces[::-1], passed)

    def hessian_product(self, trace: Trace, direction: Tensor) -> Tensor:
        """Return the Hessian of the traced loss, times a vector (parameters,)."""
        dot = self._cut(direction)
        columns, columns_dot, y_dot = self._tangent(trace, dot)
        grad_linear, grad_features = self._head_tangent(trace, dot, y_dot.view_as(trace.head.features))
        grad_y = grad_features.view_as(y_dot)
        grad_matrices, grad_biases = [], []
        for number in range(self._last, -1, -1):
            grad_matrix, grad_bias, grad_x = convolve_back_tangent(
                trace.convolutions[number], columns[number], columns_dot[number], dot.matrices[number], grad_y
            )
            grad_matrices.append(grad_matrix)
            grad_biases.append(grad_bias)
            if grad_x is not None:
                grad_y, grad_paper = self._take_up(grad_x, trace.batch)
        grad_biases[-1] += grad_paper * trace.weights.biases[0].gt(0)
        return self._join(Weights(grad_matrices[::-1], grad_biases[::-1], grad_linear))

    def _evaluate(self, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        return evaluate(logits, labels, double_sigmoid=self._network.double_sigmoid)

    def _forward(self, weights: Weights, batch: Batch) -> tuple[list[Convolved], Head]:
        x, columns = None, batch.patches
        convolved: list[Convolved] = []
        for number, (matrix, bias) in enumerate(zip(weights.matrices, weights.biases, strict=True)):
            convolved.append(convolve(matrix, bias, x, columns))
            if number < self._last:
                x = self._lay_out(number, convolved[-1].y, bias.relu(), batch)
                columns = im2col(x)
        return convolved, head(weights.linear, convolved[-1].y.view(self._network.width, -1))

    def _tangent(self, trace: Trace, dot: Weights) -> tuple[list[Tensor], list[Tensor | None], Tensor]:
        """Return each convolution's patches and their tangents, and the tangent of the last one's output."""
        columns: list[Tensor] = []
        columns_dot: list[Tensor | None] = []
        y_dot = paper_dot = dot.biases[0] * trace.weights.biases[0].gt(0)
        for number, layer in enumerate(trace.convolutions):
            if layer.x is None:
                columns.append(trace.batch.patches)
                columns_dot.append(None)
            else:
                columns.append(im2col(layer.x))
                columns_dot.append(im2col(self._lay_out(number - 1, y_dot, paper_dot, trace.batch)))
            y_dot = convolve_tangent(layer, columns[-1], columns_dot[-1], dot.matrices[number], dot.biases[number])
        return columns, columns_dot, y_dot

    def _head_tangent(self, trace: Trace, dot: Weights, features_dot: Tensor) -> tuple[list[Tensor], Tensor]:
        """Pass tangents forward and backward through the linear layers and the loss."""
        passed, linear = trace.head, trace.weights.linear
        hidden_dot, logits_dot = head_tangent(passed, linear, dot.linear, features_dot)
        slope, curvature = loss_derivatives(
            passed.logits, trace.batch.labels, double_sigmoid=self._network.double_sigmoid
        )
        slopes = slope * trace.batch.weights, curvature * trace.batch.weights * logits_dot
        return head_back_tangent(passed, linear, dot.linear, (features_dot, hidden_dot), slopes)

    def _lay_out(self, number: int, y: Tensor, paper: Tensor, batch: Batch) -> Tensor:
        """Make the next convolution's input map; `paper` is the first one's output where there is no ink."""
        return batch.scatter(y, paper) if number == 0 else space_to_depth(y, self._network.seen[number + 1])

    def _take_up(self, grad_x: Tensor, batch: Batch) -> tuple[Tensor, Tensor | float]:
        """Do the adjoint of :meth:`_lay_out`."""
        return batch.gather(grad_x) if grad_x.shape[-2] * 2 == batch.side else (depth_to_space(grad_x), 0.0)

    def _cut(self, theta: Tensor) -> Weights:
        views = self._network.unflatten(theta)
        entries = pad(theta, (0, 1)).index_select(0, self._table).split_with_sizes(self._sizes)
        matrices = [piece.view(shape) for piece, shape in zip(entries, self._shapes, strict=True)]
        return Weights(matrices, views[1:-4:2], views[-4:])

    def _join(self, by: Weights) -> Tensor:
        """Do the adjoint of :meth:`_cut`."""
        theta = by.linear[0].new_zeros(self._network.parameters + 1)
        theta.index_add_(0, self._table, torch.cat([matrix.flatten() for matrix in by.matrices]))
        views = self._network.unflatten(theta[:-1])
        for view, part in zip(views[1:-4:2] + views[-4:], by.biases + by.linear, strict=True):
            view.copy_(part)
        return theta[:-1]
