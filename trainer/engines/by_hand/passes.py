"""The passes through one convolution, and through the two linear layers, written out by hand.

Each has four: forward (`x` to `y`), backward (`grad_y`, the loss's gradient by `y`, to `grad_x`, and to the gradients
by the weights), and the derivatives of these two along a direction in the space of weights: tangent (`x_dot` to
`y_dot`) and backward tangent (`grad_y_dot` to `grad_x_dot`). The latter two give the product of the loss's Hessian
with the direction (Pearlmutter, "Fast exact multiplication by the Hessian", 1994).

A convolution comes with its ReLU and max-pool, as a matrix that is applied to patches: see
:mod:`trainer.engines.by_hand.patches`.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from trainer.engines.by_hand.patches import choose, col2im, pool


@dataclass(frozen=True, slots=True)
class Convolved:
    """What a convolution's forward pass leaves for its backward pass."""

    x: Tensor | None  # the input map; None for the first, whose input are a batch's patches
    columns: Tensor  # (inputs * 36, positions): the patches
    z: Tensor  # (4, outputs, positions): the four outputs of each pooling window
    y: Tensor  # (outputs, positions): pooled, with bias and ReLU


@dataclass(frozen=True, slots=True)
class ConvolutionTrace:
    """What a convolution's forward and backward pass leave for its tangent passes."""

    x: Tensor | None
    matrix: Tensor
    chosen: Tensor  # (4, outputs, positions), 0 or 1: the derivative of y by z
    grad_y: Tensor  # (outputs, positions)


def convolve(matrix: Tensor, bias: Tensor, x: Tensor | None, columns: Tensor) -> Convolved:
    """Pass forward: `matrix` (4 * outputs, inputs * 36) is the kernel expanded, `columns` the patches of `x`."""
    z = (matrix @ columns).view(4, len(bias), -1)
    return Convolved(x, columns, z, pool(z, bias))


def convolve_back(
    passed: Convolved, matrix: Tensor, grad_y: Tensor
) -> tuple[ConvolutionTrace, Tensor, Tensor, Tensor | None]:
    """Pass backward: return a trace, and the gradients by matrix, bias and `x`."""
    chosen = choose(passed.z, passed.y)
    grad_z = chosen * grad_y
    grad_bias = grad_z.sum((0, 2))
    grad_z = grad_z.flatten(0, 1)
    grad_x = None if passed.x is None else col2im(matrix.t() @ grad_z, passed.x.shape)
    return ConvolutionTrace(passed.x, matrix, chosen, grad_y), grad_z @ passed.columns.t(), grad_bias, grad_x


def convolve_tangent(
    trace: ConvolutionTrace, columns: Tensor, columns_dot: Tensor | None, matrix_dot: Tensor, bias_dot: Tensor
) -> Tensor:
    """Pass tangents forward: return `y_dot` (outputs, positions)."""
    z_dot = matrix_dot @ columns
    if columns_dot is not None:
        z_dot.addmm_(trace.matrix, columns_dot)
    y_dot = z_dot.view_as(trace.chosen).mul_(trace.chosen).sum(0)
    return y_dot.addcmul_(trace.chosen.sum(0), bias_dot.unsqueeze(1))


def convolve_back_tangent(
    trace: ConvolutionTrace, columns: Tensor, columns_dot: Tensor | None, matrix_dot: Tensor, grad_y_dot: Tensor
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Pass tangents backward: return the derivatives of the gradients by matrix, bias and `x`."""
    grad_z_dot = trace.chosen * grad_y_dot
    grad_bias_dot = grad_z_dot.sum((0, 2))
    grad_z_dot = grad_z_dot.flatten(0, 1)
    grad_matrix_dot = grad_z_dot @ columns.t()
    if columns_dot is None or trace.x is None:
        return grad_matrix_dot, grad_bias_dot, None
    grad_z = (trace.chosen * trace.grad_y).flatten(0, 1)
    grad_matrix_dot.addmm_(grad_z, columns_dot.t())
    grad_columns_dot = (trace.matrix.t() @ grad_z_dot).addmm_(matrix_dot.t(), grad_z)
    return grad_matrix_dot, grad_bias_dot, col2im(grad_columns_dot, trace.x.shape)


@dataclass(frozen=True, slots=True)
class Head:
    """What the linear layers' forward pass leaves."""

    features: Tensor  # (features, N)
    hidden: Tensor  # (hidden, N), after ReLU
    logits: Tensor  # (N,)


def head(weights: list[Tensor], features: Tensor) -> Head:
    """Pass `features` (features, N) forward through weight, bias, ReLU, weight, bias."""
    w1, b1, w2, b2 = weights
    hidden = (w1 @ features).add_(b1.unsqueeze(1)).relu_()
    return Head(features, hidden, (w2 @ hidden).squeeze(0).add_(b2))


def head_back(passed: Head, weights: list[Tensor], grad_logits: Tensor) -> tuple[list[Tensor], Tensor]:
    """Pass `grad_logits` (N,) backward: return the gradients by the four weights, and by the features."""
    w1, _, w2, _ = weights
    grad_logit = grad_logits.unsqueeze(0)
    grad_hidden = (w2.t() @ grad_logit).mul_(passed.hidden.sign())
    grad_w1, grad_w2 = grad_hidden @ passed.features.t(), grad_logit @ passed.hidden.t()
    return [grad_w1, grad_hidden.sum(1), grad_w2, grad_logit.sum(1)], w1.t() @ grad_hidden


def head_tangent(
    passed: Head, weights: list[Tensor], weights_dot: list[Tensor], features_dot: Tensor
) -> tuple[Tensor, Tensor]:
    """Pass tangents forward: return `hidden_dot` (hidden, N) and `logits_dot` (N,)."""
    w1, _, w2, _ = weights
    w1_dot, b1_dot, w2_dot, b2_dot = weights_dot
    hidden_dot = (w1 @ features_dot + w1_dot @ passed.features + b1_dot.unsqueeze(1)).mul_(passed.hidden.sign())
    return hidden_dot, (w2 @ hidden_dot + w2_dot @ passed.hidden).squeeze(0).add_(b2_dot)


def head_back_tangent(
    passed: Head,
    weights: list[Tensor],
    weights_dot: list[Tensor],
    tangents: tuple[Tensor, Tensor],
    slopes: tuple[Tensor, Tensor],
) -> tuple[list[Tensor], Tensor]:
    """Pass tangents backward.

    Parameters
    ----------
    passed, weights, weights_dot
        As in :func:`head_tangent`.
    tangents
        Of the features and the hidden layer.
    slopes
        `grad_logits` (N,) and its tangent.

    Returns
    -------
        The derivatives of the gradients by the four weights, and by the features.
    """
    w1, _, w2, _ = weights
    w1_dot, _, w2_dot, _ = weights_dot
    features_dot, hidden_dot = tangents
    grad_logit, grad_logit_dot = (slope.unsqueeze(0) for slope in slopes)
    is_open = passed.hidden.sign()
    grad_hidden = (w2.t() @ grad_logit).mul_(is_open)
    grad_hidden_dot = (w2.t() @ grad_logit_dot + w2_dot.t() @ grad_logit).mul_(is_open)
    grad_w1_dot = grad_hidden_dot @ passed.features.t() + grad_hidden @ features_dot.t()
    grad_w2_dot = grad_logit_dot @ passed.hidden.t() + grad_logit @ hidden_dot.t()
    grad_features_dot = w1.t() @ grad_hidden_dot + w1_dot.t() @ grad_hidden
    return [grad_w1_dot, grad_hidden_dot.sum(1), grad_w2_dot, grad_logit_dot.sum(1)], grad_features_dot
