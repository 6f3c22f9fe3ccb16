"""Small declarations, and logs in them, for the tests of what deals with formats by name."""

from __future__ import annotations

from pathlib import Path

ROUNDS = """
name = "rounds"
title = "Rounds with a score"
levels = ["round"]

[[line]]
name = "score"
template = "round {round}: score <score>, cost <cost>"
row = "scores"
"""
#: Takes what ROUNDS takes, but foresees less of it.
LOOSE = """
name = "loose"
title = "Any round"
levels = ["round"]

[[line]]
name = "any"
template = "round {round}: score <score>, cost <cost>"
row = "rounds"

[[line]]
name = "step"
template = "{round}: <value>"
row = "values"
"""
CYCLES = """
name = "cycles"
title = "Cycles of passes"
levels = ["cycle > pass"]

[[line]]
template = "Cycle {cycle}"
opens = "cycle"

[[line]]
name = "pass"
template = "pass {pass} error=<error>"
row = "passes"
"""


def rounds(number: int = 6, first: int = 1) -> str:
    return "".join(f"round {place}: score 0.5, cost 1.{place}\n" for place in range(first, first + number))


def cycles(number: int = 2, passes: int = 3) -> str:
    return "".join(
        f"Cycle {cycle}\n" + "".join(f"pass {one} error={cycle}.{one}\n" for one in range(1, passes + 1))
        for cycle in range(1, number + 1)
    )


def declare_in(folder: Path, *texts: str) -> list[Path]:
    """Write declarations into a folder, each under the name that it gives itself."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{text.split('name = ')[1].split(chr(10))[0].strip(chr(34))}.toml" for text in texts]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return paths
