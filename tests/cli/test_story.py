from dataclasses import replace

import pytest

from finetune_guard.cli.story import story
from finetune_guard.core.metrics_log import MetricLine
from finetune_guard.core.runs import Run
from finetune_guard.usecases.run_curves import RunLogs
from tests import builders, example_runs


def logged(run: Run) -> RunLogs:
    """A falling curve of 50 rows for each job."""
    rows = tuple(MetricLine(step, None, "training_loss", 3 - step / 50) for step in range(1, 51))
    return RunLogs({job.request.job_name: rows for job in run.jobs})


def told(run: Run, width: int = 80) -> str:
    return story(run, width, logged(run))


def chapter(text: str, title: str) -> str:
    return next(part for part in text.split("\n\n") if part.startswith(f"{title}\n"))


def test_the_plan_names_every_segment_and_the_probe() -> None:
    plan = chapter(told(example_runs.keep_best(), 200), "What was planned")
    assert "in 4 segments" in plan
    assert "segment 4: 100 records, once, about 50 steps" in plan
    assert "before them a probe: 100 records" in plan


def test_a_sweep_is_a_table_with_every_rate_its_loss_verdict_and_curve() -> None:
    rows = chapter(told(example_runs.sweep_chosen()), "The rehearsal").splitlines()
    assert rows[1] == "  - a sweep of learningRate, compared by validation loss:"
    assert rows[2].split()[:3] == ["rate", "loss", "verdict"]
    cells = [row.split() for row in rows[3:6]]
    assert [cell[0] for cell in cells] == ["0.00003", "0.0001", "0.0003"]
    assert [cell[1] for cell in cells] == ["1.4", "1.2", "1.6"]
    assert [row.endswith("chosen") for row in rows[3:6]] == [False, True, False]
    assert "too hot" in rows[5]
    assert all("█" in row and "▁" in row for row in rows[3:6])


def test_the_full_run_is_one_picture_with_a_border_before_each_later_segment() -> None:
    full = chapter(told(example_runs.keep_best()), "The full run")
    top, names = full.splitlines()[1], full.splitlines()[6]
    assert top.count("┊") == 2
    assert names.split() == ["1", "2", "3"]
    assert "segment 2 from step 51 (validation loss 1.2)" in full.replace("\n    ", " ")
    assert "ITS MODEL IS KEPT" in full


def test_a_segment_says_which_model_it_started_from() -> None:
    run = example_runs.keep_best()
    full = chapter(told(run, 300), "The full run")
    assert f"It started from {run.jobs[2].model_arn}" in full


def test_questions_and_answers_are_told_and_how_to_answer() -> None:
    run = example_runs.asking()
    text = told(run, 200)
    assert "It waits for your answer until 11-25 13:00 UTC, then refuse" in text
    asked = chapter(text, "What a person was asked")
    assert f"finetune-guard answer {run.run_id} proceed" in asked
    answered = replace(run.questions[0], reply=run.questions[0].default, replied_at=builders.later(hours=2))
    later = chapter(told(replace(run, questions=(answered,))), "What a person was asked")
    assert "Answered 2026-11-24 14:00 UTC: refuse." in later
    assert "finetune-guard answer" not in later


def test_money_is_an_estimate_beside_a_bound_and_what_was_saved_is_explained() -> None:
    money = chapter(told(example_runs.ended_by_a_person(), 300), "Money")
    assert "spent about $5.70 (at most $7.50) of $10.50 planned" in money
    assert "so about $4.80 was not spent ($3.00 at least)" in money


def test_what_is_left_begins_with_the_kept_model_and_says_when_the_others_go() -> None:
    left = chapter(told(example_runs.keep_best(), 300), "What is left").splitlines()
    assert left[1].endswith("(of segment 2 of 4, $1.95 a month to keep)")
    assert "the model of segment 1 of 4, which will be deleted after 2026-11-24 17:00 UTC" in left[4]


def test_the_command_that_puts_the_model_to_use_stands_as_it_can_be_copied() -> None:
    use = chapter(told(example_runs.keep_best(), 60), "How to use the model")
    assert (
        "    aws bedrock create-provisioned-model-throughput --provisioned-model-name "
        "support-bot-0123456789 \\\n      --model-units 1 --model-id arn:aws:"
    ) in use


def test_the_executions_of_a_resumed_run_are_named() -> None:
    run = replace(example_runs.keep_best(), executions=("arn:aws:states:::execution:M:before",))
    assert "before the run was resumed: arn:aws:states:::execution:M:before" in told(run, 300)


def test_logs_that_cannot_be_read_are_told_and_the_last_losses_are_drawn() -> None:
    text = story(example_runs.keep_best(), 200, RunLogs({}, "You may not read the bucket."))
    assert "so only the last losses are drawn: You may not read the bucket." in text
    assert "┊" in chapter(text, "The full run")


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize(
    "run", [example_runs.keep_best(), example_runs.sweep_chosen(), example_runs.asking()]
)
def test_no_line_is_wider_than_the_terminal_but_for_what_must_be_copied(run: Run, width: int) -> None:
    wide = [line for line in told(run, width).splitlines() if len(line) > width]
    assert all("arn:" in line or "aws bedrock" in line or "finetune-guard" in line for line in wide)


def test_a_decision_is_told_with_its_policy_line_and_the_evidence_it_rests_on() -> None:
    decided = chapter(told(example_runs.keep_best(), 300), "What was decided")
    line = (
        "keep best about segment-3-0-0, by policy segment.overfitting.keep_best, evidence curve at completion"
    )
    assert line in decided
