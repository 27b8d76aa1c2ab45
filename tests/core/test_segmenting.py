from dataclasses import replace

import pytest

from finetune_guard.core.decisions import DecisionKind, RunStatus
from finetune_guard.core.jobs import JobRecord, JobStatus, StopReason
from finetune_guard.core.plans import Stage
from finetune_guard.core.verdict import VerdictKind
from tests.builders import broken, closed, ended_as, plan, run, segmented
from tests.playing import Nature, losses, played, scripted

FALLING = losses(segment_1_0_0=1.4, segment_2_0_0=1.2, segment_3_0_0=1.0)


def rate(job: JobRecord) -> str:
    return job.request.hyperparameters["learningRate"]


def ends(status: JobStatus, stop: StopReason | None = None) -> Nature:
    return lambda job: ended_as(job, status, stop)


def early(job: JobRecord) -> JobRecord:
    return broken(job, step=20)


def late(job: JobRecord) -> JobRecord:
    return broken(job, step=80)


def test_a_healthy_run_goes_through_all_segments_and_keeps_the_last_model() -> None:
    story = played(run(plan=segmented(3)), FALLING)
    assert story.rounds == (
        ("rehearsal-0-0",),
        ("segment-1-0-0",),
        ("segment-2-0-0",),
        ("segment-3-0-0",),
    )
    assert (story.finish.status, story.finish.kept) == (RunStatus.COMPLETED, "segment-3-0-0")
    assert story.finish.decision.policy == "segment.healthy"


def test_each_segment_starts_from_the_model_of_the_one_before_and_knows_all_before_it() -> None:
    story = played(run(plan=segmented(3)), FALLING)
    first, second, third = (story.job(f"segment-{k}-0-0") for k in (1, 2, 3))
    assert first.request.start_from == ""
    assert second.request.start_from == first.model_arn
    assert third.request.start_from == second.model_arn
    assert third.orders.before == (first.request.job_name, second.request.job_name)
    assert third.orders.run_steps == 300


def test_where_the_rehearsal_is_the_first_segment_the_second_starts_from_it() -> None:
    story = played(run(plan=segmented(2, rehearsed=True)))
    assert story.rounds == (("rehearsal-0-0",), ("segment-2-0-0",))
    rehearsal = story.job("rehearsal-0-0")
    second = story.job("segment-2-0-0")
    assert second.request.start_from == rehearsal.model_arn
    assert second.orders.before == (rehearsal.request.job_name,)


def test_a_retried_rehearsal_that_is_the_first_segment_is_the_one_that_counts() -> None:
    story = played(run(plan=segmented(2, rehearsed=True)), scripted(rehearsal_0_0=broken))
    assert story.job("segment-2-0-0").request.start_from == story.job("rehearsal-1-0").model_arn
    assert rate(story.job("segment-2-0-0")) == "0.0000333"


def test_a_segment_that_broke_early_is_done_again_once_from_the_last_good_model_at_a_third() -> None:
    story = played(run(plan=segmented(3)), scripted(segment_2_0_0=early))
    again = story.job("segment-2-1-0")
    assert again.request.start_from == story.job("segment-1-0-0").model_arn
    assert again.orders.before == (story.job("segment-1-0-0").request.job_name,)
    assert [rate(story.job(short)) for short in ("segment-1-0-0", "segment-2-1-0", "segment-3-0-0")] == [
        "0.0001",
        "0.0000333",
        "0.0000333",
    ]
    assert story.finish.kept == "segment-3-0-0"


def test_in_one_run_one_segment_is_done_again_and_no_more() -> None:
    story = played(run(plan=segmented(3)), scripted(segment_2_0_0=early, segment_3_0_0=early))
    assert story.rounds[-1] == ("segment-3-0-0",)
    assert story.finish.decision.policy == "segment.broken.keep_best"
    assert (story.finish.status, story.finish.kept) == (RunStatus.COMPLETED, "segment-2-1-0")


def test_a_segment_that_broke_late_ends_the_run_with_the_best_model_so_far() -> None:
    story = played(run(plan=segmented(3)), scripted(segment_2_0_0=late))
    assert story.finish.decision.kind is DecisionKind.KEEP_BEST
    assert (story.finish.status, story.finish.kept) == (RunStatus.COMPLETED, "segment-1-0-0")


def test_a_first_segment_that_broke_late_leaves_nothing_and_is_refused() -> None:
    story = played(run(plan=segmented(3)), scripted(segment_1_0_0=late))
    assert story.finish.decision.policy == "segment.broken.nothing_to_keep"
    assert (story.finish.status, story.finish.kept) == (RunStatus.REFUSED, "")


def test_a_segment_that_was_stopped_for_its_curve_counts_as_broken() -> None:
    stopped = ends(JobStatus.STOPPED, StopReason.FINDING)
    story = played(run(plan=segmented(3)), scripted(segment_2_0_0=stopped))
    assert (story.finish.decision.policy, story.finish.kept) == (
        "segment.broken.keep_best",
        "segment-1-0-0",
    )


@pytest.mark.parametrize(
    ("end", "kind", "status"),
    [
        (ends(JobStatus.FAILED), DecisionKind.REFUSE, RunStatus.FAILED),
        (ends(JobStatus.LOST), DecisionKind.REFUSE, RunStatus.FAILED),
        (ends(JobStatus.REFUSED), DecisionKind.REFUSE, RunStatus.REFUSED),
        (ends(JobStatus.STOPPED), DecisionKind.ENDED_BY_A_PERSON, RunStatus.STOPPED),
        (
            ends(JobStatus.STOPPED, StopReason.PERSON),
            DecisionKind.ENDED_BY_A_PERSON,
            RunStatus.STOPPED,
        ),
        (ends(JobStatus.STOPPED, StopReason.MAX_HOURS), DecisionKind.STOP, RunStatus.STOPPED),
    ],
    ids=["failed", "lost", "refused", "console", "person", "max_hours"],
)
def test_however_a_segment_ends_the_model_before_it_is_kept_and_named(
    end: Nature, kind: DecisionKind, status: RunStatus
) -> None:
    story = played(run(plan=segmented(3)), scripted(segment_2_0_0=end))
    assert story.rounds[-1] == ("segment-2-0-0",)
    assert (story.finish.decision.kind, story.finish.status) == (kind, status)
    assert story.finish.kept == "segment-1-0-0"
    assert "The model of segment 1 is kept." in story.finish.decision.reason


def test_after_a_last_segment_that_is_a_little_worse_the_earlier_model_is_kept() -> None:
    story = played(run(plan=segmented(3)), losses(segment_1_0_0=1.2, segment_2_0_0=1.0, segment_3_0_0=1.02))
    assert (story.finish.decision.policy, story.finish.kept) == (
        "segment.best_was_earlier",
        "segment-2-0-0",
    )


def test_after_a_segment_that_is_a_little_worse_the_next_starts_from_it_and_not_from_the_best() -> None:
    story = played(run(plan=segmented(3)), losses(segment_1_0_0=1.0, segment_2_0_0=1.02, segment_3_0_0=0.9))
    assert story.job("segment-3-0-0").request.start_from == story.job("segment-2-0-0").model_arn
    assert story.finish.kept == "segment-3-0-0"


def test_a_rising_validation_loss_ends_the_run_after_the_segment() -> None:
    story = played(run(plan=segmented(3)), losses(segment_1_0_0=1.0, segment_2_0_0=1.04))
    assert story.rounds[-1] == ("segment-2-0-0",)
    assert (story.finish.decision.policy, story.finish.kept) == (
        "segment.worse.keep_best",
        "segment-1-0-0",
    )


def test_a_probe_comes_before_the_first_segment_and_starts_from_the_rehearsals_model() -> None:
    story = played(run(plan=segmented(2, probe=True)))
    assert story.rounds == (
        ("rehearsal-0-0",),
        ("probe-0-0",),
        ("segment-1-0-0",),
        ("segment-2-0-0",),
    )
    assert story.job("probe-0-0").request.start_from == story.job("rehearsal-0-0").model_arn
    assert story.job("segment-1-0-0").request.start_from == ""
    assert "probe.accepted" in story.policies


@pytest.mark.parametrize("status", [JobStatus.REFUSED, JobStatus.FAILED, JobStatus.LOST])
def test_where_the_probe_comes_to_nothing_the_full_run_is_one_job_with_a_warning(
    status: JobStatus,
) -> None:
    story = played(run(plan=segmented(2, probe=True)), scripted(probe_0_0=ends(status)))
    assert story.rounds[-1] == ("full-0-0",)
    assert story.job("full-0-0").request.start_from == ""
    assert story.decision("probe-0-0").policy == "probe.unsegmented"
    assert (story.finish.status, story.finish.kept) == (RunStatus.COMPLETED, "full-0-0")


def test_a_probe_that_a_person_stopped_ends_the_run() -> None:
    story = played(run(plan=segmented(2, probe=True)), scripted(probe_0_0=ends(JobStatus.STOPPED)))
    assert story.finish.status is RunStatus.STOPPED
    assert story.rounds[-1] == ("probe-0-0",)


def test_without_a_rehearsals_model_there_is_no_probe_and_the_full_run_is_one_job() -> None:
    story = played(
        run(plan=segmented(2, probe=True)),
        scripted(rehearsal_0_0=lambda job: closed(job, model_arn=None)),
    )
    assert story.rounds == (("rehearsal-0-0",), ("full-0-0",))


def test_where_the_second_segment_shows_that_the_base_refuses_the_full_run_is_one_job() -> None:
    story = played(run(plan=segmented(2, rehearsed=True)), scripted(segment_2_0_0=ends(JobStatus.REFUSED)))
    assert story.rounds == (("rehearsal-0-0",), ("segment-2-0-0",), ("full-0-0",))
    full = story.job("full-0-0")
    assert (full.request.start_from, full.throw_away) == ("", False)
    assert story.finish.kept == "full-0-0"


def test_a_segment_without_a_model_is_nothing_to_start_from() -> None:
    story = played(run(plan=segmented(3)), scripted(segment_2_0_0=lambda job: closed(job, model_arn=None)))
    assert story.rounds[-1] == ("segment-2-0-0",)
    assert story.finish.status is RunStatus.FAILED
    assert story.finish.decision.policy == "segment.no_model"
    assert story.finish.kept == "segment-1-0-0"


def test_a_segment_is_never_started_from_a_model_that_was_deleted() -> None:
    gone = scripted(segment_2_0_0=lambda job: closed(job, model_deleted_at=job.intended_at))
    story = played(run(plan=segmented(3)), gone)
    assert story.rounds[-1] == ("segment-2-0-0",)
    assert (story.finish.decision.policy, story.finish.kept) == ("segment.no_model", "segment-1-0-0")


def test_a_probe_is_never_started_from_a_model_that_was_deleted() -> None:
    gone = scripted(rehearsal_0_0=lambda job: closed(job, model_deleted_at=job.intended_at))
    assert played(run(plan=segmented(2, probe=True)), gone).rounds == (
        ("rehearsal-0-0",),
        ("full-0-0",),
    )


def test_the_segments_of_a_run_without_a_rehearsal_begin_with_the_base() -> None:
    story = played(run(plan=segmented(2, rehearsal=None)))
    assert story.rounds == (("segment-1-0-0",), ("segment-2-0-0",))


def test_an_unclear_segment_goes_on_with_a_warning() -> None:
    story = played(
        run(plan=segmented(2)),
        scripted(segment_1_0_0=lambda job: closed(job, verdict=VerdictKind.INCONCLUSIVE)),
    )
    assert story.decision("segment-1-0-0").policy == "segment.inconclusive"
    assert story.finish.kept == "segment-2-0-0"


def test_a_segments_share_of_the_rate_is_of_the_rate_that_was_rehearsed() -> None:
    shared = segmented(2)
    assert shared.segments is not None
    parts = shared.segments.parts
    half = replace(parts[1], rate_share=plan().learning_rate.value * 5000)  # type: ignore[union-attr]
    cut = replace(shared, segments=replace(shared.segments, parts=(parts[0], half)))
    story = played(run(plan=cut), scripted(rehearsal_0_0=broken))
    assert rate(story.job("segment-1-0-0")) == "0.0000333"
    assert rate(story.job("segment-2-0-0")) == "0.0000166"


def test_a_full_run_of_one_job_is_what_it_was() -> None:
    story = played(run())
    assert story.rounds == (("rehearsal-0-0",), ("full-0-0",))
    assert story.job("full-0-0").key.stage is Stage.FULL
