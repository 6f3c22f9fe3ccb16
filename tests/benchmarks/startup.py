"""Times whole processes of the command line against the imports they can't do without.

``python -m tests.benchmarks.startup``. ``metalog parse run.txt``, on 42 MB, may take 1.6 times as long as
``python -c "import pandas"``, and ``metalog --help`` twice as long as ``python -c "import click"``.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from tests.benchmarks.processes import Usage, metalog, python, run
from tests.benchmarks.reading import write_log
from tests.benchmarks.timing import print_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=42.7, help="size of the log (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=9, help="how often each is run (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = write_log(Path(folder) / "run.txt", options.megabytes)
        pairs = [
            ("metalog parse", metalog("parse", str(path)), "import pandas", python("import pandas"), 1.6),
            ("metalog --help", metalog("--help"), "import click", python("import click"), 2.0),
            ("import metalog", python("import metalog"), "nothing", python(""), None),
        ]
        rows = []
        for name, command, rival_name, rival, most in pairs:
            mine, theirs = zip(*((run(command), run(rival)) for _ in range(options.rounds)), strict=True)
            ratios = [_median(mine, field) / _median(theirs, field) for field in ("wall", "cpu")]
            shown = [f"{_median(usages, field):.3f}" for field in ("wall", "cpu") for usages in (mine, theirs)]
            rows.append(
                (name, rival_name, *shown[:2], f"{ratios[0]:.2f}", *shown[2:], f"{ratios[1]:.2f}", f"{most or ''}")
            )
    print(f"Whole processes, median of {options.rounds} rounds; seconds of the clock and of the processors\n")
    print_table(("process", "against", "clock", "rival", "ratio", "cpu", "rival", "ratio", "most"), rows)


def _median(usages: tuple[Usage, ...], field: str) -> float:
    return float(statistics.median(getattr(usage, field) for usage in usages))


if __name__ == "__main__":
    main()
