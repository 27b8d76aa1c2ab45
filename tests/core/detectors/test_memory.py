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
from tests.core.detectors.curves import cut, falling, series, trace_of

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
