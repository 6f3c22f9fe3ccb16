"""The loss of each drawing, whether it was told right, and the loss's derivatives by the logit."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def evaluate(logits: Tensor, labels: Tensor, *, double_sigmoid: bool = False) -> tuple[Tensor, Tensor]:
    """Return each drawing's loss, and 1 where it was told right, else 0: both of the shape of `labels`.

    Parameters
    ----------
    logits
        (…, N) where two classes are told apart: binary cross-entropy; (…, N, classes) else: cross-entropy.
    labels
        (…, N): the numbers of the classes, from 0.
    double_sigmoid
        The write-up's slip, of two classes only: a sigmoid's output is given to a loss that takes logits.
    """
    if logits.ndim == labels.ndim:
        output = logits.sigmoid() if double_sigmoid else logits
        loss = F.binary_cross_entropy_with_logits(output, labels.to(logits.dtype), reduction="none")
        return loss, logits.gt(0).eq(labels.gt(0.5)).to(logits.dtype)
    loss = F.cross_entropy(logits.flatten(0, -2), labels.long().flatten(), reduction="none").view_as(labels)
    return loss, logits.argmax(-1).eq(labels.long()).to(logits.dtype)


def loss_derivatives(logits: Tensor, labels: Tensor, *, double_sigmoid: bool = False) -> tuple[Tensor, Tensor]:
    """Return the first and second derivative of each drawing's binary cross-entropy by its logit."""
    p = logits.sigmoid()
    slope = p * (1 - p)
    if not double_sigmoid:
        return p - labels, slope
    q = p.sigmoid()  # the loss takes p for a logit
    return (q - labels) * slope, q * (1 - q) * slope**2 + (q - labels) * slope * (1 - 2 * p)
