"""A convolution and its max-pool as one matrix product: the matrix, the patches it is applied to, and their adjoints.

The four outputs of a 5x5 convolution in one 2x2 pooling window together see a 6x6 patch. So four shifted copies of the
kernel, each in 6x6 zeros, are four blocks of rows of a matrix that is applied to the 6x6 patches at stride 2; the
pooled value is the greatest of the four blocks. That multiplies 36/25 as often as need be, but in products of a good
shape.

Maps have the shape (channels, 2, 2, side/2, side/2, N): rows and columns are split into even and odd ones, which makes
patches at stride 2 plain slices, and the drawings are innermost, so that copies move long runs. "Positions", the last
dimension of what is not a map, count the rows, columns and drawings of a pooled output, the drawings innermost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from trainer.writeup import KERNEL, WriteUp

#: Side of what the four outputs of a pooling window see.
PATCH = KERNEL + 1
#: Where those four stand in the window, in the order in which a max-pool looks at them.
SHIFTS = ((0, 0), (0, 1), (1, 0), (1, 1))


@dataclass(frozen=True, slots=True)
class Batch:
    """Drawings as the first convolution takes them.

    Attributes
    ----------
    patches
        (36, inked): the 6x6 patches at stride 2 that hold ink. For the rest, bare paper, the product is zero.
    places
        int64, (inked,): where each belongs in the first convolution's output map, flattened behind its channels.
    labels, weights
        (N,): 0 or 1; the share of each drawing's loss in the loss that is differentiated.
    side
        Of the first convolution's output map.
    """

    patches: Tensor
    places: Tensor
    labels: Tensor
    weights: Tensor
    side: int

    def scatter(self, inked: Tensor, paper: Tensor) -> Tensor:
        """Make the first convolution's output map of its outputs on ink (channels, inked) and on paper (channels,)."""
        half, drawings = self.side // 2, len(self.labels)
        x = paper.unsqueeze(1).expand(-1, self.side**2 * drawings).contiguous()
        return x.scatter_(1, self.places.expand_as(inked), inked).view(-1, 2, 2, half, half, drawings)

    def gather(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the adjoint of :meth:`scatter`: of a map, what lies on ink, and the sum of what lies on paper."""
        flat = x.view(len(x), -1)
        inked = flat.gather(1, self.places.expand(len(x), -1))
        return inked, flat.sum(1) - inked.sum(1)


class DrawingPatches:
    """A problem's drawings, cut up for the first convolution once and picked into batches many times.

    Parameters
    ----------
    network
        Whose first convolution it is.
    images
        uint8, (drawings, side, side), 255 being ink, or floating with ink 1.
    dtype
        To compute in.
    """

    def __init__(self, network: WriteUp, images: Tensor, dtype: torch.dtype = torch.float32) -> None:
        seen, self._side = network.seen[:2]
        x = images[:, :seen, :seen].to(dtype)
        if not images.is_floating_point():
            x /= 255
        inked = F.max_pool2d(F.max_pool2d(x.abs(), 2), PATCH // 2, stride=1).ne(0)  # (drawings, side, side)
        drawing, row, column = inked.nonzero().unbind(1)
        corner = (drawing * seen + 2 * row) * seen + 2 * column
        lines = corner.unsqueeze(1) + seen * torch.arange(PATCH)  # where each of a patch's lines starts
        every = x.contiguous().as_strided((x.numel() - PATCH + 1, PATCH), (1, 1))
        rows = every.index_select(0, lines.flatten()).view(-1, PATCH * PATCH)  # (inked, 36)
        in_map = space_to_depth(torch.arange(self._side**2).view(1, -1), self._side).flatten().argsort()
        places = in_map[row * self._side + column]
        counts = inked.flatten(1).sum(1).tolist()
        self._drawings = list(zip(rows.split_with_sizes(counts), places.split_with_sizes(counts), strict=True))

    def pick(self, drawings: Sequence[int], labels: Tensor, weights: Tensor) -> Batch:
        """Make a batch of some of the drawings; `labels` and `weights` are (drawings,)."""
        rows, places = zip(*(self._drawings[drawing] for drawing in drawings), strict=True)
        numbered = [place * len(drawings) + number for number, place in enumerate(places)]
        return Batch(torch.cat(rows).t(), torch.cat(numbered), labels, weights, self._side)


def expansion(kernel: Tensor, blank: int) -> Tensor:
    """Spread a kernel (outputs, inputs, 5, 5) over the matrix (4 * outputs, inputs * 36), `blank` being the rest."""
    outputs, inputs = kernel.shape[:2]
    matrix = kernel.new_full((4, outputs, inputs, PATCH, PATCH), blank)
    for block, (row, column) in zip(matrix, SHIFTS, strict=True):
        block[:, :, row : row + KERNEL, column : column + KERNEL] = kernel
    return matrix.view(4 * outputs, -1)


def im2col(x: Tensor) -> Tensor:
    """Return the patches (inputs * 36, positions) of a map."""
    channels, _, _, half, _, drawings = x.shape
    side = half - 2
    c, even, left, row, column, n = x.stride()
    shape = (channels, 3, 2, 3, 2, side, side, drawings)
    return x.as_strided(shape, (c, row, even, column, left, row, column, n)).reshape(channels * PATCH * PATCH, -1)


def col2im(columns: Tensor, shape: torch.Size) -> Tensor:
    """Return the adjoint of :func:`im2col`: `columns` added up where they came from, in a map of that shape."""
    x = columns.new_zeros(shape)
    channels, _, _, half, _, drawings = shape
    side = half - 2
    strides = x.stride()
    size = (channels, 2, 2, side, side, drawings)
    by_shift = columns.view(channels, 3, 2, 3, 2, side, side, drawings)
    for row, by_row in enumerate(by_shift.unbind(1)):
        for column, part in enumerate(by_row.unbind(2)):
            x.as_strided(size, strides, row * strides[3] + column * strides[4]).add_(part)
    return x


def space_to_depth(y: Tensor, side: int) -> Tensor:
    """Lay pooled outputs (channels, positions) out as a map."""
    half = side // 2
    return y.view(len(y), half, 2, half, 2, -1).permute(0, 2, 4, 1, 3, 5).contiguous()


def depth_to_space(x: Tensor) -> Tensor:
    """Return the inverse, and so the adjoint, of :func:`space_to_depth`."""
    return x.permute(0, 3, 1, 4, 2, 5).reshape(len(x), -1)


def pool(z: Tensor, bias: Tensor) -> Tensor:
    """Return the greatest of four convolution outputs (4, channels, positions), with bias and ReLU."""
    a, b, c, d = z.unbind()
    return torch.maximum(torch.maximum(a, b), torch.maximum(c, d)).add_(bias.unsqueeze(1)).relu_()


def choose(z: Tensor, y: Tensor) -> Tensor:
    """Return what pooling let through, 0 or 1, of the shape of `z`: the first greatest of four, where `y` > 0.

    It is the derivative of :func:`pool`, with ties decided as PyTorch's max-pool does.
    """
    a, b, c, d = z.unbind()
    chosen = torch.empty_like(z)
    passed = y.sign()
    upper = torch.maximum(a, b).ge_(torch.maximum(c, d)).mul_(passed)
    for mask, (first, second), (out, rest) in (
        (upper, (a, b), chosen[:2].unbind()),
        (passed.sub_(upper), (c, d), chosen[2:].unbind()),
    ):
        torch.ge(first, second, out=out).mul_(mask)
        torch.sub(mask, out, out=rest)
    return chosen
