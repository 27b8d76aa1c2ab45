"""A played day of the stack uses what its cost is computed from."""

import pytest

from finetune_guard.core import stack_cost
from tests.cost.month import LISTED, MARKS, PAGE, STEP_METRICS, Month, measured
from tests.infra.test_stack_cost import metrics_of

#: What is said may be this much below or above what is counted; below would be a page that promises too much.
LOWEST, HIGHEST = 0.99, 3.05


@pytest.fixture(scope="module")
def quiet() -> Month:
    return Month(runs_a_day=0).play(days=1)


@pytest.fixture(scope="module")
def busy() -> Month:
    return Month(runs_a_day=4).play(days=1)


def test_what_an_idle_stack_is_said_to_use_is_not_less_than_what_is_counted(quiet: Month) -> None:
    ratios = {part.what: round(part.ratio, 2) for part in measured(quiet)}
    assert len(ratios) == 6
    assert {what: ratio for what, ratio in ratios.items() if not LOWEST <= ratio <= HIGHEST} == {}


def test_what_runs_are_said_to_use_is_not_less_than_what_is_counted(busy: Month) -> None:
    ratios = {part.what: round(part.ratio, 2) for part in measured(busy)}
    assert set(ratios) == LISTED
    assert {what: ratio for what, ratio in ratios.items() if not LOWEST <= ratio <= HIGHEST} == {}


def test_a_day_has_its_ticks_its_runs_and_their_hours(quiet: Month, busy: Month) -> None:
    assert quiet.meter.of("clock") == busy.meter.of("clock") == 24 * 60 + 24
    assert quiet.meter.of("invocation") == 24 * 60 + 24
    assert (busy.runs, busy.meter.of("mail")) == (4, 4)
    assert 15.5 <= busy.job_minutes / 60 <= 17


def test_the_calls_of_the_watch_that_events_make_are_those_that_are_said(busy: Month) -> None:
    watch = busy.meter.units[("watch", "invocation")]
    assert (watch - 24 * 60) / busy.runs == stack_cost.WAKES


def test_the_metrics_of_the_steps_are_those_that_they_write() -> None:
    assert {name: set(metrics) for name, metrics in STEP_METRICS.items()} == {
        name: metrics_of(name) for name in STEP_METRICS
    }


def test_a_unit_that_is_said_too_low_is_seen(busy: Month, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the writes of the table were, by half, before they were counted."""
    cheaper = tuple(
        stack_cost.Use(use.what, use.price, use.idle, use.job_hour / 3, use.run) for use in stack_cost.USES
    )
    monkeypatch.setattr(stack_cost, "USES", cheaper)
    low = {part.what for part in measured(busy) if part.ratio < LOWEST}
    assert "DynamoDB: writes" in low


def test_the_page_has_a_month_that_was_played() -> None:
    made = PAGE.read_text("utf-8").partition(MARKS[0])[2].partition(MARKS[1])[0]
    assert made.startswith("\n| units in 30 days |")
    assert [what for what in LISTED if f"| {what} |" not in made] == []
