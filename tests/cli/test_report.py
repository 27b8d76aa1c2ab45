import json
from dataclasses import replace
from pathlib import Path

import pytest

from finetune_guard.cli.story import story
from finetune_guard.core.decisions import DatedDecision, Decision, DecisionKind, RunStatus
from finetune_guard.core.jobs import JobRecord, JobStatus, StopOrder, StopReason
from finetune_guard.core.metrics_log import MetricLine, metric_lines
from finetune_guard.core.plans import Stage
from finetune_guard.core.runs import Run
from finetune_guard.core.verdict import VerdictKind
from tests import builders
from tests.builders import START
from tests.cli.session import FakeSession, typed
from tests.fakes.world import World


def ended(status: RunStatus, kind: DecisionKind, *jobs: JobRecord) -> Run:
    decision = DatedDecision(Decision(kind, "full.line", "The reason."), "full-0-0", START)
    return builders.run(
        status=status,
        decisions=(decision,),
        ended_at=builders.later(hours=2),
        report_uri="s3://bucket/runs/r/report.json",
        jobs=jobs,
    )


def kept(run: Run) -> FakeSession:
    world = World()
    world.store.add_run(replace(run, jobs=()))
    for job in run.jobs:
        world.store.add_job(job)
    return FakeSession(world)


HEALTHY = ended(
    RunStatus.COMPLETED,
    DecisionKind.PROCEED,
    builders.completed(),
    builders.completed(stage=Stage.FULL),
)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (RunStatus.COMPLETED, DecisionKind.PROCEED, 0),
        (RunStatus.REFUSED, DecisionKind.REFUSE, 3),
        (RunStatus.STOPPED, DecisionKind.STOP, 3),
        (RunStatus.FAILED, DecisionKind.REFUSE, 1),
    ],
)
def test_the_exit_code_says_what_the_run_came_to(status: RunStatus, kind: DecisionKind, code: int) -> None:
    run = ended(status, kind, builders.completed(stage=Stage.FULL))
    assert typed(kept(run), "report", run.run_id).exit_code == code


def test_a_run_that_is_under_way_is_told_as_far_as_it_is() -> None:
    run = builders.run(jobs=(builders.running(),))
    result = typed(kept(run), "report", run.run_id)
    assert result.exit_code == 0
    assert "STILL RUNNING" in result.stdout
    assert "STILL RUNNING AND BILLING" in result.stdout


def test_json_is_the_result_alone_on_stdout() -> None:
    result = typed(kept(HEALTHY), "report", HEALTHY.run_id, "--json")
    told = json.loads(result.stdout)
    assert told["outcome"] == "completed"
    assert told["stages"][1]["verdict"] == "healthy"
    assert told["schema_version"] == 1
    assert "COMPLETED: support-bot" in result.stderr


def test_the_story_names_plan_jobs_decision_money_and_what_is_left() -> None:
    text = story(HEALTHY, 300)
    for chapter in (
        "What was planned",
        "The rehearsal",
        "The full run",
        "What was decided",
        "Money",
        "What is left",
    ):
        assert chapter in text
    assert "policy full.line" in text
    assert "curve at completion" in text
    assert "your model: arn:aws:bedrock" in text
    assert "s3://bucket/runs/r/report.json" in text


def test_a_stop_is_told_with_who_ordered_it_and_what_bedrock_confirmed() -> None:
    order = StopOrder(
        StopReason.FINDING, "The loss rose.", START, START, builders.later(minutes=5), "Stopped"
    )
    job = builders.running(
        stage=Stage.FULL,
        status=JobStatus.STOPPED,
        stop=order,
        verdict=VerdictKind.DIVERGED,
        findings=(builders.finding(),),
    )
    text = story(ended(RunStatus.STOPPED, DecisionKind.STOP, job), 200)
    assert "Stop ordered 2026-11-24 12:00 UTC (finding), confirmed 2026-11-24 12:05 UTC as Stopped" in text
    assert "CRITICAL divergence at step 60 to 72: The loss rose from 1.9 to 5.1" in text
    assert "Lower the learning rate." in text


@pytest.mark.fault(74)
def test_nothing_in_a_record_can_write_to_the_terminal() -> None:
    evil = "\x1b[31mred\x1b[0m [bold]not bold[/bold]\r\nSubject: x"
    job = builders.running(stage=Stage.FULL, status=JobStatus.FAILED, failure=evil, verdict_reason=evil)
    run = replace(ended(RunStatus.FAILED, DecisionKind.REFUSE, job), job_name=evil)
    result = typed(kept(run), "report", run.run_id)
    assert "\x1b" not in result.output
    assert "\r" not in result.output
    assert "[bold]not bold[/bold]" in result.output


@pytest.mark.parametrize("width", [40, 80, 110])
def test_no_line_is_wider_than_the_terminal_but_for_what_must_be_copied(width: int) -> None:
    wide = [line for line in story(HEALTHY, width).splitlines() if len(line) > width]
    assert all("arn:" in line or "s3://" in line or "support-bot" in line for line in wide)


def test_following_an_ended_run_tells_it_at_once(tmp_path: Path) -> None:
    result = typed(kept(HEALTHY), "report", HEALTHY.run_id, "--follow", "--log-dir", tmp_path)
    assert result.exit_code == 0
    assert "COMPLETED: support-bot" in result.stdout


def test_a_page_of_the_run_s_curves_is_written(tmp_path: Path) -> None:
    page = tmp_path / "pages" / "run.html"
    result = typed(kept(HEALTHY), "report", HEALTHY.run_id, "--html", page)
    assert result.exit_code == 0
    assert f"Drawn: {page}" in result.stderr
    assert "The full run" in page.read_text()


def test_a_page_is_written_of_a_followed_run_too(tmp_path: Path) -> None:
    page = tmp_path / "run.html"
    words = ("report", HEALTHY.run_id, "--follow", "--log-dir", tmp_path, "--html", page)
    assert typed(kept(HEALTHY), *words).exit_code == 0
    assert page.exists()


def test_the_curves_are_those_of_the_metrics_log() -> None:
    session = kept(HEALTHY)
    rows = [MetricLine(step, None, "training_loss", 9 - step / 10) for step in range(1, 50)]
    name = HEALTHY.jobs[1].request.job_name
    session.world.journal.keep(f"metrics/{name}/metrics.jsonl", metric_lines(rows).encode(), "")
    assert "8.9 ┤" in typed(session, "report", HEALTHY.run_id).stdout
