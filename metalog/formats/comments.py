"""Reads the comments that our writer leaves in a log: a tag and one JSON object."""

from __future__ import annotations

import json
from collections.abc import Container
from typing import Any


def read_record(comment: str, tags: Container[str]) -> tuple[str, dict[str, Any]] | None:
    """Return tag and values of a comment (without its ``# ``), or None if it is free text.

    Raises
    ------
    ValueError
        If the comment bears one of the `tags`, but its JSON can't be read.
    """
    tag, _, text = comment.partition(" ")
    if tag not in tags or not text.startswith("{"):
        return None
    try:
        values: dict[str, Any] = json.loads(text)
        if "\\u" in text:  # half of a surrogate pair could be neither shown nor written
            json.dumps(values, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError(f"the JSON of this {tag} comment can't be read: it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"the JSON of this {tag} comment can't be read: {error}") from error
    return tag, values
