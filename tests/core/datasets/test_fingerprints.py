"""Records held against each other, in bounded memory."""

import json
import sys
import tracemalloc
from array import array
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.datasets.fingerprints import Fingerprints, commonest, first, held, repeats
from finetune_guard.core.datasets.identity import normalised
from finetune_guard.core.datasets.record_rules import RecordRules
from finetune_guard.core.datasets.records import scan
from finetune_guard.core.datasets.repetition import repetition
from finetune_guard.core.hyperparameters.base_model import RecordSchema

COLUMNS = st.lists(st.integers(-3, 3) | st.integers(-(2**63), 2**63 - 1), min_size=2, max_size=30)


@given(COLUMNS)
def test_a_value_repeats_when_an_earlier_one_is_equal(values: list[int]) -> None:
    expected = [value in values[:place] for place, value in enumerate(values)]
    assert list(repeats(array("q", values))) == expected
    assert first(np.array(expected)) == [place for place, again in enumerate(expected) if again][:5]


@given(COLUMNS)
def test_the_commonest_value_is_that_of_more_than_half(values: list[int]) -> None:
    most = max(values, key=values.count)
    expected = [value == most and values.count(most) * 2 > len(values) for value in values]
    assert list(commonest(array("q", values))) == expected


@given(COLUMNS, COLUMNS)
def test_a_value_is_held_when_the_other_column_has_it(known: list[int], asked: list[int]) -> None:
    assert list(held(array("q", known), array("q", asked))) == [value in known for value in asked]


@given(st.text())
def test_a_normal_text_has_no_case_and_no_white_space_of_its_own(text: str) -> None:
    assert normalised(text) == " ".join(text.lower().split()).encode("utf-8", "surrogatepass")


RECORDS = 60_000


def chunks(records: int) -> Iterator[bytes]:
    for start in range(0, records, 1000):
        lines = (
            json.dumps({"prompt": f"Is {n // 2} here?", "completion": "No."})
            for n in range(start, start + 1000)
        )
        yield "\n".join(lines).encode() + b"\n"


@pytest.mark.fault(51)
def test_comparing_records_costs_at_most_64_bytes_for_each() -> None:
    assert "numpy" in sys.modules

    def peak(records: int) -> int:
        kept = Fingerprints()
        tracemalloc.start()
        scan(chunks(records), RecordRules(RecordSchema.PROMPT_COMPLETION), fingerprints=kept)
        repetition(kept, nova=False)
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(RECORDS + 20_000) - peak(20_000) <= 64 * RECORDS


def test_beyond_the_cap_nothing_is_kept() -> None:
    kept = Fingerprints(1500)
    scan(chunks(4000), RecordRules(RecordSchema.PROMPT_COMPLETION), fingerprints=kept)
    assert len(kept) == 1500
    assert kept.full
