from dataclasses import replace
from pathlib import Path

import pytest

from finetune_guard.cli.run_page import page_of_run, write_run_page
from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.jobs import JobStatus
from finetune_guard.core.metrics_log import MetricLine
from finetune_guard.core.run_curve import Logs
from finetune_guard.core.runs import Run
from tests import builders, example_runs
from tests.cli.pages import Page, read


def logged(run: Run) -> Logs:
    rows = (MetricLine(1, None, "training_loss", 2.0), MetricLine(50, None, "training_loss", 1.0))
    evaluated = (MetricLine(50, None, "validation_loss", 1.5),)
    return {job.request.job_name: rows + evaluated for job in run.jobs}


def page(run: Run) -> Page:
    return read(page_of_run(run, logged(run)))


def test_the_full_run_is_one_curve_with_its_borders_marked() -> None:
    made = page(example_runs.keep_best())
    full = made.data["curves"][0]
    assert made.title == "Run support-bot-0123456789"
    assert full["training"]["step"] == [1, 50, 51, 100, 101, 150]
    assert full["validation"]["step"] == [50, 100, 150]
    assert full["borders"] == [{"step": 51, "text": "2"}, {"step": 101, "text": "3"}]
    assert made.data["bordered"] is True


def test_the_candidates_of_a_sweep_are_drawn_over_the_one_that_was_chosen() -> None:
    (rehearsal,) = page(example_runs.sweep_chosen()).data["curves"]
    assert rehearsal["name"] == "rehearsal at 0.0001"
    assert [other["name"] for other in rehearsal["others"]] == ["rehearsal at 0.0003", "rehearsal at 0.00003"]
    assert rehearsal["others"][0]["training"] == {"step": [1, 50], "loss": [2.0, 1.0]}


def test_decision_money_and_what_is_left_stand_above_the_curves() -> None:
    about = page(example_runs.keep_best()).data["about"]
    for part in (
        "COMPLETED: support-bot",
        "Decision: keep best.",
        "Money: about $10.50",
        "Your model (segment 2 of 4",
    ):
        assert part in about


def test_a_finding_that_later_segments_show_again_is_told_once() -> None:
    run = example_runs.keep_best()
    jobs = (*run.jobs[:-2], *(replace(job, findings=(builders.finding(),)) for job in run.jobs[-2:]))
    assert len(page(replace(run, jobs=jobs)).data["curves"][0]["findings"]) == 1


def test_a_stopped_job_s_curve_ends_with_the_stop() -> None:
    run = example_runs.ended_by_a_person()
    assert run.jobs[-1].status is JobStatus.STOPPED
    assert page(run).data["curves"][0]["stop_step"] == 100


def test_a_run_without_a_job_has_a_page_without_a_curve() -> None:
    assert page(builders.run()).data["curves"] == []


def test_nothing_in_a_record_can_become_code() -> None:
    evil = "</script><script>alert(1)</script>"
    text = page_of_run(builders.run(job_name=evil), {})
    assert "<script>alert" not in text


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("")
    with pytest.raises(InvalidInputError, match="Cannot write"):
        write_run_page(taken / "page.html", builders.run(), {})
