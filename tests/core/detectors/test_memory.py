import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune_guard.core.detectors.base import Status, Trace
from finetune_guard.core.detectors.memory import amount
from finetune_guard.core.findings import Finding, NotEnoughData, Quiet, Severity, Signal
from finetune_guard.core.metrics.series import Curve, Floats, MetricSeries
from finetune_guard.core.thresholds import ThresholdPack, override
from tests.core.detectors.curves import PACK, cut, falling, fired, series, trace_of

LEVEL = 10 * 2.0**30


def using(memory: Sequence[float] | Floats, planned: int | None = None, unit: int = 1) -> Curve:
    """A healthy curve that takes so much memory; its plan is its last step unless told otherwise."""
    steps = unit * np.arange(1, len(memory) + 1)
    training = replace(
        series(falling(len(memory)), steps.tolist()), memory=np.array(memory, dtype=np.float64)
    )
    return Curve(training, MetricSeries.empty(), planned or unit * len(memory))


def trace(whole: Curve) -> Trace:
    return trace_of(Signal.MEMORY, whole)


def leak(rows: int = 100, gain: float = 1.0) -> Floats:
    """Memory that has grown by `gain` at the end."""
    made: Floats = LEVEL * (1 + gain * np.arange(rows) / rows)
    return made


def share(rows: int = 100) -> Floats:
    return np.arange(rows) / rows


HARMLESS = {
    "noise": LEVEL * np.exp(np.random.default_rng(0).normal(0, 0.1, 100)),
    "one jump": LEVEL * (1 + (share() > 0.5)),
    "a jump at each epoch": LEVEL * (1 + 0.3 * np.floor(3 * share())),
    "a warm-up": LEVEL * (1 + np.minimum(10 * share(), 1)),
    "a sawtooth": LEVEL * (1 + 0.5 * (np.arange(100) % 10) / 10),
    "a fall": LEVEL * (2 - share()),
    "evaluations": LEVEL * (1 + (np.arange(100) % 10 == 0)),
    "a rise that is small": leak(gain=0.15),
    "the longest record so far": LEVEL
    * (1 + np.maximum.accumulate(np.random.default_rng(2).lognormal(0, 0.5, 100))),
}


def test_fires_on_memory_that_grows_evenly_and_says_what_it_would_be_at_the_end() -> None:
    found = trace(using(leak(), planned=200)).last()

    assert isinstance(found, Finding)
    assert (found.severity, found.may_stop) == (Severity.WARNING, False)
    assert found.observed > found.threshold
    assert "Memory has risen evenly from 11.5 GiB to 19 GiB between step 11 and step 100" in found.sentence
    assert "about 10.1 GiB every 100 steps" in found.sentence
    assert "29.1 GiB at step 200, the end of the plan" in found.sentence


def test_says_so_long_before_the_end() -> None:
    found = trace(using(leak())).first()

    assert found is not None
    assert found.detected_step is not None
    assert found.detected_step <= 35


def test_a_leak_is_found_beside_noise_and_evaluations() -> None:
    memory = leak(200) * np.exp(np.random.default_rng(1).normal(0, 0.03, 200))
    memory[::20] *= 1.5

    assert isinstance(trace(using(memory)).last(), Finding)


def test_a_leak_that_begins_late_is_found() -> None:
    memory = LEVEL * (1 + 2 * np.maximum(share() - 0.5, 0))

    assert isinstance(trace(using(memory)).last(), Finding)


@pytest.mark.parametrize("name", HARMLESS)
def test_is_quiet_at_every_row_on(name: str) -> None:
    assert trace(using(HARMLESS[name])).first() is None


def test_a_rise_that_has_settled_is_quiet_again() -> None:
    seen = trace(using(np.concatenate([leak(40), np.full(60, 2 * LEVEL)])))

    assert seen.first() is not None
    assert isinstance(seen.last(), Quiet)


def test_a_source_without_memory_is_not_enough_data_at_every_row() -> None:
    seen = trace(Curve(replace(series(falling(40)), memory=np.empty(0))))

    assert seen.status.tolist() == [Status.NOT_ENOUGH] * 40
    assert seen.last() == NotEnoughData(Signal.MEMORY, 0, 20)


def test_nineteen_rows_are_too_short() -> None:
    assert trace(using(leak(19))).last() == NotEnoughData(Signal.MEMORY, 19, 20)


def test_rows_without_a_memory_are_passed_over() -> None:
    memory = np.full(300, math.nan)
    memory[::3] = leak()

    assert isinstance(trace(using(memory)).last(), Finding)


@pytest.mark.parametrize(
    ("number", "level", "told"),
    [
        (3 * 2.0**30, 3 * 2.0**30, "3 GiB"),
        (2.0**29, 2.0**30, "0.5 GiB"),
        (5 * 2.0**20, 5 * 2.0**20, "5 MiB"),
        (14.56, 14.56, "14.6"),
    ],
)
def test_an_amount_is_told_in_the_unit_that_suits_it(number: float, level: float, told: str) -> None:
    assert amount(number, level) == told


BYTES = st.one_of(st.floats(1.0, 9.0), st.sampled_from([0.0, -1.0, math.nan, math.inf, 1e308, 5e-324]))


@settings(max_examples=200, deadline=None)
@given(memory=st.lists(BYTES, max_size=60), slope=st.floats(0, 1), early=st.integers(0, 60))
def test_cutting_off_the_future_never_changes_the_past(memory: list[float], slope: float, early: int) -> None:
    with np.errstate(over="ignore"):
        whole = using(np.array(memory) * (1 + slope * np.arange(len(memory))), planned=80)
    full, part = trace(whole), trace(cut(whole, early))

    rows = len(part.status)
    assert full.status[:rows].tolist() == part.status.tolist()
    assert rows == 0 or repr(full.at(rows - 1)) == repr(part.last())


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 999),
    gain=st.floats(0, 3),
    factor=st.sampled_from([0.25, 8.0]),
    unit=st.integers(1, 99),
)
def test_neither_the_unit_of_the_memory_nor_that_of_the_steps_matters(
    seed: int, gain: float, factor: float, unit: int
) -> None:
    memory = leak(60, gain) * np.exp(np.random.default_rng(seed).normal(0, 0.05, 60))

    plain, other = trace(using(memory)), trace(using(memory * factor, unit=unit))

    assert plain.status.tolist() == other.status.tolist()


def stairs(*rises: float) -> Curve:
    """100 rows: 25 at one level, then five times 15, each higher by such a share of the first."""
    levels = 1.0 + np.cumsum([0.0, *rises])
    return using(LEVEL * np.concatenate([np.full(10, 1.0), np.repeat(levels, 15)]))


def first_told(whole: Curve, pack: ThresholdPack = PACK) -> int | None:
    return fired(trace_of(Signal.MEMORY, whole, pack))


@pytest.mark.parametrize(("weak", "answer"), [(0.055, Finding), (0.04, Quiet)])
@pytest.mark.parametrize("place", [2, 3, 4])
def test_each_sixth_must_rise_by_its_share(place: int, weak: float, answer: type[Finding | Quiet]) -> None:
    rises = [0.1] * 5
    rises[place] = weak

    assert isinstance(trace(stairs(*rises)).last(), answer)


@pytest.mark.parametrize(("rise", "answer"), [(0.042, Finding), (0.041, Quiet)])
def test_a_fifth_must_be_gained_from_the_first_sixth_to_the_last(
    rise: float, answer: type[Finding | Quiet]
) -> None:
    assert isinstance(trace(stairs(*[rise] * 5)).last(), answer)


def test_a_sixth_that_stands_still_is_quiet_even_where_no_evenness_is_asked_for() -> None:
    pack = override(PACK, {"memory.evenness": 0})
    assert not isinstance(pack, list)

    still, moves = (trace_of(Signal.MEMORY, stairs(0.1, rise, rise, 0.2, 0.1), pack) for rise in (0.0, 0.01))

    assert isinstance(still.last(), Quiet)
    assert isinstance(moves.last(), Finding)


@pytest.mark.parametrize(("rows", "planned"), [(20, 20), (60, 60), (60, 72)])
def test_a_steep_rise_is_told_on_twenty_rows_if_they_are_a_quarter_of_the_run(
    rows: int, planned: int
) -> None:
    assert first_told(using(leak(rows, 3.0), planned)) == 20


@pytest.mark.parametrize(("planned", "row"), [(80, 27), (100, 34), (120, 34), (140, 40)])
def test_a_rise_must_last_a_quarter_of_the_plan(planned: int, row: int) -> None:
    assert first_told(using(leak(40, 3.0), planned)) == row


def test_the_share_of_the_plan_is_counted_in_steps() -> None:
    assert first_told(using(leak(40, 3.0), planned=1000, unit=10)) == 340


def test_without_a_plan_as_many_rows_again_are_taken_to_come() -> None:
    known = Curve(using(leak(60, 3.0)).training)

    assert first_told(known) == 20


def test_a_rise_of_the_last_half_is_told_when_the_half_has_three_rows_for_each_sixth() -> None:
    memory = LEVEL * (1 + 0.1 * np.maximum(np.arange(1, 49) - 16, 0))

    assert first_told(using(memory)) == 36


def test_a_rise_of_the_last_quarter_is_told_where_a_smaller_share_of_the_run_is_asked_for() -> None:
    memory = LEVEL * (1 + 0.1 * np.maximum(np.arange(1, 97) - 70, 0))
    pack = override(PACK, {"memory.share": 0.2})
    assert not isinstance(pack, list)

    found = trace_of(Signal.MEMORY, using(memory), pack).last()

    assert isinstance(found, Finding)
    assert found.first_step == 73


@pytest.mark.parametrize(("rows", "answer"), [(2, Finding), (3, Quiet)])
def test_what_takes_memory_for_a_row_or_two_is_no_level(rows: int, answer: type[Finding | Quiet]) -> None:
    memory = leak(100)
    memory[80 : 80 + rows] *= 100

    assert isinstance(trace(using(memory)).last(), answer)


@pytest.mark.parametrize("none", [0.0, -1.0, math.inf])
def test_a_row_whose_memory_cannot_be_is_no_row(none: float) -> None:
    memory = np.full(38, none)
    memory[::2] = leak(19)

    assert trace(using(memory)).last() == NotEnoughData(Signal.MEMORY, 19, 20)


def test_the_finding_tells_the_levels_of_the_first_and_the_last_sixth() -> None:
    found = trace(stairs(*[0.15] * 5)).last()

    assert isinstance(found, Finding)
    # Two rows of each sixth show the level before it, by the running median.
    assert (found.first_step, found.last_step) == (11, 100)
    assert found.observed == pytest.approx(LEVEL * 1.73)
    assert found.threshold == pytest.approx(LEVEL * 1.2)
    assert "by 73% (more than 20% counts), about 9.84 GiB every 100 steps." in found.sentence
    assert "end of the plan" not in found.sentence


@pytest.mark.parametrize(("level", "told"), [(2.0**30, "1 GiB"), (2.0**20, "1 MiB"), (2.0**10, "1.02e+03")])
def test_a_unit_is_used_from_one_of_it_on(level: float, told: str) -> None:
    assert amount(level, level) == told


def test_twenty_rows_are_enough_to_be_quiet() -> None:
    assert trace(using([LEVEL] * 20)).status.tolist() == [Status.NOT_ENOUGH] * 19 + [Status.QUIET]


def test_the_fewest_rows_can_be_set() -> None:
    pack = override(PACK, {"memory.minimum_points": 30})
    assert not isinstance(pack, list)

    seen = trace_of(Signal.MEMORY, using(leak(40, 3.0)), pack)

    assert seen.status.tolist() == [Status.NOT_ENOUGH] * 29 + [Status.CERTAIN] * 11


@pytest.mark.parametrize("rows", [1, 2])
def test_a_row_or_two_with_a_memory_are_not_enough(rows: int) -> None:
    assert trace(using([math.nan] * 5 + [LEVEL] * rows)).last() == NotEnoughData(Signal.MEMORY, rows, 20)


def test_a_memory_of_less_than_one_of_its_unit_is_a_memory() -> None:
    found = trace(using(leak() / LEVEL / 8)).last()

    assert isinstance(found, Finding)
    assert "from 0.144 to 0.237 between" in found.sentence
