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
Kind = Literal["mean", "ema", "gauss", "none"]
_Values = TypeVar("_Values", Floats, "pd.Series[float]")

#: TensorBoard's slider ends here.
MAX_EMA_WEIGHT: Final = 0.999
#: The Gaussian kernel is cut off this many standard deviations from its centre, where it has fallen to 0.0003.
GAUSS_CUTOFF: Final = 4.0
_ALLOWED: Final = (
    "mean:W (trailing mean of W points), ema:WEIGHT (TensorBoard's, 0 to 0.999), "
    "gauss:SIGMA (in points) or none, for example mean:50"
)


@dataclass(frozen=True)
class Smoothing:
    """A way of smoothing a curve.

    Parameters
    ----------
    kind
        ``"mean"``: point *i* becomes the mean of the last ``min(amount, i)`` values up to and including *i*, so that
        nothing is dropped at the start and nothing is shifted beyond the window.
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
        if self.kind == "mean":
            return _ratio(_window_sum(known, int(self.amount)), _window_sum(finite, int(self.amount)))
        if self.kind == "ema":
            return _debiased_ema(np.where(finite, values, np.nan), self.amount)
        return _ratio(_gauss_sum(known, self.amount), _gauss_sum(finite, self.amount))


def parse_smoothing(text: str) -> Smoothing:
    """Read a smoothing as the command line takes it: ``mean:50``, ``ema:0.9``, ``gauss:5`` or ``none``.

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
    The trailing mean takes the finite values among the last `W` *points*: it never reaches further back because one
    is missing. The exponential average is the one in TensorBoard's ``vz_line_chart2`` (``resmoothDataset``):
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


def _window_sum(values: npt.NDArray[np.generic], window: int) -> Floats:
    """Sum the last `window` values (or those there are) at each point of the last axis.

    A window is put together from blocks of 1, 2, 4, … values, so that nothing is ever subtracted: one huge value
    doesn't wipe out the digits of those behind it, as it does in a running sum. O(n log window).
    """
    block = values.astype(np.float64)
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
    return total


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
