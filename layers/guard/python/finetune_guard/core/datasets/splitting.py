"""Which records become the validation file: decided by a hash of the prompt, before anything is sampled.

Deterministic, independent of the file's order, and the same prompt always falls on the same side, so that
near-duplicates do not leak (docs/bedrock.md, 8.3). The rehearsal and the full run get the same
file.
"""

import hashlib
import heapq
from array import array
from dataclasses import dataclass

from finetune_guard.core.datasets.identity import normalised
from finetune_guard.core.hyperparameters.base_model import DatasetLimits

#: Share of the records that is set apart; a judgement, usual between 5 and 20 percent.
SHARE = 0.1
#: Fewest validation records worth having: below, the standard error of the loss is about 0.1 nat (HP052).
WORTH_HAVING = 50

#: Hashes are 64 bits; a prompt belongs to validation when its hash is below a bound.
HASHES = 1 << 64


def prompt_hash(prompt: str, seed: str) -> int:
    """64 bits that depend only on the seed and the prompt, its case and white space aside."""
    key = seed.encode()[:64]
    return int.from_bytes(hashlib.blake2b(normalised(prompt), digest_size=8, key=key).digest(), "big")


@dataclass(frozen=True, slots=True)
class Split:
    """A bound between validation and training.

    Attributes:
        bound: A prompt hash below it is validation.
        validation: Records that are.
    """

    bound: int
    validation: int


def split_bound(hashes: "array[int]", limits: DatasetLimits) -> Split | None:
    """The bound that sets apart about SHARE of the records, or None where no split is worth it.

    None when the base uses no validation file, when fewer than WORTH_HAVING records (or the base's minimum)
    would be set apart, or when fewer than the base's minimum would be left. Never more than the base's
    maximum.

    Args:
        hashes: The prompt hash of every record.
        limits: The base's limits.
    """
    if not limits.validation or not hashes:
        return None
    most = min(limits.max_validation or len(hashes), len(hashes))
    bound = _bound_for(hashes, min(int(HASHES * SHARE), HASHES - 1), most)
    chosen = sum(1 for value in hashes if value < bound)
    enough = chosen >= max(WORTH_HAVING, limits.min_validation or 0)
    left = len(hashes) - chosen >= max(limits.min_records or 0, 1)
    return Split(bound, chosen) if enough and left else None


def _bound_for(hashes: "array[int]", bound: int, most: int) -> int:
    """The bound, lowered until at most `most` records are below it; equal prompts stay together."""
    lowest = heapq.nsmallest(most + 1, hashes)
    return min(bound, lowest[most]) if len(lowest) > most else bound


def worth_splitting(records: int, limits: DatasetLimits) -> bool:
    """Whether `split_bound` may be expected to set records apart, before their hashes are known."""
    chosen = min(int(records * SHARE), limits.max_validation or records)
    enough = chosen >= max(WORTH_HAVING, limits.min_validation or 0)
    return limits.validation and enough and records - chosen >= max(limits.min_records or 0, 1)
