"""Figures from frames; nothing here reads a file or shows a window."""

from __future__ import annotations

from metalog.plots.figures.adaptation import adaptation
from metalog.plots.figures.compare import compare
from metalog.plots.figures.curve import curve
from metalog.plots.figures.differences import differences
from metalog.plots.figures.forest import forest
from metalog.plots.figures.grid import grid
from metalog.plots.figures.heatmap import heatmap
from metalog.plots.figures.improvement import improvement
from metalog.plots.figures.learning_curve import learning_curve
from metalog.plots.figures.meta_validation import meta_validation
from metalog.plots.figures.profile import profile
from metalog.plots.figures.train_curve import train_curve
from metalog.plots.looks import styled
from metalog.plots.saving import save

__all__ = [
    "adaptation",
    "compare",
    "curve",
    "differences",
    "forest",
    "grid",
    "heatmap",
    "improvement",
    "learning_curve",
    "meta_validation",
    "profile",
    "save",
    "styled",
    "train_curve",
]


def __dir__() -> list[str]:
    return __all__
