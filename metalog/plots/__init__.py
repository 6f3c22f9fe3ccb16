"""Figures from frames; nothing here reads a file or shows a window."""

from __future__ import annotations

from metalog.plots.adapting import adaptation
from metalog.plots.comparison import compare
from metalog.plots.heat import heatmap
from metalog.plots.learning import learning_curve
from metalog.plots.meta_curves import curve, train_curve
from metalog.plots.meta_validations import meta_validation
from metalog.plots.output import save
from metalog.plots.small_multiples import grid

__all__ = [
    "adaptation",
    "compare",
    "curve",
    "grid",
    "heatmap",
    "learning_curve",
    "meta_validation",
    "save",
    "train_curve",
]
