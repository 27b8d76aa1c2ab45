"""What only shows when the records of a file, or of two, are held against each other."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from finetune_guard.core.datasets.faults import DataFault
from finetune_guard.core.datasets.fingerprints import Fingerprints, commonest, count, first, held, repeats
from finetune_guard.core.datasets.places import FoundFault

if TYPE_CHECKING:
    from finetune_guard.core.datasets.fingerprints import Flags

#: Share of the records that may repeat an earlier one (HP053).
REPEATED = 0.05
#: Share of the records that may have one and the same answer (HP054).
ONE_ANSWER = 0.6
#: Share of the records that may ask an earlier prompt and answer it differently (HP054).
SAME_PROMPT = 0.2
#: Fewest records of which a share says something about their balance; a judgement.
ENOUGH = 20
#: Below this many records AWS advises to duplicate those of a Nova (customize-fine-tune-hyperparameters).
NOVA_DUPLICATES_BELOW = 1000


def repetition(records: Fingerprints, *, nova: bool) -> tuple[FoundFault, ...]:
    """What repeats within a training file.

    Args:
        records: Its records.
        nova: Whether the base is one of those for which AWS advises to duplicate few records.
    """
    return tuple(_repetition(records, nova=nova)) if len(records) > 1 else ()


def _repetition(records: Fingerprints, *, nova: bool) -> Iterator[FoundFault]:
    total = len(records)
    twice = repeats(records.records)
    if count(twice) > total * REPEATED:
        advised = nova and total - count(twice) < NOVA_DUPLICATES_BELOW
        fault = DataFault.REPEATED_AS_ADVISED if advised else DataFault.REPEATED
        yield _found(fault, records, twice)
    if total < ENOUGH:
        return
    same = commonest(records.answers)
    if count(same) > total * ONE_ANSWER:
        yield _found(DataFault.CONSTANT_ANSWER, records, same)
    asked = repeats(records.prompts) & ~twice
    if count(asked) > total * SAME_PROMPT:
        yield _found(DataFault.REPEATED_PROMPT, records, asked)


def leakage(training: Fingerprints, validation: Fingerprints) -> tuple[FoundFault, ...]:
    """Validation records and prompts that are in training too; the places are of the validation file.

    A record that is in both counts as a record, not as a prompt again. Reorders what `training` holds.
    """
    if not len(training) or not len(validation):
        return ()
    records = held(training.records, validation.records)
    prompts = held(training.prompts, validation.prompts) & ~records
    leaked = ((DataFault.LEAKED_RECORD, records), (DataFault.LEAKED_PROMPT, prompts))
    return tuple(_found(fault, validation, flags) for fault, flags in leaked if flags.any())


def _found(fault: DataFault, records: Fingerprints, flags: "Flags") -> FoundFault:
    places = tuple(records.place(position) for position in first(flags))
    return FoundFault(fault, count(flags), places)
