from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.carrying import restart_cost
from finetune_guard.core.layout import layout, smallest
from finetune_guard.core.segment_count import (
    FAILURE_CHANCE,
    MOST_BY_ITSELF,
    Count,
    Wanted,
    count,
    gain,
)
from finetune_guard.core.verdict import FEWEST_ROWS

PLAIN = Wanted(
    segments=3,
    interval_minutes=None,
    epochs=3,
    records=3000,
    min_records=8,
    records_per_step=16,
    minutes=None,
    accepts=None,
    can_probe=True,
)


def wanted(**changes: object) -> Wanted:
    return replace(PLAIN, **changes)  # type: ignore[arg-type]


def notes(**changes: object) -> str:
    return " ".join(count(wanted(**changes)).notes)


def test_where_nothing_is_asked_there_is_one_job_and_nothing_to_say() -> None:
    assert count(wanted(segments=None)) == Count(1)
    assert count(wanted(segments=1)) == Count(1)


@pytest.mark.parametrize("asked", [2, 3, 6])
def test_the_number_that_is_asked_is_given_where_the_data_allows_and_its_cost_is_told(
    asked: int,
) -> None:
    counted = count(wanted(segments=asked))
    assert counted.segments == asked
    assert f"{asked} segments: optimizer and warm-up start anew" in " ".join(counted.notes)


def test_where_the_data_is_too_small_the_most_that_is_possible_is_given_and_said() -> None:
    counted = count(wanted(segments=9, epochs=1, records=1000))
    assert counted.segments == 1000 // (16 * FEWEST_ROWS)
    assert f"a curve needs {FEWEST_ROWS} rows" in " ".join(counted.notes)
    assert "the base takes no fewer" in notes(segments=3, epochs=1, records=500, min_records=400)


def test_a_file_too_small_for_two_is_one_job_and_no_cost_of_a_restart_is_told() -> None:
    counted = count(wanted(segments=2, epochs=1, records=200))
    assert counted.segments == 1
    assert "one job is possible" in " ".join(counted.notes)
    assert "start anew" not in " ".join(counted.notes)


@given(
    asked=st.integers(2, 12),
    epochs=st.integers(1, 6),
    records=st.integers(1, 20_000),
    per_step=st.one_of(st.none(), st.floats(0.5, 256)),
    least=st.integers(1, 2_000),
)
def test_no_segment_is_below_what_the_base_takes_or_a_curve_needs(
    asked: int, epochs: int, records: int, per_step: float | None, least: int
) -> None:
    given_ = wanted(
        segments=asked, epochs=epochs, records=records, records_per_step=per_step, min_records=least
    )
    segments = count(given_).segments
    assert 1 <= segments <= asked
    if segments > 1:
        enough = max(least, FEWEST_ROWS * (per_step or 1))
        assert smallest(layout(epochs, segments), records) >= enough


@pytest.mark.parametrize("segments", [3, "auto"])
def test_a_base_that_is_known_to_refuse_gets_one_job_with_a_reason(segments: object) -> None:
    counted = count(wanted(segments=segments, accepts=False))
    assert counted.segments == 1
    assert f"run.segments is {segments}: the full run is one job." in counted.notes[0]


def test_without_a_rehearsal_a_base_that_is_not_known_gets_one_job_and_one_that_is_gets_segments() -> None:
    assert count(wanted(can_probe=False)).segments == 1
    assert "start a RehearseThenRun once" in notes(can_probe=False)
    assert count(wanted(can_probe=False, accepts=True)).segments == 3


def test_a_service_that_stops_early_by_itself_is_cut_only_where_a_number_is_given() -> None:
    assert count(wanted(segments="auto", stops_early=True)).segments == 1
    assert count(wanted(segments=3, stops_early=True)).segments == 3


def test_auto_takes_the_number_that_gains_most_and_says_what_it_weighed() -> None:
    counted = count(wanted(segments="auto"))
    best = max(range(1, MOST_BY_ITSELF + 1), key=gain)
    assert counted.segments == best
    assert counted.notes[0].startswith(f"Segments auto: {best}.")


@pytest.mark.parametrize("takes_warm_up", [True, False])
def test_the_gain_is_waste_avoided_less_what_restarts_cost_at_most(takes_warm_up: bool) -> None:
    assert gain(1, takes_warm_up) == 0
    cost = restart_cost(3, takes_warm_up)
    assert gain(3, takes_warm_up) == pytest.approx(FAILURE_CHANCE * 2 / 3 - cost.high)


@pytest.mark.parametrize(("interval", "segments"), [(60, 3), (90, 2), (10, 3), (500, 1)])
def test_an_interval_with_a_known_pace_sets_the_number_within_what_auto_takes(
    interval: float, segments: int
) -> None:
    assert count(wanted(segments=None, interval_minutes=interval, minutes=180.0)).segments == segments
    assert count(wanted(segments="auto", interval_minutes=interval, minutes=180.0)).segments == segments


def test_a_number_wins_over_the_interval_and_what_is_possible_is_told() -> None:
    counted = count(wanted(segments=2, interval_minutes=30, minutes=180.0))
    assert counted.segments == 2
    assert "possible is one about every 90 minutes" in counted.notes[-1]


def test_an_interval_that_is_nearly_met_is_worth_no_sentence() -> None:
    assert "is asked; possible" not in notes(segments=3, interval_minutes=60, minutes=180.0)
    assert "is asked; possible" not in notes(segments=3, interval_minutes=50, minutes=187.4)
    assert "is asked; possible" in notes(segments=3, interval_minutes=50, minutes=188.0)


def test_an_interval_with_no_known_pace_says_that_the_pace_is_not_known() -> None:
    counted = count(wanted(segments=None, interval_minutes=30))
    assert counted.segments > 1
    assert "how long the training takes is not known" in counted.notes[-1]


def test_an_interval_that_cannot_be_had_is_named_by_its_own_key() -> None:
    counted = count(wanted(segments=None, interval_minutes=30, accepts=False))
    assert "run.validation_interval_minutes is 30: the full run is one job." in counted.notes[0]
