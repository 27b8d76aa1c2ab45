"""The manifest of a cut: how a training file was split and sampled, without any of it."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from finetune_guard.core.observations import FileFacts
from finetune_guard.core.wire import dumps

#: Lines are handed on in pieces of about this size, since a writer pays for each piece.
PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """A part that was written.

    Attributes:
        records: Its records.
        sha256: Of its bytes, hexadecimal.
    """

    uri: str
    records: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """How the data of a run was cut.

    Attributes:
        source: The training file as it was found, with ETag and version.
        seed: Decides the split and the sample.
        records: Records of the source.
        rehearsal, validation, training: The parts written; None where the source itself, or the user's own
            file, or nothing is used.
        strata: Records drawn from each tenth of the source by length, shortest first; empty without a sample.
        shards: What the segments train on, where they do not train on the whole.
        probe: What the probe trains on.
    """

    source: FileFacts
    seed: str
    records: int
    rehearsal: WrittenPart | None
    validation: WrittenPart | None
    training: WrittenPart | None
    strata: tuple[int, ...]
    shards: tuple[WrittenPart, ...] = ()
    probe: WrittenPart | None = None
    schema_version: int = 1

    def as_bytes(self) -> bytes:
        """The manifest as a JSON file."""
        return dumps(self).encode() + b"\n"


class Pieces:
    """Passes lines on in larger pieces; afterwards it knows how many there were, and their hash."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = lines
        self._hash = hashlib.sha256()
        self.records = 0

    def __iter__(self) -> Iterator[bytes]:
        held = bytearray()
        for line in self._lines:
            self.records += 1
            held += line
            if len(held) >= PIECE:
                yield self._passed(held)
                held = bytearray()
        if held:
            yield self._passed(held)

    def written(self, uri: str) -> WrittenPart:
        """What was passed on, once all of it was."""
        return WrittenPart(uri, self.records, self._hash.hexdigest())

    def _passed(self, held: bytearray) -> bytes:
        self._hash.update(held)
        return bytes(held)
