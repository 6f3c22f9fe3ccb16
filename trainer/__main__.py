"""``python -m trainer …`` is ``metalog train …``; ``python -m trainer evaluate …`` and the like are metalog's too."""

from __future__ import annotations

import sys
from typing import Final

from metalog.cli import main

_COMMANDS: Final = ("train", "evaluate", "audit", "ablate")

if __name__ == "__main__":
    if not set(sys.argv[1:2]) & set(_COMMANDS):
        sys.argv.insert(1, "train")
    main()
