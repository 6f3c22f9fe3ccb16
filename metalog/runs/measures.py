"""What the name of a column says: whether little or much of it is good, and whether it was measured in training.

The names are the contract between a declared format and the statistics; nothing is known of its columns but these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal

#: Which values are better, ``""`` if the name doesn't say.
Better = Literal["low", "high", ""]
Half = Literal["train", "validation", ""]

_LOW: Final = re.compile("loss|losses|error|err|perplexity|ppl|nll|cost|risk|mse|mae|rmse|wer|cer")
_HIGH: Final = re.compile(
    "accuracy|acc|accs|precision|prec|recall|f|auc|ap|map|iou|miou|dice|bleu|score|reward|return|top|psnr|ssim"
)
#: With such a word beside it, it is no measure: ``loss_scale``, ``acc_time``.
_OTHER: Final = re.compile("scale|weight|weights|time|lr|norm|coef|factor")
_SPLITS: Final[dict[str, Half]] = {
    **dict.fromkeys(("validation", "validations", "valid", "val", "eval", "evaluation", "dev"), "validation"),
    **dict.fromkeys(("train", "training", "steps"), "train"),
}
#: The values of a row may be numbered by such a column where no level is.
COUNTERS: Final = ("epoch", "step", "iteration", "iter", "update", "updates", "episode", "batch", "round")


def words_of(name: str) -> list[str]:
    """Return the words of a name in small letters: ``valLoss``, ``val_loss`` and ``val/loss`` are the same."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


def better(name: str) -> Better:
    """Say whether little or much of a column is good."""
    words = words_of(name)
    joined = "".join(words)
    if any(map(_OTHER.fullmatch, words)):
        return ""
    if any(map(_LOW.fullmatch, words)) or joined.endswith("loss"):
        return "low"
    return "high" if any(map(_HIGH.fullmatch, [*words, joined])) or joined.endswith(("acc", "accuracy")) else ""


def split_of(*names: str) -> Half:
    """Say whether something was measured in training or in validation; the first name that says so counts."""
    found = (_SPLITS[word] for name in names for word in words_of(name) if word in _SPLITS)
    return next(found, "")


def preferred(names: Iterable[tuple[str, ...]]) -> int:
    """Return the place of what tells most of a run: a validation's loss, else any loss, else any measure, else 0.

    Each of `names` is the name of a column, and others that say what split it is of.
    """

    def rank(name: tuple[str, ...]) -> int:
        kind = better(name[0])
        return (kind == "low") * 4 + (kind == "high") * 2 + (split_of(*name) == "validation")

    ranks = [rank(name) for name in names]
    return ranks.index(max(ranks)) if ranks else 0
