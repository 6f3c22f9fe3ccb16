"""Statistics of runs, frame to frame and without state; nothing here draws or reads a file."""

from __future__ import annotations

from metalog.stats.curves import meta_curve
from metalog.stats.smoothing import Smoothing, parse_smoothing, smooth

__all__ = ["Smoothing", "meta_curve", "parse_smoothing", "smooth"]
