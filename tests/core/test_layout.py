from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.layout import Piece, layout, most_segments, smallest


def test_one_segment_is_the_whole_run() -> None:
    assert layout(3, 1) == (Piece(1, 3),)


def test_whole_epochs_come_first_the_shorter_segments_at_the_start() -> None:
    assert [piece.epochs for piece in layout(5, 3)] == [1, 2, 2]
    assert all(piece.whole for piece in layout(5, 3))


def test_more_segments_than_epochs_cut_the_file_the_earlier_epochs_finer() -> None:
    assert [(piece.shard, piece.of) for piece in layout(2, 3)] == [(1, 2), (2, 2), (1, 1)]
    assert [(piece.shard, piece.of) for piece in layout(1, 3)] == [(1, 3), (2, 3), (3, 3)]


@given(epochs=st.integers(1, 12), segments=st.integers(1, 20))
def test_all_segments_together_are_the_run_that_was_asked(epochs: int, segments: int) -> None:
    pieces = layout(epochs, segments)
    assert [piece.segment for piece in pieces] == list(range(1, segments + 1))
    assert abs(sum(piece.passes for piece in pieces) - epochs) < 1e-9


@given(of=st.integers(1, 20), records=st.integers(0, 5_000))
def test_the_shards_of_an_epoch_are_the_file_without_gap_or_overlap(of: int, records: int) -> None:
    bounds = [Piece(shard, 1, shard, of).bounds(records) for shard in range(1, of + 1)]
    assert (bounds[0][0], bounds[-1][1]) == (0, records)
    assert all(before[1] == after[0] for before, after in pairwise(bounds))


@given(
    epochs=st.integers(1, 6),
    records=st.integers(1, 3_000),
    least=st.integers(1, 500),
    wanted=st.integers(1, 9),
)
def test_no_shard_is_smaller_than_it_may_be(epochs: int, records: int, least: int, wanted: int) -> None:
    possible = most_segments(epochs, records, least, wanted)
    assert 1 <= possible <= wanted
    assert possible == 1 or smallest(layout(epochs, possible), records) >= least
    if possible < wanted:
        assert smallest(layout(epochs, possible + 1), records) < least
