"""Outputs that lie under tests/golden/ as files, to be compared exactly."""

from __future__ import annotations

import os
import re
from pathlib import Path

GOLDEN = Path(__file__).with_name("golden")


def check_golden(text: str, name: str) -> None:
    """Hold `text` against tests/golden/`name`; METALOG_WRITE_GOLDEN=1 writes that file instead, to be looked at."""
    path = GOLDEN / name
    if os.environ.get("METALOG_WRITE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")


def nine_digits(text: str) -> str:
    """Drop the digits behind the ninth of what was computed: they differ between processors."""
    return re.sub(r"-?\d+\.\d{5,}(e-?\d+)?", lambda match: f"{float(match[0]):.9g}", text)
