import json
import math
from dataclasses import replace

import pytest

from finetune_guard.core.curve_seen import TAIL_POINTS
from finetune_guard.core.findings import Signal
from finetune_guard.core.jobs import JobRecord, JobStatus, RecordCounts
from finetune_guard.core.journal_keys import log_key
from finetune_guard.core.metrics_log import MetricLine, metric_lines
from finetune_guard.core.plans import Stage
from finetune_guard.core.verdict import VerdictKind
from finetune_guard.usecases.judge import Judgement, MetricFile, pack_of
from finetune_guard.usecases.judge_curve import judge
from tests.builders import completed, running
from tests.usecases.machine import csv

PREFIX = "output/model-customization-job-abcdefabcdef"
TRAINING = f"{PREFIX}/training_artifacts/step_wise_training_metrics.csv"
VALIDATION = f"{PREFIX}/validation_artifacts/post_fine_tuning_validation/validation/validation_metrics.csv"
MANIFEST = f"{PREFIX}/input_status/training/manifest.report.csv"
FALLING = [2.0 * 0.98**n for n in range(60)]
BLOWN_UP = [*FALLING[:30], *[6.0] * 30]
FULL = completed(stage=Stage.FULL)


def judged(job: JobRecord, *files: tuple[str, bytes]) -> Judgement:
    return judge(job, tuple(MetricFile(key, data) for key, data in files))


def test_a_falling_curve_is_healthy_and_its_numbers_are_kept() -> None:
    curve = judged(FULL, (TRAINING, csv(*FALLING))).curve
    assert curve and curve.kind is VerdictKind.HEALTHY
    assert (curve.seen.rows, curve.seen.last_step, curve.seen.first_loss) == (60, 60, 2.0)
    assert len(curve.seen.tail) == TAIL_POINTS


def test_a_curve_that_blows_up_and_stays_is_diverged() -> None:
    curve = judged(FULL, (TRAINING, csv(*BLOWN_UP))).curve
    assert curve and curve.kind is VerdictKind.DIVERGED
    assert any(finding.may_stop for finding in curve.findings)


def test_a_rehearsal_that_ends_above_its_first_row_is_too_hot() -> None:
    curve = judged(completed(), (TRAINING, csv(2.3, *[3.4 - 0.005 * n for n in range(60)]))).curve
    assert curve and curve.too_hot


def test_a_full_run_is_not_judged_by_the_rehearsal_s_rule() -> None:
    curve = judged(FULL, (TRAINING, csv(*FALLING))).curve
    assert curve and not curve.too_hot


def test_a_nan_is_kept_in_the_record_and_in_the_log() -> None:
    judgement = judged(FULL, (TRAINING, csv(*FALLING[:20], math.nan)))
    assert judgement.curve
    assert math.isnan(judgement.curve.seen.last_loss or 0)
    assert any(finding.signal is Signal.NON_FINITE for finding in judgement.curve.findings)
    assert json.loads(judgement.log.splitlines()[-1])["value"] == "NaN"


def test_without_a_training_file_there_is_nothing_to_judge() -> None:
    assert judged(FULL, (VALIDATION, b"step_number,epoch_number,validation_loss\n1,0,1.0\n")).curve is None


@pytest.mark.fault(44)
def test_columns_that_nobody_knows_are_never_healthy() -> None:
    curve = judged(FULL, (TRAINING, b"alpha,beta\n1,2\n3,4\n")).curve
    assert curve and curve.kind is VerdictKind.INCONCLUSIVE


@pytest.mark.fault(41)
def test_a_truncated_last_line_counts_only_when_the_job_is_over() -> None:
    data = csv(*FALLING)[:-1]
    live = judged(running(stage=Stage.FULL), (TRAINING, data)).curve
    over = judged(FULL, (TRAINING, data)).curve
    assert live and over
    assert (live.seen.rows, over.seen.rows) == (59, 60)


def test_the_manifest_is_counted() -> None:
    counts = ("totalProcessed", "accepted", "partiallyAccepted", "rejected")
    header = ",".join(["fileName", *(f"{name}RecordCount" for name in counts)])
    judgement = judged(FULL, (MANIFEST, f"{header}\ntrain.jsonl,100,90,4,6\n".encode()))
    assert judgement.counts == RecordCounts(100, 90, 4, 6)


def test_validation_is_read_where_there_is_one() -> None:
    rows = "step_number,epoch_number,validation_loss\n30,0,1.9\n60,1,1.4\n"
    judgement = judged(FULL, (TRAINING, csv(*FALLING)), (VALIDATION, rows.encode()))
    assert judgement.curve and judgement.curve.seen.last_validation == 1.4
    assert judgement.log.count("validation_loss") == 2


def test_the_run_s_thresholds_override_the_pack() -> None:
    job = replace(FULL, orders=replace(FULL.orders, thresholds={"loss_spike.ratio": 3.0}))
    assert pack_of(job).loss_spike.ratio == 3.0
    assert pack_of(FULL).loss_spike.ratio != 3.0


def test_a_live_rehearsal_is_judged_as_it_runs_and_as_a_whole_at_its_end() -> None:
    hot = csv(2.3, *[3.4 - 0.005 * n for n in range(60)])
    live = judged(running(status=JobStatus.IN_PROGRESS), (TRAINING, hot)).curve
    assert live and not live.too_hot


CAME_BACK = [*FALLING[:30], *[6.0] * 12, *FALLING[30:60]]


def test_a_final_curve_says_where_an_armed_watch_would_have_stopped_it() -> None:
    over = judged(FULL, (TRAINING, csv(*BLOWN_UP))).curve
    assert over and over.would_stop_step is not None
    assert 30 < over.would_stop_step <= 40


@pytest.mark.parametrize("losses", [BLOWN_UP, CAME_BACK])
def test_the_step_is_the_first_at_which_a_watcher_of_the_growing_curve_would_stop(
    losses: list[float],
) -> None:
    final = judged(FULL, (TRAINING, csv(*losses))).curve
    assert final
    live = running(stage=Stage.FULL, orders=FULL.orders)
    stops = (
        rows
        for rows in range(1, len(losses) + 1)
        if (curve := judged(live, (TRAINING, csv(*losses[:rows]))).curve)
        and any(finding.may_stop for finding in curve.findings)
    )
    assert final.would_stop_step == next(stops)


def test_a_curve_that_came_back_is_sound_and_its_wrong_stop_is_told() -> None:
    curve = judged(FULL, (TRAINING, csv(*CAME_BACK))).curve
    assert curve and curve.kind is not VerdictKind.DIVERGED
    assert curve.would_stop_step is not None


def test_a_sound_curve_and_one_that_still_grows_have_no_such_step() -> None:
    sound = judged(FULL, (TRAINING, csv(*FALLING))).curve
    grows = judged(running(stage=Stage.FULL), (TRAINING, csv(*BLOWN_UP))).curve
    assert sound and grows
    assert (sound.would_stop_step, grows.would_stop_step) == (None, None)


def log_of(job_name: str, *losses: float) -> tuple[str, bytes]:
    lines = (MetricLine(step, 0.0, "training_loss", loss) for step, loss in enumerate(losses, 1))
    return log_key(job_name), metric_lines(lines).encode()


def segment(*before: str) -> JobRecord:
    return replace(FULL, orders=replace(FULL.orders, before=before, run_steps=120))


def test_a_later_segment_is_judged_on_one_curve_of_the_run_and_told_by_its_own_rows() -> None:
    judgement = judged(segment("one"), log_of("one", *FALLING), (TRAINING, csv(*[8.0] * 60)))
    curve = judgement.curve
    assert curve and curve.kind is VerdictKind.DIVERGED
    assert (curve.seen.rows, curve.seen.last_step, curve.seen.border) == (60, 60, 60)
    assert judgement.log.count("training_loss") == 60
    first = next(each.first_step for each in curve.findings if each.may_stop)
    assert first is not None
    assert first > 60


def test_the_loss_that_a_segment_begins_at_is_no_fault_where_the_run_stood_there() -> None:
    curve = judged(segment("one"), log_of("one", *FALLING), (TRAINING, csv(*[0.6] * 60))).curve
    assert curve and not any(finding.may_stop for finding in curve.findings)


def test_a_segment_before_that_left_no_metrics_log_is_left_out() -> None:
    curve = judged(segment("one", "two"), log_of("two", *FALLING), (TRAINING, csv(*FALLING))).curve
    assert curve
    assert curve.seen.border == 60
    alone = judged(segment("one"), (TRAINING, csv(*FALLING))).curve
    assert alone and alone.kind is VerdictKind.HEALTHY
