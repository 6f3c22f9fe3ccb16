"""Check the splits and pairs that a training set-up would use, before anything is trained on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from metalog.errors import UsageError
from trainer.tasks.data.drawings import Drawings
from trainer.tasks.splits import TaskDistribution
from trainer.tasks.task import TaskOptions

#: Problems of a split whose validation sets are made and counted; all of them where there are fewer.
SAMPLE: Final = 1000


@dataclass(frozen=True, slots=True)
class SplitAudit:
    """What one split uses and what is wrong with it; counts, exhaustive but for the validation sets.

    Attributes
    ----------
    split
        Its name.
    alphabets
        Alphabets that were dealt to it.
    characters, drawings
        Different ones that its problems use.
    problems
        Pairs of characters, each a problem.
    identical_pairs
        Problems that pair a character with itself.
    repeated_pairs
        Problems whose pair, in either order, an earlier problem of the split has.
    true_pairs, missing_pairs
        Pairs of different characters of one of its alphabets, and those of them that no problem has.
    cross_alphabet_pairs
        Problems whose characters are of different alphabets.
    shared_characters, shared_drawings
        Characters that another split uses too, and drawings that occur there pixel for pixel: leaks.
    shared_examples
        Up to three characters with such drawings.
    sampled, balanced, one_class
        Problems whose validation sets were looked at; those with as many drawings of one class as of the other (or one
        more, if odd); those with one class only.
    """

    split: str
    alphabets: int
    characters: int
    drawings: int
    problems: int
    identical_pairs: int
    repeated_pairs: int
    true_pairs: int
    missing_pairs: int
    cross_alphabet_pairs: int
    shared_characters: int
    shared_drawings: int
    shared_examples: tuple[str, ...]
    sampled: int
    balanced: int
    one_class: int


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit of all splits.

    Attributes
    ----------
    source, seed, options
        What was audited.
    alphabets, characters, unused_characters
        Of the whole data; unused are those in no problem of any split.
    splits
        One entry a split.
    """

    source: str
    seed: int
    options: TaskOptions
    alphabets: int
    characters: int
    unused_characters: int
    splits: tuple[SplitAudit, ...]

    @property
    def leaks(self) -> bool:
        """Whether splits share characters or drawings."""
        return any(split.shared_characters or split.shared_drawings for split in self.splits)

    def total(self, count: str) -> int:
        """Add up one of the counts over the splits."""
        return sum(getattr(split, count) for split in self.splits)

    def findings(self) -> list[str]:
        """Name each leak and each kind of wrong pair, in a clause; empty if the set-up is clean."""
        found = [_leak(split) for split in self.splits if split.shared_drawings]
        for count, of, text in (
            ("identical_pairs", "problems", "problems pair a character with itself"),
            ("repeated_pairs", "problems", "problems repeat the pair of another"),
            ("missing_pairs", "true_pairs", "true pairs never occur"),
            ("cross_alphabet_pairs", "problems", "problems cross alphabets"),
        ):
            if number := self.total(count):
                found.append(f"{number:,} of {self.total(of):,} {text}")
        if self.unused_characters:
            found.append(f"{self.unused_characters:,} of {self.characters:,} characters are never used")
        return found


def audit(drawings: Drawings, splits: Mapping[str, TaskDistribution]) -> Audit:
    """Examine what the problems of `splits` would use.

    Every pair, character and drawing is examined; of the validation sets, those of up to :data:`SAMPLE` problems a
    split, taken in the order of the first meta-epoch.
    """
    digests = _digests(drawings.images)
    used = {name: np.unique(tasks.pairs) for name, tasks in splits.items()}
    audits = []
    for name, tasks in splits.items():
        elsewhere = np.concatenate([characters for other, characters in used.items() if other != name])
        audits.append(
            SplitAudit(
                split=name,
                alphabets=len(tasks.alphabets),
                **_characters(drawings, used[name], elsewhere, digests),
                **_pairs(drawings, tasks),
                **_validation_sets(tasks),
            )
        )
    first = next(iter(splits.values()))
    return Audit(
        source=drawings.source,
        seed=first.seed,
        options=first.options,
        alphabets=len(drawings.alphabets),
        characters=len(drawings.characters),
        unused_characters=len(drawings.characters) - len(np.unique(np.concatenate(list(used.values())))),
        splits=tuple(audits),
    )


def refuse_leaks(audited: Audit) -> None:
    """Raise UsageError, saying what leaked and what to do, if splits share characters or drawings."""
    if not audited.leaks:
        return
    leaks = "; ".join(_leak(split) for split in audited.splits if split.shared_drawings)
    misaligned = audited.options.misaligned_alphabets
    mend = "turn misaligned alphabets off" if misaligned else "remove the copies from the data"
    raise UsageError(f"the splits of {audited.source} leak: {leaks}; {mend}")


def shared_characters(images: npt.NDArray[np.uint8], others: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Return which of some characters have a drawing that others have too, pixel for pixel, whatever they are called.

    Parameters
    ----------
    images, others
        uint8, (characters, drawings, side, side), of the same side.

    Returns
    -------
    numpy.ndarray
        int64: indices into `images`.
    """
    copies = np.isin(_digests(images), _digests(others))
    return np.flatnonzero(copies.any(axis=1))


def _leak(split: SplitAudit) -> str:
    return (
        f"{split.split} shares {split.shared_characters:,} of its {split.characters:,} characters and "
        f"{split.shared_drawings:,} of its {split.drawings:,} drawings with other splits "
        f"(such as {split.shared_examples[0]})"
    )


def _digests(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Digest each drawing's pixels, (characters, drawings), so that copies are found whatever they are called."""
    each = images.reshape(-1, *images.shape[2:])
    joined = b"".join(blake2b(image.tobytes(), digest_size=8).digest() for image in each)
    return np.frombuffer(joined, np.uint64).reshape(images.shape[:2])


def _characters(
    drawings: Drawings, used: npt.NDArray[np.int64], elsewhere: npt.NDArray[np.int64], digests: npt.NDArray[np.uint64]
) -> dict[str, Any]:
    copies = np.isin(digests[used], digests[elsewhere])
    examples = used[copies.any(axis=1)][:3]
    return {
        "characters": len(used),
        "drawings": copies.size,
        "shared_characters": int(np.isin(used, elsewhere).sum()),
        "shared_drawings": int(copies.sum()),
        "shared_examples": tuple(drawings.characters[number] for number in examples),
    }


def _pairs(drawings: Drawings, tasks: TaskDistribution) -> dict[str, Any]:
    base = len(drawings.characters)  # an unordered pair as one number: the lesser character * base + the greater
    met = np.sort(tasks.pairs, axis=1) @ (base, 1)
    members = [np.flatnonzero(drawings.alphabet == alphabet) for alphabet in tasks.alphabets]
    true = np.concatenate([(each[:, None] * base + each)[np.triu_indices(len(each), 1)] for each in members])
    one, other = tasks.pairs.T
    return {
        "problems": len(tasks),
        "identical_pairs": int((one == other).sum()),
        "repeated_pairs": len(met) - len(np.unique(met)),
        "true_pairs": len(true),
        "missing_pairs": int((~np.isin(true, met)).sum()),
        "cross_alphabet_pairs": int((drawings.alphabet[one] != drawings.alphabet[other]).sum()),
    }


def _validation_sets(tasks: TaskDistribution) -> dict[str, Any]:
    sampled = tasks.order(0)[:SAMPLE].tolist()
    labels = np.array([tasks.task(number, occasion=0).query_labels for number in sampled])  # (tasks, drawings)
    counts = np.stack([(labels == way).sum(axis=1) for way in range(tasks.options.ways)])
    return {
        "sampled": len(sampled),
        "balanced": int((np.ptp(counts, axis=0) <= 1).sum()),
        "one_class": int((counts.max(axis=0) == labels.shape[1]).sum()),
    }
