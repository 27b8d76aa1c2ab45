from dataclasses import replace

from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.findings import Severity, Signal
from finetune_guard.core.job_judgements import CurveJudged, judged, with_findings, with_job_findings
from finetune_guard.core.jobs import MOST_FINDINGS, JobStatus
from finetune_guard.core.verdict import Evidence, VerdictKind
from tests.builders import START, completed, finding, later, running


def curve(rows: int, kind: VerdictKind = VerdictKind.HEALTHY) -> CurveJudged:
    seen = CurveSeen(rows=rows, last_step=rows, first_loss=2.0, last_loss=1.0)
    return CurveJudged(kind, "Because.", False, (), seen)


def test_the_step_of_the_stop_is_that_of_the_last_judgement() -> None:
    shown = replace(curve(60), would_stop_step=40)
    job = judged(completed(), shown, START)
    assert job.would_stop_step == 40
    assert judged(job, curve(61), START).would_stop_step is None


def test_rows_that_grow_before_the_end_are_a_live_curve_and_stay_one() -> None:
    live = judged(judged(running(), curve(3), START), curve(5), START)
    assert (live.evidence, live.seen.live) == (Evidence.LIVE_CURVE, True)
    done = judged(replace(live, status=JobStatus.COMPLETED), curve(5), later(hours=1))
    assert done.evidence is Evidence.LIVE_CURVE


def test_a_whole_file_in_the_last_moment_is_no_live_metric() -> None:
    early = judged(running(), curve(9), START)
    assert (early.evidence, early.seen.live) == (Evidence.LIVE_CURVE, False)
    done = judged(replace(early, status=JobStatus.COMPLETED), curve(9), later(minutes=1))
    assert (done.evidence, done.seen.live) == (Evidence.CURVE_AT_COMPLETION, False)


def test_a_job_stopped_for_rows_seen_while_it_ran_rests_on_a_live_curve() -> None:
    early = judged(running(), curve(9), START)
    stopped = judged(replace(early, status=JobStatus.STOPPED), curve(9), later(minutes=1))
    assert stopped.evidence is Evidence.LIVE_CURVE


def test_rows_that_come_with_the_end_are_a_curve_at_completion() -> None:
    job = replace(completed(), seen=CurveSeen(), evidence=Evidence.PHASES_ONLY)
    assert judged(job, curve(9), START).evidence is Evidence.CURVE_AT_COMPLETION


def test_nothing_is_called_healthy_unseen() -> None:
    job = with_job_findings(running(), (), None)
    assert (job.verdict, job.evidence) == (None, Evidence.PHASES_ONLY)


def test_growth_is_dated_only_when_there_is_growth() -> None:
    first = judged(running(), curve(5), START)
    again = judged(first, curve(5), later(minutes=9))
    assert again.seen.grew_at == START


def test_a_record_keeps_a_bounded_number_of_findings_the_severest_first() -> None:
    mild = [finding(Signal.STAGNATION, Severity.WARNING)] * 10_000
    job = with_findings(running(), (*mild, finding()))
    assert (len(job.findings), job.findings_total) == (MOST_FINDINGS, 10_001)
    assert job.findings[0].severity is Severity.CRITICAL


def test_slow_steps_of_the_job_and_of_its_rows_do_not_displace_each_other() -> None:
    growth = finding(Signal.STEP_TIME, Severity.WARNING, first_step=None)
    rows = finding(Signal.STEP_TIME, Severity.WARNING)
    shown = replace(curve(5), findings=(rows,))
    job = judged(with_job_findings(running(), (growth,), None), shown, START)
    assert job.findings == (growth, rows)
    assert with_job_findings(job, (), None).findings == (rows,)


def test_a_growing_curve_leaves_marks_of_its_pace_until_the_job_ends() -> None:
    job = running()
    for minute in range(0, 9, 3):
        job = judged(job, curve(minute + 1), later(minutes=minute))
    ended = judged(replace(job, status=JobStatus.COMPLETED), curve(90), later(minutes=20))
    assert [mark.step for mark in job.seen.marks] == [1, 4, 7]
    assert ended.seen.marks == job.seen.marks


def test_job_findings_and_curve_findings_do_not_displace_each_other() -> None:
    stalled = finding(Signal.PHASE_STALL, Severity.WARNING)
    job = with_job_findings(running(findings=(finding(),)), (stalled,), None)
    assert {f.signal for f in job.findings} == {Signal.PHASE_STALL, Signal.DIVERGENCE}
    assert judged(job, curve(5), START).findings == (stalled,)
