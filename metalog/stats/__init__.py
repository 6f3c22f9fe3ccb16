"""Statistics of runs, frame to frame and without state; nothing here draws or reads a file."""

from __future__ import annotations

from metalog.curves.smoothing import Smoothing, parse_smoothing, smooth
from metalog.stats import courses
from metalog.stats.adaptation import adaptation
from metalog.stats.bands import Band
from metalog.stats.comparison import compare
from metalog.stats.curves import Metric, Split, final_values, history, meta_curve
from metalog.stats.divergence import divergence
from metalog.stats.levels import best, levels
from metalog.stats.naming import config_differences, labels
from metalog.stats.overview import summary
from metalog.stats.seeds import Difference, ProbabilityOfImprovement, Profile, SeedInterval

__all__ = [
    "Band",
    "Difference",
    "Metric",
    "ProbabilityOfImprovement",
    "Profile",
    "SeedInterval",
    "Smoothing",
    "Split",
    "adaptation",
    "best",
    "compare",
    "config_differences",
    "courses",
    "divergence",
    "final_values",
    "history",
    "labels",
    "levels",
    "meta_curve",
    "parse_smoothing",
    "smooth",
    "summary",
]


def __dir__() -> list[str]:
    return __all__
