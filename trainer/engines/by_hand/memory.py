"""What the second order needs in memory, known before a run starts."""

from __future__ import annotations

from trainer.engines.by_hand.patches import PATCH
from trainer.writeup import WriteUp

_FLOAT, _PLACE = 4, 8  # bytes


def traces_bytes(network: WriteUp, batch_size: int, inner_steps: int, *, ink: float = 1.0) -> int:
    """Return how many bytes the traces of a problem's inner steps take, all of which the second order keeps.

    Parameters
    ----------
    network
        Through which the steps are taken.
    batch_size, inner_steps
        Drawings a step, and steps a problem.
    ink
        Share of the 6x6 patches that hold ink; all of them at the most, about 0.22 in Omniglot's drawings.

    Notes
    -----
    Each step keeps its weights, the matrices made of them, the patches that it was given, and of each convolution the
    input map, four numbers an output for what pooling chose, and the outputs' gradient.
    """
    positions = [side**2 * batch_size for side in network.seen[1:]]
    inked = round(positions[0] * ink)
    floats = network.parameters + inked * PATCH**2
    for layer, (inputs, outputs) in enumerate(zip((1, *network.channels), network.channels, strict=False)):
        floats += 4 * outputs * inputs * PATCH**2
        floats += 5 * outputs * (positions[layer] if layer else inked)
        floats += inputs * positions[layer - 1] if layer else 0
    floats += batch_size * (network.width + network.hidden + 3)  # 3: logit, label and share of the loss
    return inner_steps * (_FLOAT * floats + _PLACE * inked)
