"""The validation split, the stratified sample, and the files that are cut by them."""

import json
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.datasets.manifest import Pieces
from finetune_guard.core.datasets.measuring import (
    Measures,
    cut,
    measure,
    sample_lines,
    training_lines,
    validation_lines,
)
from finetune_guard.core.datasets.sampling import STRATA, allocate, draw
from finetune_guard.core.datasets.splitting import HASHES, prompt_hash, split_bound, worth_splitting
from finetune_guard.core.errors import StaleRecordError
from finetune_guard.core.hyperparameters.base_model import DatasetLimits, RecordSchema

SCHEMA = RecordSchema.PROMPT_COMPLETION
FREE = DatasetLimits(SCHEMA)
LENGTHS = st.lists(st.integers(0, 5000), min_size=1, max_size=200).map(lambda values: array("I", values))


def records(count: int, prompts: int | None = None) -> list[bytes]:
    return [
        json.dumps(
            {"prompt": f"question {n % (prompts or count)}", "completion": "a" * (n % 97 + 1)}
        ).encode()
        + b"\n"
        for n in range(count)
    ]


def hashes(count: int) -> "array[int]":
    return array("Q", (prompt_hash(f"question {n}", "seed") for n in range(count)))


@given(st.lists(st.integers(0, 300), min_size=1, max_size=12), st.integers(0, 3000))
def test_shares_add_up_and_none_exceeds_its_stratum(sizes: list[int], wanted: int) -> None:
    shares = allocate(sizes, wanted)
    assert sum(shares) == min(wanted, sum(sizes))
    assert all(0 <= share <= size for share, size in zip(shares, sizes, strict=True))


@given(st.lists(st.integers(1, 300), min_size=1, max_size=10), st.integers(10, 400))
def test_every_stratum_is_in_a_sample_that_is_large_enough(sizes: list[int], wanted: int) -> None:
    assert all(allocate(sizes, wanted))


@given(LENGTHS, st.integers(1, 250), st.text(max_size=80))
def test_a_sample_is_in_file_order_without_repeats_and_of_the_size_asked_for(
    lengths: "array[int]", wanted: int, seed: str
) -> None:
    sample = draw(lengths, wanted, seed)
    assert list(sample.chosen) == sorted(set(sample.chosen))
    assert len(sample.chosen) == min(wanted, len(lengths)) == sum(sample.strata)
    assert all(0 <= position < len(lengths) for position in sample.chosen)


def test_a_sample_has_every_tenth_of_the_lengths_in_proportion() -> None:
    sample = draw(array("I", range(1000)), 100, "seed")
    assert sample.strata == (10,) * STRATA
    tenths = [sum(1 for position in sample.chosen if position // 100 == tenth) for tenth in range(STRATA)]
    assert tenths == [10] * STRATA


def test_the_same_seed_gives_the_same_sample_and_another_seed_another() -> None:
    lengths = array("I", range(500))
    assert draw(lengths, 50, "a") == draw(lengths, 50, "a")
    assert draw(lengths, 50, "a").chosen != draw(lengths, 50, "b").chosen


def test_about_a_tenth_is_set_apart() -> None:
    split = split_bound(hashes(5000), FREE)
    assert split is not None
    assert 430 <= split.validation <= 570


def test_the_split_does_not_depend_on_the_order_of_the_file() -> None:
    forward = hashes(2000)
    assert split_bound(forward, FREE) == split_bound(array("Q", reversed(forward)), FREE)


def test_prompts_that_differ_in_case_and_spaces_fall_on_the_same_side() -> None:
    assert prompt_hash("Where is  it?\n", "s") == prompt_hash(" where IS it?", "s")
    assert prompt_hash("a", "s") != prompt_hash("a", "t")
    assert 0 <= prompt_hash("\ud800", "s") < HASHES


def test_never_more_is_set_apart_than_the_base_takes() -> None:
    split = split_bound(hashes(5000), DatasetLimits(SCHEMA, max_validation=120))
    assert split is not None
    assert split.validation == 120


@pytest.mark.parametrize(
    ("count", "limits"),
    [
        (0, FREE),
        (300, FREE),
        (5000, DatasetLimits(SCHEMA, validation=False)),
        (5000, DatasetLimits(SCHEMA, max_validation=20)),
        (5000, DatasetLimits(SCHEMA, min_records=4900)),
        (1000, DatasetLimits(SCHEMA, min_validation=200)),
    ],
)
def test_nothing_is_set_apart_where_it_would_not_be_worth_it(count: int, limits: DatasetLimits) -> None:
    assert split_bound(hashes(count), limits) is None
    assert not worth_splitting(count, limits)


def test_equal_prompts_are_never_split() -> None:
    data = records(2000, prompts=40)
    measures = measure(data, SCHEMA, "seed")
    parts = cut(measures, FREE, None, "seed", split=True)
    assert parts.split is not None
    prompts = [
        {json.loads(line)["prompt"] for line in lines}
        for lines in (
            validation_lines(data, measures, parts.split),
            training_lines(data, measures, parts.split),
        )
    ]
    assert prompts[0]
    assert not prompts[0] & prompts[1]


@pytest.mark.fault(83)
def test_the_parts_are_whole_records_in_file_order_and_nothing_is_lost() -> None:
    data = records(2000)
    measures = measure(data, SCHEMA, "seed")
    parts = cut(measures, FREE, 300, "seed", split=True)
    assert parts.split is not None
    assert parts.sample is not None
    validation = list(validation_lines(data, measures, parts.split))
    training = list(training_lines(data, measures, parts.split))
    sample = list(sample_lines(data, measures, parts.split, parts.sample))
    assert sorted(validation + training) == sorted(data)
    assert [line for line in data if line in set(training)] == training
    assert [line for line in training if line in set(sample)] == sample
    assert (len(validation), len(training), len(sample)) == (parts.split.validation, parts.train, 300)


def test_characters_are_those_of_the_parts() -> None:
    data = records(1000)
    measures = measure(data, SCHEMA, "seed")
    parts = cut(measures, FREE, 100, "seed", split=True)
    assert parts.sample is not None

    def characters(lines: list[bytes]) -> int:
        return sum(len("".join(json.loads(line).values())) for line in lines)

    assert parts.characters == characters(list(training_lines(data, measures, parts.split)))
    assert parts.sample_characters == characters(
        list(sample_lines(data, measures, parts.split, parts.sample))
    )


def test_a_sample_that_would_be_the_whole_file_is_no_sample() -> None:
    measures = measure(records(100), SCHEMA, "seed")
    parts = cut(measures, FREE, 100, "seed", split=True)
    assert parts.sample is None
    assert parts.sample_characters == parts.characters


def test_a_byte_order_mark_blank_lines_and_a_missing_line_end_are_mended() -> None:
    first, second = records(2)
    data = [b"\xef\xbb\xbf" + first + b"\n\r\n" + second.rstrip()]
    measures = measure(data, SCHEMA, "seed")
    assert list(training_lines(data, measures, None)) == [first, second]


@pytest.mark.fault(56)
@pytest.mark.parametrize("count", [9, 11])
def test_a_file_that_changed_after_it_was_measured_is_not_cut(count: int) -> None:
    measures = measure(records(10), SCHEMA, "seed")
    with pytest.raises(StaleRecordError, match="no longer has the 10 records"):
        list(training_lines(records(count), measures, None))


def test_memory_is_twelve_bytes_a_record() -> None:
    measures = measure(records(1000), SCHEMA, "seed")
    each = measures.lengths.itemsize + measures.hashes.itemsize
    assert each == 12
    assert measures.records == 1000


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=30))
def test_pieces_pass_everything_on(lines: list[bytes]) -> None:
    pieces = Pieces(lines)
    assert b"".join(pieces) == b"".join(lines)
    assert pieces.written("s3://bucket/x").records == len(lines)


def test_an_empty_file_has_no_measures() -> None:
    assert measure([], SCHEMA, "seed") == Measures(array("I"), array("Q"))
