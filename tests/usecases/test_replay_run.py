"""What the watch judged, tick by tick, is judged the same from the journal alone."""

import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.decisions import AutoStop
from finetune_guard.core.errors import NotFoundError
from finetune_guard.core.findings import Signal
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.journal_keys import log_key
from finetune_guard.core.rejudging import Difference
from finetune_guard.core.runs import Run
from finetune_guard.core.verdict import VerdictKind
from finetune_guard.usecases.judge import Judgement, MetricFile
from finetune_guard.usecases.judge_curve import judge
from finetune_guard.usecases.replay_run import (
    RejudgedJob,
    ReplayTools,
    rejudge,
    replay_run,
    with_thresholds,
)
from finetune_guard.usecases.watch import tick
from tests.builders import finding, plan, run, segmented
from tests.core.detectors.curves import falling
from tests.fakes.files import MANIFEST_CSV, VALIDATION_CSV
from tests.fakes.world import World
from tests.usecases.machine import Machine, begun, csv, job, put, watch_tools

FULL = run(plan=plan(rehearsal=None))
ARMED = run(plan=plan(rehearsal=None, auto_stop=AutoStop.ON))
FALLING = [float(loss) for loss in falling(60)]
SPIKED = [*FALLING[:30], *[3 * loss for loss in FALLING[30:]]]


def looks(world: World, lost: bool = False) -> None:
    """One tick, with the watch's own judge, and a minute later; a lost job whose stop is ordered is named."""
    tools = replace(watch_tools(world), judge=judge)
    ticked = tick(tools, deadline=world.clock.now() + timedelta(seconds=50))
    assert [error for error in ticked.errors if not (lost and "There is no job" in error)] == []
    world.clock.advance(minutes=1)


def ends(world: World, machine: Machine) -> None:
    """The job completes, and is looked at until it is closed."""
    world.jobs.complete(job(world, machine).arn or "")
    for _ in range(20):
        looks(world)
    assert job(world, machine).closed


def watched(world: World, of: Run, *contents: bytes) -> Machine:
    """A run whose metric file was seen in these versions before its job completed."""
    machine = begun(world, of)
    for content in contents:
        put(world, job(world, machine), content)
        looks(world)
    return machine


def changed(world: World, machine: Machine, **changes: Any) -> None:
    """The newest job's record, as if it had been written otherwise."""
    world.store.save_job(replace(job(world, machine), **changes))


def replayed(world: World, machine: Machine) -> RejudgedJob:
    """The newest job of the run, judged again; nothing but table and journal is asked."""
    before = len(world.seam.calls)
    found = replay_run(machine.run_id, ReplayTools(world.store, world.journal, judge))[-1]
    assert {call.split(".")[0] for call in world.seam.calls[before:]} <= {"store", "journal"}
    return found


@pytest.mark.parametrize(
    ("losses", "kind"),
    [
        (FALLING, VerdictKind.HEALTHY),
        (SPIKED, VerdictKind.DIVERGED),
        (FALLING[:5], VerdictKind.INCONCLUSIVE),
        ([*FALLING[:20], math.nan, math.nan, math.inf], VerdictKind.DIVERGED),
        ([math.nan], VerdictKind.DIVERGED),
    ],
)
@pytest.mark.parametrize("of", [run(), FULL])
def test_a_job_that_completed_is_judged_the_same_again(
    of: Run, losses: list[float], kind: VerdictKind
) -> None:
    world = World()
    machine = watched(world, of, csv(*losses))
    ends(world, machine)
    found = replayed(world, machine)
    assert found.again and found.again.verdict is kind
    assert (found.same, found.differs, found.gathered.gone) == (True, (), ())


def test_a_rehearsal_that_was_too_hot_is_too_hot_again() -> None:
    world = World()
    machine = watched(world, run(), csv(2.3, *[3.4 - 0.005 * n for n in range(60)]))
    ends(world, machine)
    found = replayed(world, machine)
    assert found.again and found.again.too_hot
    assert found.same


@pytest.mark.parametrize(("second", "kind"), [(1.0, VerdictKind.HEALTHY), (9.0, VerdictKind.DIVERGED)])
def test_a_later_segment_is_judged_the_same_again_together_with_the_one_before(
    second: float, kind: VerdictKind
) -> None:
    world = World()
    cut = run(plan=segmented(2, rehearsal=None))
    machine = watched(world, cut, csv(*FALLING))
    ends(world, machine)
    while machine.step():
        pass
    put(world, job(world, machine), csv(*(0.5 * second * loss for loss in FALLING)))
    ends(world, machine)
    first, later = replay_run(machine.run_id, ReplayTools(world.store, world.journal, judge))
    assert (first.same, later.same) == (True, True)
    assert later.again and later.again.verdict is kind
    assert later.again.seen.border == 60
    log = log_key(first.job.request.job_name)
    del world.journal.objects[log]
    without = replayed(world, machine)
    assert (without.same, without.gathered.gone) == (None, (log,))


def test_a_live_curve_that_was_stopped_midway_is_judged_the_same_again() -> None:
    world = World()
    machine = watched(world, ARMED, *(csv(*SPIKED[:rows]) for rows in range(5, 45, 5)))
    world.jobs.advance(job(world, machine).arn or "")
    looks(world)
    looks(world)
    found = replayed(world, machine)
    assert (found.job.status, found.job.evidence) == (JobStatus.STOPPED, "live curve")
    assert found.again and found.again.verdict is VerdictKind.DIVERGED
    assert found.same


def test_a_job_that_still_runs_is_replayed_as_far_as_it_was_seen() -> None:
    world = World()
    machine = watched(world, FULL, csv(*FALLING[:20]), csv(*FALLING[:40])[:-1])
    found = replayed(world, machine)
    assert found.again and found.again.seen.rows == 39
    assert found.same


@pytest.mark.parametrize("ended", [False, True])
def test_a_job_that_was_lost_is_judged_as_when_it_was_last_looked_at(ended: bool) -> None:
    world = World()
    machine = watched(world, run(), csv(*FALLING[:40])[:-1])
    arn = job(world, machine).arn or ""
    if ended:
        world.jobs.complete(arn)
        looks(world)
    world.jobs.forget(arn)
    for rows in range(41, 44):
        if ended:
            put(world, job(world, machine), csv(*FALLING[:rows])[:-1])
        looks(world)
    found = replayed(world, machine)
    assert (found.job.status, found.job.seen.rows) == (JobStatus.LOST, 42 if ended else 39)
    assert found.same


def test_an_only_row_without_its_end_counts_once_the_job_has_ended() -> None:
    world = World()
    machine = watched(world, FULL, csv(math.nan)[:-1])
    world.jobs.fail(job(world, machine).arn or "", "Internal error.")
    looks(world)
    looks(world)
    found = replayed(world, machine)
    assert (found.job.verdict, found.job.seen.rows) == (VerdictKind.DIVERGED, 1)
    assert found.same


def test_validation_and_manifest_are_gathered_too() -> None:
    world = World()
    machine = begun(world, FULL)
    of = job(world, machine)
    rising = "".join(f"{step},0,{1.0 + step / 60}\n" for step in range(10, 61, 10))
    header = "step_number,epoch_number,validation_loss\n"
    world.metrics.put(of.request.output_uri, (of.arn or "")[-12:], (header + rising).encode(), VALIDATION_CSV)
    counts = b"totalProcessedRecordCount,acceptedRecordCount,rejectedRecordCount\n100,90,10\n"
    world.metrics.put(of.request.output_uri, (of.arn or "")[-12:], counts, MANIFEST_CSV)
    put(world, of, csv(*FALLING))
    ends(world, machine)
    found = replayed(world, machine)
    assert len(found.gathered.files) == 3
    assert Signal.OVERFITTING in {finding.signal for finding in found.job.findings}
    assert found.same


def test_findings_on_the_job_itself_are_not_compared() -> None:
    world = World()
    machine = watched(world, FULL, csv(*FALLING))
    ends(world, machine)
    slow = finding(Signal.STEP_TIME, first_step=None, last_step=None, detected_step=None)
    changed(world, machine, findings=(slow,), findings_total=1)
    assert replayed(world, machine).same


def test_a_job_without_files_has_nothing_to_judge() -> None:
    world = World()
    machine = begun(world, FULL)
    ends(world, machine)
    found = replayed(world, machine)
    assert (found.again, found.same, found.gathered.files) == (None, None, ())


def test_a_file_that_is_not_there_any_more_is_named_and_its_job_not_judged() -> None:
    world = World()
    machine = watched(world, FULL, csv(*FALLING))
    ends(world, machine)
    [kept] = [key for key in world.journal.objects if key.startswith("journal/")]
    del world.journal.objects[kept]
    found = replayed(world, machine)
    assert (found.again, found.same, found.gathered.gone) == (None, None, (kept,))


def test_the_version_that_was_judged_last_is_the_one_that_is_judged_again() -> None:
    world = World()
    machine = watched(world, FULL, csv(*SPIKED), csv(*FALLING))
    ends(world, machine)
    found = replayed(world, machine)
    assert sum(key.startswith("journal/") for key in world.journal.objects) == 2
    assert found.again and found.again.verdict is VerdictKind.HEALTHY
    assert found.same


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"verdict": VerdictKind.DIVERGED}, Difference.VERDICT),
        ({"verdict_reason": "Another."}, Difference.REASON),
        ({"too_hot": True}, Difference.TOO_HOT),
        ({"findings": (finding(),)}, Difference.FINDINGS),
    ],
)
def test_what_differs_from_the_record_is_named(changes: dict[str, Any], differs: Difference) -> None:
    world = World()
    machine = watched(world, FULL, csv(*FALLING))
    ends(world, machine)
    changed(world, machine, **changes)
    found = replayed(world, machine)
    assert (found.same, found.differs) == (False, (differs,))


def test_a_file_that_is_another_than_was_judged_is_seen_in_its_rows() -> None:
    world = World()
    machine = watched(world, FULL, csv(*FALLING))
    ends(world, machine)
    [kept] = [key for key in world.journal.objects if key.startswith("journal/")]
    world.journal.objects[kept] = csv(*FALLING[:40])
    assert replayed(world, machine).differs == (Difference.ROWS, Difference.REASON)


def test_what_could_not_be_judged_cannot_be_judged_again() -> None:
    def fails(job: JobRecord, files: tuple[MetricFile, ...]) -> Judgement:
        raise ZeroDivisionError

    world = World()
    machine = begun(world, FULL)
    put(world, job(world, machine), csv(*FALLING))
    tick(replace(watch_tools(world), judge=fails), deadline=world.clock.now() + timedelta(seconds=50))
    [found] = replay_run(machine.run_id, ReplayTools(world.store, world.journal, fails))
    assert found.again and found.again.findings[0].signal is Signal.COULD_NOT_JUDGE
    assert found.same
    assert replayed(world, machine).differs[0] is Difference.VERDICT


def test_jobs_come_in_the_order_in_which_they_ran() -> None:
    world = World()
    machine = watched(world, run(), csv(*FALLING))
    ends(world, machine)
    while machine.step():
        pass
    found = replay_run(machine.run_id, ReplayTools(world.store, world.journal, judge))
    assert [one.job.key.short for one in found] == ["rehearsal-0-0", "full-0-0"]
    assert [one.same for one in found] == [True, None]


def test_other_thresholds_give_another_judgement_of_the_same_files() -> None:
    world = World()
    machine = watched(world, FULL, csv(*SPIKED))
    ends(world, machine)
    found = replayed(world, machine)
    lenient = with_thresholds(
        found.job, {"loss_spike.ratio": 50, "divergence.ratio": 50, "divergence.climb_ratio": 50}
    )
    again = rejudge(lenient, found.gathered.files, judge)
    assert again and again.verdict is not VerdictKind.DIVERGED


def test_a_run_that_is_not_there_is_not_found() -> None:
    world = World()
    with pytest.raises(NotFoundError, match="no-such-run"):
        replay_run("no-such-run", ReplayTools(world.store, world.journal, judge))


LOSSES = st.lists(
    st.floats(min_value=0, max_value=100) | st.sampled_from([math.nan, math.inf, 1e300]), max_size=45
)


@given(
    losses=LOSSES,
    seen=st.lists(st.integers(0, 900), max_size=4),
    of=st.sampled_from([run(), FULL, ARMED]),
    end=st.sampled_from(["runs", "completes", "fails", "is lost"]),
)
def test_whatever_the_curve_and_whenever_it_was_seen_the_journal_gives_the_same(
    losses: list[float], seen: list[int], of: Run, end: str
) -> None:
    """A live file is cut anywhere, also within a line."""
    world = World()
    whole = csv(*losses)
    machine = watched(world, of, *(whole[: max(1, cut)] for cut in sorted(seen)))
    arn = job(world, machine).arn or ""
    if world.jobs.described[arn].status == "InProgress":
        if end == "completes":
            put(world, job(world, machine), whole)
            world.jobs.complete(arn)
        elif end == "fails":
            world.jobs.fail(arn, "Internal error.")
    if end == "is lost":
        world.jobs.forget(arn)
    for _ in range(3):
        looks(world, lost=end == "is lost")
    assert replayed(world, machine).same is not False
