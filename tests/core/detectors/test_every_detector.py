"""What holds for each detector on any curve."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from finetune_guard.core.detectors.base import Status, Trace
from finetune_guard.core.detectors.registry import DETECTORS, traces
from finetune_guard.core.findings import STOPPING_SIGNALS, Answer, Finding, NotEnoughData, Quiet, Signal
from finetune_guard.core.metrics.runs import read_curve
from finetune_guard.core.metrics.series import Curve, MetricSeries
from tests.core.detectors.curves import PACK, curve, cut, falling, series, trace_of

SIGNALS = sorted(DETECTORS)
each_signal = pytest.mark.parametrize("signal", SIGNALS)

LEVELS = st.sampled_from([0.0, 0.01, 0.69, 1.0, 1.39, 1.4, 2.0, 2.8, 30.0, math.nan, math.inf, -math.inf])
NOISY = st.floats(0.2, 5.0)
LOSSES = st.lists(st.one_of(LEVELS, NOISY), max_size=40)
#: A curve is cut at every so many of its moments; which ones, is drawn. A cut holds every row before it.
EVERY = 4


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    """Any curve: noise, plateaus, jumps, zeros, non-finite rows, jumping steps, sometimes evaluations."""
    parts = draw(
        st.lists(st.tuples(st.floats(0.3, 4.0), st.integers(1, 12), st.floats(0.0, 0.2)), max_size=5)
    )
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    losses = [level * math.exp(rng.normal(0, noise)) for level, rows, noise in parts for _ in range(rows)]
    for row in draw(st.lists(st.integers(0, max(len(losses) - 1, 0)), max_size=3)):
        if losses:
            losses[row] = draw(LEVELS)
    gaps = draw(st.lists(st.integers(1, 9), min_size=len(losses), max_size=len(losses)))
    steps = np.cumsum(gaps).astype(np.int64)
    at = sorted(draw(st.sets(st.sampled_from(steps.tolist()), max_size=6))) if losses else []
    validation = series([draw(st.one_of(LEVELS, NOISY)) for _ in at], at)
    known = draw(st.booleans()) and len(steps) > 0
    return Curve(series(losses, steps.tolist()), validation, int(steps[-1]) if known else None)


@each_signal
def test_an_empty_curve_is_not_enough_data(signal: Signal) -> None:
    answer = trace_of(signal, curve([])).last()

    assert isinstance(answer, NotEnoughData)
    assert answer.have == 0


@each_signal
def test_one_point_is_no_finding(signal: Signal) -> None:
    assert not isinstance(trace_of(signal, curve([1.5])).last(), Finding)


@each_signal
def test_a_healthy_run_is_quiet_at_every_row(signal: Signal) -> None:
    trace = trace_of(
        signal, curve(falling(200), validation=series([2.0, 1.5, 1.2, 1.1], [50, 100, 150, 200]))
    )

    assert set(trace.status.tolist()) <= {Status.NOT_ENOUGH, Status.QUIET}
    assert isinstance(trace.last(), Quiet)


@each_signal
def test_a_constant_loss_that_is_no_chance_level_is_quiet(signal: Signal) -> None:
    assert trace_of(signal, curve([1.7] * 60)).first() is None


@each_signal
def test_a_curve_of_nothing_but_nan_only_concerns_the_non_finite_detector(signal: Signal) -> None:
    found = trace_of(signal, curve([math.nan] * 20)).first()

    assert (found is not None) == (signal is Signal.NON_FINITE)


@each_signal
def test_infinite_points_among_the_others_change_no_other_detector(signal: Signal) -> None:
    losses = np.insert(falling(60), [20, 40, 40], [math.inf, math.nan, -math.inf])

    found = trace_of(signal, curve(losses)).first()

    assert (found is not None) == (signal is Signal.NON_FINITE)


@each_signal
def test_steps_that_jump_are_no_fault(signal: Signal) -> None:
    steps = np.cumsum([1, 1, 500, 1, 1] * 20).tolist()

    assert trace_of(signal, curve(falling(100), steps)).first() is None


def log_of(losses: list[float], steps: list[int], copies: int) -> bytes:
    """A log that writes each row so many times, as one does that was flushed twice."""
    rows = (f"{step},0,{loss}\n" * copies for step, loss in zip(steps, losses, strict=True))
    return f"step_number,epoch_number,training_loss\n{''.join(rows)}".encode()


@each_signal
def test_steps_that_repeat_and_jump_give_the_same_answer_as_steps_that_do_not_repeat(signal: Signal) -> None:
    losses = [*falling(30).tolist(), *(3.0 * falling(30)).tolist()]
    steps = np.cumsum([1, 1, 50, 1, 7] * 12).tolist()

    once, thrice = (read_curve("log.csv", log_of(losses, steps, copies)) for copies in (1, 3))

    assert len(thrice.training) == len(once.training) == 60
    answers = [trace_of(signal, read) for read in (once, thrice)]
    assert answers[0].status.tolist() == answers[1].status.tolist()
    assert told(answers[0].last()) == told(answers[1].last())


@pytest.fixture(scope="module")
def million() -> dict[Signal, Trace]:
    """A run that learns, judged once for all signals."""
    rows = 1_000_000
    whole = curve(falling(rows), validation=series(falling(rows, noise=0.001, seed=1)))
    return {trace.signal: trace for trace in traces(whole, PACK)}


@each_signal
def test_a_curve_of_a_million_rows_is_judged_at_every_row(
    signal: Signal, million: dict[Signal, Trace]
) -> None:
    trace = million[signal]

    assert len(trace.status) == 1_000_000
    assert trace.status[-1] == Status.QUIET


@each_signal
def test_losses_at_the_ends_of_the_float_range_raise_and_warn_nothing(signal: Signal) -> None:
    losses = [1e308, 1e-308, 5e-324, 1.7e308, 0.0, 1e-320] * 5

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert trace_of(signal, curve(losses)).signal is signal


@settings(max_examples=150, deadline=None)
@given(whole=curves(), first=st.integers(0, EVERY - 1))
@example(whole=curve([0.0, 0.0, 2.0, 2.0] * 5), first=0)
@example(whole=Curve(MetricSeries.empty(), series([1.0, 0.9, 1.5, 1.6, 1.7]), None), first=1)
def test_cutting_off_the_future_never_changes_the_past(whole: Curve, first: int) -> None:
    moments = np.union1d(whole.training.step, whole.validation.step)
    full = {trace.signal: trace for trace in traces(whole, PACK)}
    for step in moments[first::EVERY].tolist():
        for trace in traces(cut(whole, step), PACK):
            assert_same_past(full[trace.signal], trace)


def assert_same_past(full: Trace, early: Trace) -> None:
    rows = len(early.status)
    assert full.steps[:rows].tolist() == early.steps.tolist()
    assert full.status[:rows].tolist() == early.status.tolist()
    if rows:
        assert told(full.at(rows - 1)) == told(early.last())


def told(answer: Answer) -> str:
    """As text, since NaN is not equal to itself."""
    return repr(answer)


@settings(max_examples=200, deadline=None)
@given(whole=curves(), factor=st.sampled_from([0.25, 8.0, 1024.0]))
def test_a_curve_times_a_constant_gives_the_same_findings(whole: Curve, factor: float) -> None:
    scaled = Curve(
        series(whole.training.loss * factor, whole.training.step.tolist()),
        series(whole.validation.loss * factor, whole.validation.step.tolist()),
        whole.planned_steps,
    )
    for one, other in zip(traces(whole, PACK), traces(scaled, PACK), strict=True):
        if one.signal is not Signal.STAGNATION:  # its chance levels are absolute
            assert one.status.tolist() == other.status.tolist(), one.signal


@settings(max_examples=200, deadline=None)
@given(whole=curves(), factor=st.sampled_from([2, 10, 1000]))
def test_steps_carry_the_time_whatever_their_unit(whole: Curve, factor: int) -> None:
    plan = whole.planned_steps
    stretched = Curve(
        series(whole.training.loss, (whole.training.step * factor).tolist()),
        series(whole.validation.loss, (whole.validation.step * factor).tolist()),
        None if plan is None else plan * factor,
    )
    for one, other in zip(traces(whole, PACK), traces(stretched, PACK), strict=True):
        if len(whole.training) > 1:
            assert one.status[1:].tolist() == other.status[1:].tolist(), one.signal


@settings(max_examples=200, deadline=None)
@given(losses=LOSSES)
def test_a_finding_is_built_for_every_row_that_fires_and_for_no_other(losses: list[float]) -> None:
    for trace in traces(curve(losses), PACK):
        for row, status in enumerate(trace.status):
            answer = trace.at(row)
            assert isinstance(answer, Finding) == (status >= Status.SUSPECTED)
            if isinstance(answer, Finding):
                assert answer.signal is trace.signal
                assert answer.first_step is not None
                assert answer.detected_step is not None
                assert answer.first_step <= answer.detected_step <= trace.steps[row]


def test_only_what_does_not_recover_may_stop_a_job() -> None:
    can_stop = {signal for signal in SIGNALS if getattr(PACK, signal).severity == "critical"}

    assert can_stop == STOPPING_SIGNALS
