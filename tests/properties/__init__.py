"""What holds for every log, however it was damaged, wrapped or cut.

The examples are the same in every run. ``METALOG_EXAMPLES=100`` draws new ones, a hundred times as many.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_TIMES = int(os.environ.get("METALOG_EXAMPLES", "0"))


def examples(number: int) -> settings:
    """Return the settings of a test that is shown so many examples."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    return settings(
        max_examples=number * (_TIMES or 1),
        derandomize=not _TIMES,
        database=None,
        deadline=None,
        suppress_health_check=slow,
    )
