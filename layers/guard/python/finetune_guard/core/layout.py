"""How a full run is cut into segments: whole epochs first, then shards of an epoch in file order."""

from dataclasses import dataclass
from itertools import chain


@dataclass(frozen=True, slots=True)
class Piece:
    """What one segment trains on.

    Attributes:
        segment: From 1.
        epochs: Passes over its data.
        shard: Which shard of the training file, from 1; 1 of 1 is the whole file.
        of: Into how many shards the file is cut for this epoch.
    """

    segment: int
    epochs: int
    shard: int = 1
    of: int = 1

    @property
    def whole(self) -> bool:
        """Whether it trains on the whole file."""
        return self.of == 1

    @property
    def passes(self) -> float:
        """Passes over the whole file that it amounts to."""
        return self.epochs / self.of

    def bounds(self, records: int) -> tuple[int, int]:
        """First record of its shard, and the one after its last, of so many in the file."""
        return records * (self.shard - 1) // self.of, records * self.shard // self.of


def layout(epochs: int, segments: int) -> tuple[Piece, ...]:
    """The segments of a run of so many epochs.

    The shorter come first where the epochs do not divide evenly, and the earlier epochs have the more shards:
    what goes wrong is seen the sooner.
    """
    if segments <= epochs:
        usual, longer = divmod(epochs, segments)
        lengths = [usual + (place >= segments - longer) for place in range(segments)]
        return tuple(Piece(place, length) for place, length in enumerate(lengths, 1))
    usual, more = divmod(segments, epochs)
    cuts = [usual + (epoch < more) for epoch in range(epochs)]
    shards = chain.from_iterable(((shard, of) for shard in range(1, of + 1)) for of in cuts)
    return tuple(Piece(place, 1, shard, of) for place, (shard, of) in enumerate(shards, 1))


def smallest(pieces: tuple[Piece, ...], records: int) -> int:
    """Records of the smallest shard."""
    return min(end - start for start, end in (piece.bounds(records) for piece in pieces))


def most_segments(epochs: int, records: int, least: int, wanted: int) -> int:
    """As many of the wanted segments as leave each shard at least so many records; 1 at least."""
    fits = (n for n in range(wanted, 1, -1) if smallest(layout(epochs, n), records) >= least)
    return next(fits, 1)
