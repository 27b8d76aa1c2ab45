"""The metric files and manifests among a job's output, and what a manifest says.

Loads no numpy: a tick that finds nothing new must stay cheap.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from finetune_guard.core.jobs import RecordCounts
from finetune_guard.core.metrics.cells import cells, number, without_trailing_blanks
from finetune_guard.core.metrics.lines import LONGEST_LINE, blocks
from finetune_guard.core.metrics.rows import is_count

TRAINING_FILE = "step_wise_training_metrics.csv"
VALIDATION_FILE = "validation_metrics.csv"
MANIFEST_FILE = "manifest.report.csv"

#: Names in the one manifest header that has been published (docs/bedrock.md, 2.1), compared without case.
_COUNT_COLUMNS = {
    "totalprocessedrecordcount": "total",
    "acceptedrecordcount": "accepted",
    "partiallyacceptedrecordcount": "partially_accepted",
    "rejectedrecordcount": "rejected",
}
_NEEDED = frozenset({"accepted", "rejected"})


@dataclass(frozen=True, slots=True)
class MetricFiles:
    """Keys of the files that tell how a job fares; each tuple has the shallowest key first.

    Attributes:
        training: Training metrics; more than one only in layouts not seen so far.
        validation: Validation metrics, one for each validator.
        manifests: Reports on the records that the service read.
    """

    training: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()
    manifests: tuple[str, ...] = ()


def find_metric_files(keys: Iterable[str]) -> MetricFiles:
    """Picks the metric files and manifests out of a listing of a job's output.

    Matches file names, since the documentation, AWS's notebooks and users give three different paths for
    the same file (docs/bedrock.md, 2.1). Whatever has another name, such as validated prompts, is none of our
    business.
    """
    found: dict[str, list[str]] = {TRAINING_FILE: [], VALIDATION_FILE: [], MANIFEST_FILE: []}
    for key in sorted(keys, key=lambda key: (key.count("/"), key)):
        name = key.rsplit("/", 1)[-1].lower()
        if name in found:
            found[name].append(key)
    return MetricFiles(*(tuple(found[name]) for name in (TRAINING_FILE, VALIDATION_FILE, MANIFEST_FILE)))


@dataclass(frozen=True, slots=True)
class ReadManifest:
    """What one manifest says.

    Attributes:
        counts: Summed over the files it lists; None where its columns are not known or no row can be read.
        unreadable_rows: Rows left out of the sum, so that the counts are too low.
    """

    counts: RecordCounts | None
    unreadable_rows: int = 0


def read_manifest(data: bytes) -> ReadManifest:
    """Reads a manifest.report.csv: how many records were accepted and rejected.

    Columns are found by name; only the accepted and rejected counts must be there. File names in it are not
    kept.
    """
    lines = (line for block in blocks(data) for line in block.text.split(b"\n") if line.strip())
    places, width = _places(next(lines, b""))
    if not places.keys() >= _NEEDED:
        return ReadManifest(None, sum(1 for _ in lines))
    total, unreadable = None, 0
    for line in lines:
        row = _row(line, places, width)
        unreadable += row is None
        total = add_counts((total, row)) if total and row else total or row
    return ReadManifest(total, unreadable)


def add_counts(counts: Iterable[RecordCounts]) -> RecordCounts:
    """The sum of several, such as a training and a validation manifest's."""
    rows = tuple(counts)
    return RecordCounts(
        total=sum(row.total for row in rows),
        accepted=sum(row.accepted for row in rows),
        partially_accepted=sum(row.partially_accepted for row in rows),
        rejected=sum(row.rejected for row in rows),
    )


def _places(header: bytes) -> tuple[Mapping[str, int], int]:
    names = _split(header, 0)
    plain = ["".join(filter(str.isalnum, name.decode(errors="replace"))).lower() for name in names]
    once = {name: place for place, name in enumerate(plain) if plain.count(name) == 1}
    return {field: once[name] for name, field in _COUNT_COLUMNS.items() if name in once}, len(names)


def _split(line: bytes, width: int) -> list[bytes]:
    """The cells of a line; none where it cannot be split."""
    if len(line) > LONGEST_LINE or b"\0" in line:
        return []
    try:
        return without_trailing_blanks(cells(line, b","), width)
    except ValueError:
        return []


def _row(line: bytes, places: Mapping[str, int], width: int) -> RecordCounts | None:
    found = _split(line, width)
    if len(found) != width:
        return None
    try:
        values = {field: number(found[place]) for field, place in places.items()}
    except ValueError:
        return None
    if any(value is None or not is_count(value) for value in values.values()):
        return None
    whole = {field: int(value) for field, value in values.items() if value is not None}
    partial = whole.get("partially_accepted", 0)
    total = whole.get("total", whole["accepted"] + partial + whole["rejected"])
    return RecordCounts(total, whole["accepted"], partial, whole["rejected"])
