"""From what a user names to logs that can be opened: files, folders, globs, archives, URLs, standard input.

In a folder and its sub-folders, a file counts as a log if its name ends in ``.txt``, ``.log`` or ``.out``, or in one of
them and ``.gz``, ``.bz2``, ``.xz`` or ``.zst``; hidden files and folders (their names begin with a dot) don't. Links
are followed, and each real file is found once. The same goes for the members of a tar or zip archive, unless none of
them is named so: then every regular member counts. A file that is named, or that a glob matches, is read whatever its
name; its compression, and whether it is an archive, is told by its first bytes, also behind a URL and on standard
input. Those of TensorBoard's event files that lie in one folder are one run.
"""

from metalog.sources.find import expand, open_source
from metalog.sources.source import CONFIG_NAMES, Source

__all__ = ["CONFIG_NAMES", "Source", "expand", "open_source"]
