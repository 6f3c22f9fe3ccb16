"""The patches that a 3x3 convolution of stride 2 and padding 1 sees, as the columns of a matrix.

Autograd knows them as two linear maps, each the other's adjoint, so that they can be differentiated as often as need
be. PyTorch's own convolution would do as well, but where each task has weights of its own it is a grouped one, whose
second derivative is computed group by group.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

KERNEL = 3


def im2col(x: Tensor) -> Tensor:
    """Return the patches of maps `x` (tasks, channels, height, width, N): (tasks, channels * 9, positions).

    Positions are those of the output, ``ceil(height / 2) * ceil(width / 2) * N``, the drawings innermost.
    """
    columns: Tensor = _Im2Col.apply(x)
    return columns


def halved(side: int) -> int:
    """Return the side of the output of a convolution over maps of that side."""
    return (side + 1) // 2


class _Im2Col(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        tasks, channels, height, width, drawings = ctx.shape = x.shape
        padded = x.new_zeros(tasks, channels, height + 2, width + 2, drawings)
        padded[:, :, 1:-1, 1:-1] = x
        t, c, row, column, n = padded.stride()
        shape = (tasks, channels, KERNEL, KERNEL, halved(height), halved(width), drawings)
        patches = padded.as_strided(shape, (t, c, row, column, 2 * row, 2 * column, n))
        return patches.reshape(tasks, channels * KERNEL**2, -1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        by_x: Tensor = _Col2Im.apply(gradients[0], ctx.shape)
        return by_x


class _Col2Im(torch.autograd.Function):
    @staticmethod
    def forward(_: Any, columns: Tensor, shape: torch.Size) -> Tensor:
        tasks, channels, height, width, drawings = shape
        rows, wide = halved(height), halved(width)
        patches = columns.view(tasks, channels, KERNEL, KERNEL, rows, wide, drawings)
        padded = columns.new_zeros(tasks, channels, height + 2, width + 2, drawings)
        for i in range(KERNEL):
            for j in range(KERNEL):
                padded[:, :, i : i + 2 * rows - 1 : 2, j : j + 2 * wide - 1 : 2] += patches[:, :, i, j]
        return padded[:, :, 1:-1, 1:-1]

    @staticmethod
    def backward(_: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return im2col(gradients[0]), None
