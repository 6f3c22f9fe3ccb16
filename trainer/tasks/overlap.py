"""Whether a meta-test uses what was trained on, so that its results don't tell how new alphabets fare."""

from __future__ import annotations

from metalog.errors import MetalogError
from trainer.tasks.audit import shared_characters
from trainer.tasks.prepare import MetaDataset


def overlap(data: MetaDataset, trained: MetaDataset | MetalogError) -> str:
    """Say in a sentence what the meta-test of `data` has in common with the meta-train of `trained`.

    Parameters
    ----------
    data
        What is tested with.
    trained
        What was trained on, or why that isn't known.

    Returns
    -------
    str
        Empty if they have no drawing in common, pixel for pixel, and no alphabet by name.
    """
    if isinstance(trained, MetalogError):
        return f"warning: whether this meta-test uses what was trained on could not be checked: {trained}"
    characters = data.characters_of("meta-test")
    shared = len(shared_characters(characters, trained.characters_of("meta-train")))
    alphabets = set(data.alphabets_of("meta-test")) & set(trained.alphabets_of("meta-train"))
    found = [f"{shared:,} of the {len(characters):,} characters"] if shared else []
    if alphabets:
        found.append(f"the alphabet{'s' * (len(alphabets) > 1)} {', '.join(sorted(alphabets))}")
    if not found:
        return ""
    return (
        f"warning: of this meta-test, the checkpoint was trained on {' and on '.join(found)}: the results don't show "
        "how it fares on new alphabets"
    )
