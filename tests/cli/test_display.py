import io
import math
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from finetune_guard.cli.changes import job_facts
from finetune_guard.cli.display import job_panel, run_panel
from finetune_guard.cli.story import story
from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.jobs import HeldStop, StopOrder, StopReason
from finetune_guard.core.plans import Stage
from finetune_guard.core.verdict import Evidence, VerdictKind
from finetune_guard.usecases.follow import Sight
from tests import builders, example_runs
from tests.builders import START

TAIL = tuple(2.0 * 0.97**step for step in range(39))
NOW = builders.later(hours=2, minutes=3)


def drawn(content: RenderableType, width: int = 80) -> str:
    file = io.StringIO()
    Console(file=file, width=width, markup=False, highlight=False, emoji=False).print(content)
    return file.getvalue()


def diverging() -> Sight:
    run = builders.run()
    job = builders.running(
        run,
        Stage.FULL,
        seen=CurveSeen(230, 230, math.nan, 2.0, 1.5, START, (*TAIL, math.nan), live=True),
        verdict=VerdictKind.DIVERGED,
        evidence=Evidence.LIVE_CURVE,
        findings=(builders.finding(),) * 5,
        findings_total=5,
        shadow_stop="The loss rose.",
    )
    return Sight(replace(run, jobs=(builders.completed(run), job)))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_phase_time_steps_loss_curve_evidence_findings_and_cost_are_all_there(width: int) -> None:
    shown = drawn(run_panel(diverging(), NOW, START), width)
    for part in ("training", "2:03:00", "step 230 of", "NaN", "▁", "live curve", "divergence", "cost"):
        assert part in shown, part
    assert max(len(line) for line in shown.splitlines()) <= width


def test_findings_beyond_a_few_are_counted() -> None:
    assert "and 2 more findings" in drawn(run_panel(diverging(), NOW, START))


def test_money_spent_and_money_that_may_follow_are_told_apart() -> None:
    shown = drawn(run_panel(diverging(), NOW, START), 120)
    assert "about $1.00 + up to $9.00 for what is running; whole plan about $10.00" in shown


def test_a_run_without_a_record_is_starting() -> None:
    assert "pre-flight" in drawn(run_panel(Sight(), NOW, START))


def test_a_trouble_is_told_below() -> None:
    assert "cannot look just now" in drawn(run_panel(replace(diverging(), trouble="throttled"), NOW, START))


def test_markup_and_escapes_in_names_are_shown_as_text() -> None:
    run = builders.run(job_name="[red]x[/red]\x1b[2J")
    shown = drawn(run_panel(Sight(run), NOW, START))
    assert "[red]x[/red]\\x1b[2J" in shown
    assert "\x1b" not in shown


def test_a_stop_says_how_far_it_is() -> None:
    order = StopOrder(StopReason.PERSON, "A person ordered it.", START)
    job = builders.running(stage=Stage.FULL, stop=order)
    states = (order, replace(order, called_at=START), replace(order, confirmed_at=START, outcome="Stopped"))
    shown = [drawn(job_panel(replace(job, stop=stop), NOW, [], "job")) for stop in states]
    assert "ordered" in shown[0]
    assert "asked, not confirmed yet" in shown[1]
    assert "confirmed by Bedrock: Stopped" in shown[2]


def test_what_cannot_be_read_is_said_in_the_display_of_a_job() -> None:
    assert "bucket is not yours" in drawn(job_panel(builders.running(), NOW, ["bucket is not yours"], "job"))


def test_a_stop_that_the_breaker_held_back_is_shown_everywhere_until_it_is_made() -> None:
    held = HeldStop("The loss rose.", 3, START, builders.later(hours=1))
    job = builders.running(stage=Stage.FULL, held=held)
    why = "3 jobs had been stopped for their curves in the hour before. The loss rose."
    assert f"not stopped: {why}" in drawn(job_panel(job, NOW, [], "x"), 160)
    assert f"NOT STOPPED, breaker: {why}" in job_facts(job, "").values()
    made = replace(job, stop=StopOrder(StopReason.FINDING, "The loss rose.", NOW))
    assert "not stopped" not in drawn(job_panel(made, NOW, [], "x"), 160)
    told = story(replace(builders.run(), jobs=(made,)), 200)
    assert f"NOT STOPPED, breaker, 2026-11-24 12:00 UTC: {why}" in told


@pytest.mark.parametrize(("right", "said"), [(True, "Rightly"), (False, "Wrongly"), (None, "rose.\n")])
def test_the_story_says_whether_the_stop_of_the_shadow_would_have_been_right(
    right: bool | None, said: str
) -> None:
    job = builders.completed(stage=Stage.FULL, shadow_stop="The loss rose.", shadow_right=right)
    assert said in story(replace(builders.run(), jobs=(job,)), 200).partition("WOULD HAVE STOPPED")[2]


def test_a_run_that_asks_says_what_until_when_and_how_to_answer() -> None:
    run = example_runs.asking()
    shown = drawn(run_panel(Sight(run), NOW, START), 120)
    assert "waits for your answer until 11-25 13:00 UTC, then refuse" in shown
    assert f"finetune-guard answer {run.run_id} proceed" in shown


def test_segments_probe_and_the_rates_of_a_sweep_are_named() -> None:
    segmented = drawn(run_panel(Sight(example_runs.keep_best()), NOW, START), 100)
    for name in ("probe", "segment 2 of 4"):
        assert name in segmented
    assert "rehearsal at 0.0003" in drawn(run_panel(Sight(example_runs.sweep_chosen()), NOW, START), 100)


def test_what_a_stopped_job_may_have_cost_is_told_beside_the_estimate() -> None:
    shown = drawn(run_panel(Sight(example_runs.ended_by_a_person()), NOW, START), 120)
    assert "about $5.70 (at most $7.50); whole plan about $10.50" in shown
