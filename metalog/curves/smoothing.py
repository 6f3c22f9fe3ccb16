"""Smoothing of a curve: a dataclass of parameters that maps values to values and keeps no state.

A non-finite value (``nan``, ``inf``) is never averaged, bridged or hidden: the smoothed curve shows that very value at
its place, and every other point is computed from the finite values alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeVar, cast

import numpy as np
import numpy.typing as npt

from metalog.curves.means import FACTOR, restored
from metalog.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Kind = Literal["centred", "mean", "ema", "gauss", "none"]
_Values = TypeVar("_Values", Floats, "pd.Series[float]")

#: TensorBoard's slider ends here.
MAX_EMA_WEIGHT: Final = 0.999
#: The Gaussian kernel is cut off this many standard deviations from its centre, where it has fallen to 0.0003.
GAUSS_CUTOFF: Final = 4.0
_ALLOWED: Final = (
    "centred:W (mean of the W points around each), mean:W (trailing mean of W points), ema:WEIGHT (TensorBoard's, 0 to "
    "0.999), gauss:SIGMA (in points) or none, for example centred:25"
)
#: The default is the mean of a tenth of a curve. Over so many points a mean is steady, and longer ones hide more than
#: they calm, but for curves so long that this is less than the part of them that a figure can show.
_PART: Final = 10
_STEADY: Final = 100
_SHOWN_PART: Final = 100


@dataclass(frozen=True)
class Smoothing:
    """A way of smoothing a curve.

    Parameters
    ----------
    kind
        ``"centred"``: each point becomes the mean of the `amount` points around it, of an even number one more before
        it than behind, so that nothing is shifted; at the ends, of those of them that there are.
        ``"mean"``: a trailing mean: point *i* becomes the mean of the last ``min(amount, i)`` values up to and
        including *i*, so that nothing is dropped at the start, and what happens is shown up to a window later.
        ``"ema"``: TensorBoard's debiased exponential moving average with weight `amount`: the average of all values
        so far, the one *k* finite values back counting ``amount ** k``.
        ``"gauss"``: centred Gaussian kernel with a standard deviation of `amount` points, cut off at 4 deviations. At
        the edges the kernel is cut where the curve ends and its weights again sum to 1: nothing is mirrored or padded.
        ``"none"``: the values as they are.
    amount
        Window in points (a whole number, 1 or more), weight (0 to 0.999), or standard deviation (positive).

    Raises
    ------
    UsageError
        If `kind` is unknown or `amount` doesn't fit it.
    """

    kind: Kind
    amount: float = 0.0

    def __post_init__(self) -> None:
        fits = {
            "centred": self.amount >= 1 and float(self.amount).is_integer(),
            "mean": self.amount >= 1 and float(self.amount).is_integer(),
            "ema": 0 <= self.amount <= MAX_EMA_WEIGHT,
            "gauss": 0 < self.amount < math.inf,
            "none": self.amount == 0,
        }
        if not fits.get(self.kind, False):
            raise UsageError(f"no smoothing is {self.kind!r} with {self.amount:g}; allowed: {_ALLOWED}")

    def __str__(self) -> str:
        return "none" if self.kind == "none" else f"{self.kind}:{self.amount:.15g}"

    def __call__(self, values: Floats) -> Floats:
        """Smooth `values` (float64, any shape) along the last axis; return a new array of the same shape."""
        if self.kind == "none" or not values.size:
            return values.copy()
        finite = np.isfinite(values)
        with np.errstate(over="ignore", invalid="ignore"):
            smoothed = self._average(values, finite)
            lost = finite & ~np.isfinite(smoothed)
            if lost.any():  # the sum overflowed, the mean doesn't
                smoothed = np.where(lost, restored(self._average(values / FACTOR, finite), FACTOR), smoothed)
        return np.where(finite, smoothed, values)

    def _average(self, values: Floats, finite: npt.NDArray[np.bool_]) -> Floats:
        known = np.where(finite, values, 0.0)
        if self.kind in ("centred", "mean"):
            window = int(self.amount)
            ahead = (window - 1) // 2 if self.kind == "centred" else 0
            return _ratio(_window_sum(known, window, ahead), _window_sum(finite, window, ahead))
        if self.kind == "ema":
            return _debiased_ema(np.where(finite, values, np.nan), self.amount)
        return _ratio(_gauss_sum(known, self.amount), _gauss_sum(finite, self.amount))


def parse_smoothing(text: str) -> Smoothing:
    """Read a smoothing as the command line takes it: ``centred:25``, ``mean:50``, ``ema:0.9``, ``gauss:5``, ``none``.

    Raises
    ------
    UsageError
        If `text` is none of these.

    Examples
    --------
    >>> metalog.stats.parse_smoothing("ema:0.9")
    Smoothing(kind='ema', amount=0.9)
    """
    if text.strip() == "none":
        return Smoothing("none")
    kind, _, amount = text.strip().partition(":")
    try:
        return Smoothing(cast("Kind", kind), float(amount))
    except ValueError:  # not a number, or a UsageError: not one that fits
        raise UsageError(f"{text!r} is no smoothing; allowed: {_ALLOWED}") from None


def as_smoothing(given: object) -> Smoothing:
    """Return a smoothing, given as one or in the words of :func:`parse_smoothing`.

    Raises
    ------
    UsageError
        If it is none; a number alone doesn't say of which kind.
    """
    if isinstance(given, Smoothing):
        return given
    if isinstance(given, str):
        return parse_smoothing(given)
    if isinstance(given, int | float):
        raise UsageError(f"smooth={given} doesn't say how; write 'mean:{given}' for means over so many, or {_ALLOWED}")
    raise UsageError(f"{given!r} is no smoothing; allowed: {_ALLOWED}")


def usual_window(length: int) -> int:
    """Return over how many of a curve's points means are taken where nobody says: an odd number, a tenth of the curve.

    The one rule for figures, tables and what is said about a run: 1 (no mean) of fewer than 20 points, 5 or 7 of 60, 27
    of 260, 101 of 1,000 to 10,000, a hundredth of more.
    """
    return 2 * (min(length // _PART, max(_STEADY, length // _SHOWN_PART)) // 2) + 1


def usual_smoothing(length: int) -> Smoothing:
    """Return the smoothing of a curve of so many points where nobody says: centred, over :func:`usual_window`."""
    window = usual_window(length)
    return Smoothing("centred", window) if window > 1 else Smoothing("none")


def smooth(values: _Values, smoothing: Smoothing | str) -> _Values:
    """Smooth `values`.

    Parameters
    ----------
    values
        A Series, smoothed in row order, or an array of any shape, smoothed along its last axis; at equal distances.
    smoothing
        A :class:`Smoothing` or what :func:`parse_smoothing` takes.

    Returns
    -------
    The same type, index and shape in float64. Where `values` is not finite, the output is that value; such values
    enter no other point.

    Raises
    ------
    UsageError
        If `smoothing` can't be understood.

    Notes
    -----
    Means take the finite values among their `W` *points*: they never reach further because one is missing. The
    exponential average is the one in TensorBoard's ``vz_line_chart2`` (``resmoothDataset``):
    ``last = w * last + (1 - w) * x``, shown as ``last / (1 - w ** n)`` after `n` finite values; it skips non-finite
    values in both places and passes them through.

    Examples
    --------
    >>> metalog.stats.smooth(run.meta_steps["validation_loss"], "mean:20").iloc[-1].round(3).item()
    0.176
    """
    method = as_smoothing(smoothing)
    import pandas as pd  # reading a log has no need of it

    if isinstance(values, pd.Series):
        numbers = np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
        return pd.Series(method(numbers), index=values.index, name=values.name)
    return method(np.asarray(values, dtype=np.float64))


def _ratio(total: Floats, weight: Floats) -> Floats:
    """Divide, leaving 0 where nothing was summed: the caller puts the non-finite value itself there."""
    return np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)


def _window_sum(values: npt.NDArray[np.generic], window: int, ahead: int = 0) -> Floats:
    """Sum `window` values (or those there are), of which the last is `ahead` points on, at each point of the last axis.

    A window is put together from blocks of 1, 2, 4, … values, so that nothing is ever subtracted: one huge value
    doesn't wipe out the digits of those behind it, as it does in a running sum. O(n log window).
    """
    ahead = min(ahead, values.shape[-1])
    block = np.pad(values.astype(np.float64), [(0, 0)] * (values.ndim - 1) + [(0, ahead)])
    total = np.zeros_like(block)
    length = block.shape[-1]
    window = min(window, length)
    size, covered = 1, 0
    while covered < window:
        if window & size:
            total[..., covered:] += block[..., : length - covered]
            covered += size
        block[..., size:] = block[..., size:] + block[..., : length - size]
        size *= 2
    return total[..., ahead:]


def _debiased_ema(values: Floats, weight: float) -> Floats:
    """Average with weights ``weight ** (finite values since)``: pandas' adjusted ``ewm`` is the debiased average.

    TensorBoard passes a constant curve through; so does pandas, which leaves an average alone that equals the value.
    """
    import pandas as pd

    rows = pd.DataFrame(values.reshape(-1, values.shape[-1]).T)
    averages = rows.ewm(alpha=1 - weight, adjust=True, ignore_na=True).mean().to_numpy()
    return averages.T.reshape(values.shape)


def _gauss_sum(values: npt.NDArray[np.generic], sigma: float) -> Floats:
    """Convolve the last axis with a Gaussian kernel whose centre weighs 1; beyond the ends there is nothing."""
    length = values.shape[-1]
    radius = math.ceil(min(GAUSS_CUTOFF * sigma, length - 1))
    with np.errstate(over="ignore"):  # a kernel so narrow that only its centre weighs anything
        kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    padded = np.pad(values.astype(np.float64), [(0, 0)] * (values.ndim - 1) + [(0, radius)])
    flat = np.convolve(padded.ravel(), kernel)[radius : radius + padded.size]
    return flat.reshape(padded.shape)[..., :length]
