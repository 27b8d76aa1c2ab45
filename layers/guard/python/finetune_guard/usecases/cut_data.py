"""Cuts the data of a run: writes what its jobs train on, one pass over the source for each part."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from finetune_guard.core.datasets.manifest import Manifest, Pieces, WrittenPart
from finetune_guard.core.datasets.measuring import (
    Measures,
    Parts,
    range_lines,
    sample_lines,
    training_lines,
    validation_lines,
)
from finetune_guard.core.datasets.records import tokens_of
from finetune_guard.core.layout import Piece
from finetune_guard.core.observations import FileFacts
from finetune_guard.core.planning import StageData
from finetune_guard.core.shaping import Shape
from finetune_guard.ports import DatasetFiles

Lines = Callable[[Iterator[bytes]], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Cutting:
    """What is cut, and how.

    Attributes:
        run_id: The run that it is cut for.
        bucket: The stack's own; parts go below samples/, where they expire, since they hold prompts.
        source: The training file as it was found.
        seed: Decides split and sample.
        measures: Of every record of the source.
        parts: What is set apart and sampled.
        shape: Which jobs the run will have.
    """

    run_id: str
    bucket: str
    source: FileFacts
    seed: str
    measures: Measures
    parts: Parts
    shape: Shape


def write_parts(cutting: Cutting, files: DatasetFiles, *, whole_is_used: bool) -> Manifest:
    """Writes every part and the manifest.

    Args:
        cutting: What is cut.
        files: Reads the source and writes the parts.
        whole_is_used: Whether a job of the full run follows, and not the rehearsal alone.
    """
    split, sample, measures = cutting.parts.split, cutting.parts.sample, cutting.measures
    validation = training = rehearsal = None
    if split:
        validation = _write(
            cutting, files, "validation.jsonl", lambda chunks: validation_lines(chunks, measures, split)
        )
    if split and (sample is None or whole_is_used):
        training = _write(
            cutting, files, "training.jsonl", lambda chunks: training_lines(chunks, measures, split)
        )
    if sample and not cutting.shape.rehearsed:
        rehearsal = _write(
            cutting, files, "rehearsal.jsonl", lambda chunks: sample_lines(chunks, measures, split, sample)
        )
    manifest = Manifest(
        source=cutting.source,
        seed=cutting.seed,
        records=measures.records,
        rehearsal=rehearsal,
        validation=validation,
        training=training,
        strata=sample.strata if sample and rehearsal else (),
        shards=tuple(_write_range(cutting, files, *shard) for shard in _shards(cutting)),
        probe=_write_range(cutting, files, "probe.jsonl", 0, cutting.shape.probe)
        if cutting.shape.probe
        else None,
    )
    files.write(f"s3://{cutting.bucket}/runs/{cutting.run_id}/manifest.json", [manifest.as_bytes()])
    return manifest


def _shards(cutting: Cutting) -> tuple[tuple[str, int, int], ...]:
    """Name, first and last record of each shard, once each however many epochs train on it."""
    pieces = (piece for piece in cutting.shape.pieces if not piece.whole)
    named = {_name(piece): piece.bounds(cutting.parts.train) for piece in pieces}
    return tuple((name, *bounds) for name, bounds in named.items())


def _name(piece: Piece) -> str:
    return f"training-{piece.shard}-of-{piece.of}.jsonl"


def _write_range(cutting: Cutting, files: DatasetFiles, name: str, start: int, end: int) -> WrittenPart:
    measures, split = cutting.measures, cutting.parts.split
    return _write(cutting, files, name, lambda chunks: range_lines(chunks, measures, split, start, end))


def _write(cutting: Cutting, files: DatasetFiles, name: str, lines: Lines) -> WrittenPart:
    uri = f"s3://{cutting.bucket}/samples/{cutting.run_id}/{name}"
    pieces = Pieces(lines(files.chunks(cutting.source.uri)))
    files.write(uri, pieces)
    return pieces.written(uri)


def piece_of(piece: Piece, written: Manifest, full: StageData, parts: Parts) -> StageData:
    """Data of a segment: the whole training file, or the shard that was written for it."""
    if piece.whole:
        return full
    shard = next(part for part in written.shards if part.uri.endswith(f"/{_name(piece)}"))
    tokens = tokens_of(parts.characters_of(*piece.bounds(parts.train)))
    return replace(full, training_uri=shard.uri, records=shard.records, tokens=tokens)


def probe_of(written: Manifest, full: StageData, parts: Parts) -> StageData | None:
    """Data of the probe; None without one."""
    if written.probe is None:
        return None
    tokens = tokens_of(parts.characters_of(0, written.probe.records))
    return replace(full, training_uri=written.probe.uri, records=written.probe.records, tokens=tokens)
