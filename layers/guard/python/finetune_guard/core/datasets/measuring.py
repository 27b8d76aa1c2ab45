"""What a plan needs to know of every record: its length and its prompt's hash, 12 bytes each.

The second half cuts a file into the parts that were decided, line by line and unchanged.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from finetune_guard.core.datasets.lines import BOM, Line, blank, lines_of
from finetune_guard.core.datasets.reading import RecordReader
from finetune_guard.core.datasets.record_rules import RecordRules
from finetune_guard.core.datasets.sampling import Sample, draw
from finetune_guard.core.datasets.splitting import Split, prompt_hash, split_bound
from finetune_guard.core.errors import StaleRecordError
from finetune_guard.core.hyperparameters.base_model import DatasetLimits, RecordSchema


@dataclass(frozen=True, slots=True)
class Measures:
    """Every record of a file, in its order.

    Attributes:
        lengths: Characters of its texts, at most 2**32 - 1.
        hashes: 64 bits of its prompt.
    """

    lengths: "array[int]" = field(default_factory=lambda: array("I"))
    hashes: "array[int]" = field(default_factory=lambda: array("Q"))

    @property
    def records(self) -> int:
        """How many there are."""
        return len(self.lengths)


def measure(chunks: Iterable[bytes], schema: RecordSchema, seed: str) -> Measures:
    """Reads a file once: 12 bytes of memory a record beside one line (1 GB of 500-byte records: 24 MB)."""
    measures, reader = Measures(), RecordReader(RecordRules(schema))
    for line in lines_of(chunks):
        content = reader.read(line)
        if content is None:
            continue
        measures.lengths.append(min(content.characters, 0xFFFFFFFF))
        measures.hashes.append(prompt_hash(content.prompt, seed))
    return measures


def records_of(chunks: Iterable[bytes]) -> Iterator[Line]:
    """The lines that are not blank."""
    return (line for line in lines_of(chunks) if not blank(line))


@dataclass(frozen=True, slots=True)
class Parts:
    """How a training file is cut.

    Attributes:
        split: What is set apart for validation; None when nothing is.
        train: Records left for training.
        characters: Of the records left for training.
        sample: What the rehearsal trains on; None when it takes everything, or there is no rehearsal.
        sample_characters: Of the sample.
        lengths: Characters of each record left for training, in file order.
    """

    split: Split | None
    train: int
    characters: int
    sample: Sample | None
    sample_characters: int
    lengths: "array[int]" = field(default_factory=lambda: array("I"))

    def characters_of(self, start: int, end: int) -> int:
        """Of the records from `start` up to `end`, among those left for training."""
        return sum(self.lengths[start:end])


def cut(measures: Measures, limits: DatasetLimits, wanted: int | None, seed: str, *, split: bool) -> Parts:
    """Decides the parts: validation first, then the sample from the rest.

    Args:
        measures: Of the whole training file.
        limits: Of the base.
        wanted: Records of the sample; None for no sample.
        seed: Decides the sample.
        split: Whether a validation file may be set apart.
    """
    bound = split_bound(measures.hashes, limits) if split else None
    kept = _kept(measures, bound)
    if wanted is None or wanted >= len(kept):
        return Parts(bound, len(kept), sum(kept), None, sum(kept), kept)
    sample = draw(kept, wanted, seed)
    characters = sum(kept[position] for position in sample.chosen)
    return Parts(bound, len(kept), sum(kept), sample, characters, kept)


def _kept(measures: Measures, split: Split | None) -> "array[int]":
    if split is None:
        return measures.lengths
    pairs = zip(measures.lengths, measures.hashes, strict=True)
    return array("I", (length for length, value in pairs if value >= split.bound))


def validation_lines(chunks: Iterable[bytes], measures: Measures, split: Split) -> Iterator[bytes]:
    """The records set apart, in file order."""
    return (_whole(line) for line, value in _paired(chunks, measures) if value < split.bound)


def training_lines(chunks: Iterable[bytes], measures: Measures, split: Split | None) -> Iterator[bytes]:
    """The records left for training, in file order."""
    bound = split.bound if split else 0
    return (_whole(line) for line, value in _paired(chunks, measures) if value >= bound)


def range_lines(
    chunks: Iterable[bytes], measures: Measures, split: Split | None, start: int, end: int
) -> Iterator[bytes]:
    """The records from `start` up to `end`, among those left for training, in file order."""
    for position, content in enumerate(training_lines(chunks, measures, split)):
        if start <= position < end:
            yield content


def sample_lines(
    chunks: Iterable[bytes], measures: Measures, split: Split | None, sample: Sample
) -> Iterator[bytes]:
    """The sample, in file order."""
    chosen = iter(sample.chosen)
    wanted = next(chosen, None)
    for position, content in enumerate(training_lines(chunks, measures, split)):
        if position == wanted:
            yield content
            wanted = next(chosen, None)


def _paired(chunks: Iterable[bytes], measures: Measures) -> Iterator[tuple[Line, int]]:
    """Each record with its hash.

    Raises:
        StaleRecordError: The file has more or fewer records than were measured.
    """
    hashes = iter(measures.hashes)
    for line in records_of(chunks):
        value = next(hashes, None)
        if value is None:
            raise _changed(measures)
        yield line, value
    if next(hashes, None) is not None:
        raise _changed(measures)


def _changed(measures: Measures) -> StaleRecordError:
    return StaleRecordError(
        f"The training file no longer has the {measures.records} records that were measured a moment ago; "
        "start the run again once nothing writes to it."
    )


def _whole(line: Line) -> bytes:
    content = line.content or b""
    return (content.removeprefix(BOM) if line.number == 1 else content) + b"\n"
