"""Which models stay: what a job may still start from, what the run keeps, and nothing else."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.keeping import RESUMABLE, best_so_far, needed
from finetune_guard.core.next_action import Create, Finish, next_action
from finetune_guard.core.plans import Plan
from finetune_guard.core.resuming import resumed
from finetune_guard.core.runs import Run
from tests.builders import START, SWEEP, broken, closed, ended_as, later, plan, run, segmented, swept
from tests.playing import Nature, losses, played, scripted, with_jobs

AGAIN = "arn:aws:states:us-west-2:123456789012:execution:RehearseThenRun:two"
LONG = segmented(3, probe=True, sweep=SWEEP)
CLEAR = {"rehearsal_0_0": 1.0, "rehearsal_1_0": 1.5, "rehearsal_2_0": 1.5}


def kept(of: Run, now: datetime = START) -> list[str]:
    return [job.key.short for job in of.jobs if job.model and needed(of, job, now)]


def moments(of: Run, nature: Nature = closed) -> Iterator[Run]:
    """The run before and after each job is closed, with the intents of the next jobs on it."""
    while isinstance(action := next_action(of, START), Create):
        yield of
        of = with_jobs(of, *action.jobs)
        for job in action.jobs:
            yield of
            of = with_jobs(of, nature(job))
    assert isinstance(action, Finish)
    yield of
    yield over(of, action.status, action.kept)


def over(of: Run, status: RunStatus, kept_job: str = "") -> Run:
    return replace(of, status=status, ended_at=START, kept=kept_job)


def failed(job: JobRecord) -> JobRecord:
    return ended_as(job, JobStatus.FAILED)


@pytest.mark.parametrize(
    "of", [segmented(3), segmented(3, rehearsed=True), LONG, segmented(2, probe=True), swept(), plan()]
)
def test_at_every_moment_what_the_next_job_starts_from_is_there(of: Plan) -> None:
    for moment in moments(run(plan=of), losses(**CLEAR)):
        action = next_action(moment, START)
        jobs = action.jobs if isinstance(action, Create) else moment.open_jobs
        starts = {job.request.start_from for job in jobs} - {""}
        assert starts <= {job.model for job in moment.jobs if needed(moment, job, START)}


@pytest.mark.parametrize("of", [segmented(3), segmented(3, rehearsed=True), LONG])
def test_at_every_moment_the_model_that_would_be_kept_is_there(of: Plan) -> None:
    for moment in moments(run(plan=of), losses(**CLEAR)):
        best = best_so_far(moment, START)
        assert not best or best in kept(moment)


def test_through_a_segmented_run_never_more_than_the_last_and_the_best_stay() -> None:
    worse = losses(segment_1_0_0=1.0, segment_2_0_0=1.02, segment_3_0_0=1.01)
    stay = [kept(moment) for moment in moments(run(plan=segmented(3, rehearsal=None)), worse)]
    assert stay == [
        [],
        [],
        ["segment-1-0-0"],
        ["segment-1-0-0"],
        ["segment-1-0-0", "segment-2-0-0"],
        ["segment-1-0-0", "segment-2-0-0"],
        ["segment-1-0-0", "segment-3-0-0"],
        ["segment-1-0-0"],
    ]


def test_the_rehearsals_model_goes_once_the_probe_has_shown_what_it_was_needed_for() -> None:
    stay = [kept(moment) for moment in moments(run(plan=segmented(2, probe=True)))]
    assert ["rehearsal-0-0"] in stay
    assert stay[-1] == ["segment-2-0-0"]
    probed = next(moment for moment in moments(run(plan=segmented(2, probe=True))) if len(moment.jobs) == 3)
    assert kept(probed) == []


def test_a_full_run_of_one_job_needs_no_rehearsals_model() -> None:
    stay = [kept(moment) for moment in moments(run())]
    assert all("rehearsal-0-0" not in models for models in stay)


def test_where_the_probe_fails_the_rehearsals_model_is_needed_no_more() -> None:
    *_, last, _ = moments(run(plan=segmented(2, probe=True)), scripted(probe_0_0=failed))
    assert "rehearsal-0-0" not in kept(last)


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.STOPPED])
def test_a_run_that_may_be_taken_up_again_keeps_what_it_would_start_from_for_a_week(
    status: RunStatus,
) -> None:
    story = played(
        run(plan=segmented(3)),
        scripted(segment_1_0_0=closed, segment_2_0_0=lambda job: closed(job, 1.02), segment_3_0_0=failed),
    )
    ended = over(story.run, status, story.finish.kept)
    within = START + RESUMABLE - timedelta(minutes=1)
    assert kept(ended, within) == ["segment-1-0-0", "segment-2-0-0"]
    assert kept(ended, START + RESUMABLE) == ["segment-1-0-0"]


def test_a_run_whose_job_bedrock_refused_may_be_taken_up_and_keeps_what_that_starts_from() -> None:
    nature = scripted(
        segment_2_0_0=lambda job: closed(job, 1.02),
        segment_3_0_0=lambda job: ended_as(job, JobStatus.REFUSED),
    )
    story = played(run(plan=segmented(3)), nature)
    ended = over(story.run, story.finish.status, story.finish.kept)
    assert ended.status is RunStatus.REFUSED
    action = next_action(resumed(ended, AGAIN), START)
    assert isinstance(action, Create)
    assert action.jobs[0].request.start_from in [
        job.model for job in ended.jobs if job.key.short in kept(ended)
    ]


def test_a_completed_run_keeps_one_model() -> None:
    story = played(run(plan=LONG), losses(**CLEAR))
    assert kept(over(story.run, RunStatus.COMPLETED, story.finish.kept)) == ["segment-3-0-0"]


def test_a_refused_run_keeps_none() -> None:
    story = played(run(plan=segmented(2)), broken)
    assert kept(over(story.run, RunStatus.REFUSED)) == []


def test_a_run_taken_up_keeps_its_segments_although_a_rate_of_its_sweep_had_failed() -> None:
    nature = scripted(
        rehearsal_1_0=failed,
        rehearsal_2_0=lambda job: closed(job, 1.5),
        segment_2_0_0=lambda job: ended_as(job, JobStatus.STOPPED),
    )
    story = played(run(plan=segmented(3, sweep=SWEEP)), nature)
    again = resumed(over(story.run, RunStatus.STOPPED, story.finish.kept), AGAIN)
    assert "segment-1-0-0" in kept(again)
    action = next_action(again, START)
    assert isinstance(action, Create)
    assert [job.key.short for job in action.jobs] == ["segment-2-0-1"]


def test_before_a_plan_or_without_segments_there_is_no_best_so_far() -> None:
    assert best_so_far(run(plan=None), START) == ""
    assert best_so_far(played(run()).run, START) == ""


def test_the_model_before_stays_until_the_files_of_the_segment_after_it_are_judged() -> None:
    story = played(run(plan=segmented(3)), losses(segment_2_0_0=0.5))
    first, second = story.job("segment-1-0-0"), story.job("segment-2-0-0")
    settled = replace(story.run, jobs=story.run.jobs[:3])
    assert needed(with_jobs(settled, replace(second, closed=False)), first, START)
    assert not needed(settled, first, START)


def test_the_best_so_far_is_known_while_the_next_segment_trains() -> None:
    third = next(moment for moment in moments(run(plan=segmented(3))) if len(moment.jobs) == 3)
    assert best_so_far(third, later(hours=3)) == "segment-1-0-0"


def test_an_aborted_run_ends_with_the_best_model_so_far() -> None:
    story = played(run(plan=segmented(3)), scripted(segment_2_0_0=lambda job: closed(job, 1.01)))
    two = replace(story.run, jobs=story.run.jobs[:3], aborted=True)
    action = next_action(two, START)
    assert isinstance(action, Finish)
    assert (action.status, action.kept) == (RunStatus.STOPPED, "segment-1-0-0")


def test_a_segment_of_which_it_cannot_be_said_what_it_is_needed_for_stays() -> None:
    story = played(run(plan=segmented(3)), scripted(segment_2_0_0=failed))
    unclear = replace(story.run, jobs=tuple(job for job in story.run.jobs if not job.rehearsal))
    assert kept(unclear) == ["segment-1-0-0"]
