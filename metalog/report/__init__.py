"""Frames to one HTML file that shows a run: no server, no request, nothing left out."""

from __future__ import annotations

from metalog.report.one_file import Report, report

__all__ = ["Report", "report"]
