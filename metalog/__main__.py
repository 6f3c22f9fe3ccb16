"""``python -m metalog`` is the command ``metalog``, of just this Python."""

from metalog.cli import main

main()
