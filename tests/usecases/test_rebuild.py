"""The table is lost at any moment, rebuilt, and the run goes on to the end that it would have had."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from finetune_guard.core.decisions import Reply, RunStatus
from finetune_guard.core.errors import ServiceUnavailableError
from finetune_guard.core.jobs import JobRecord, RecordCounts
from finetune_guard.core.journal_keys import run_key
from finetune_guard.core.rebuilding import as_kept
from finetune_guard.core.runs import Problem, Run
from finetune_guard.core.wire import plain
from finetune_guard.usecases.judge_curve import judge
from finetune_guard.usecases.rebuild import RebuildTools, Survey, survey, write
from finetune_guard.usecases.replay_run import ReplayTools, replay_run
from finetune_guard.usecases.watch import tick
from tests.builders import plan, run, segmented
from tests.crashes.runs import STORIES, healthy
from tests.fakes.seam import Calm, Crash, CrashAt, Faults, When
from tests.fakes.world import World
from tests.usecases.long_run import Play, Story, leveled_judge, levels
from tests.usecases.machine import csv, watch_tools
from tests.usecases.run_ends import nothing_is_lost, outcome_of

ONE_JOB = Story(run(plan=plan(rehearsal=None)), healthy)
TWO_JOBS = Story(run(), healthy)
ALL = {**STORIES, "one job": ONE_JOB, "rehearsal and full run": TWO_JOBS}
WRONG = Problem("HP002", "error", "hyperparameters", "1", "That is too much.", "Take less.", "a test")


def tools_of(world: World) -> RebuildTools:
    return RebuildTools(world.store, world.jobs, world.journal, leveled_judge, world.clock)


def rebuilt(world: World) -> Survey:
    found = survey(tools_of(world))
    write(found, world.store)
    return found


def begun(story: Story) -> Play:
    """The first round, after which the bucket has the run as the plan step keeps it."""
    play = Play(story)
    play.round()
    keep(play.world, story.run)
    return play


def keep(world: World, of: Run) -> None:
    world.journal.keep(run_key(of.run_id), as_kept(world.store.run(of.run_id)).encode(), "application/json")


def lose_the_table(play: Play) -> None:
    """Every item is gone; whoever waits hears nothing more and asks again in time, as the machine does."""
    play.world.store.rows.clear()
    play.world.workflow.waiting.clear()
    if play.machine and play.machine.state == "Waiting":
        play.machine.state = "Next"


def lost_in_each_round(story: Story) -> Iterator[tuple[int, Play]]:
    for rounds in range(1, Play(story).to_the_end().rounds):
        play = begun(story)
        while play.rounds < rounds:
            play.round()
        yield rounds, play


@pytest.mark.fault(66)
@pytest.mark.parametrize("story", ALL)
def test_a_table_that_is_lost_in_any_round_and_rebuilt_leads_to_the_same_end(story: str) -> None:
    calm = outcome_of(Play(ALL[story]).to_the_end())
    for rounds, play in lost_in_each_round(ALL[story]):
        lose_the_table(play)
        found = rebuilt(play.world)
        assert found.left_out == (), f"lost in round {rounds}"
        assert [missing.run.run_id for missing in found.runs] == [ALL[story].run.run_id]
        play.to_the_end()
        assert outcome_of(play) == calm, f"lost in round {rounds}"
        nothing_is_lost(play)


@pytest.mark.fault(66)
def test_what_a_rebuild_writes_is_found_whole_the_next_time_and_written_once() -> None:
    play = begun(TWO_JOBS)
    lose_the_table(play)
    rebuilt(play.world)
    rows = dict(play.world.store.rows)
    again = rebuilt(play.world)
    assert (again.runs, again.whole, again.bases) == ((), 1, ())
    assert play.world.store.rows == rows


def differing(before: object, after: object, path: str = "") -> Iterator[str]:
    """Paths at which two documents differ, without places in lists."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(set(before) | set(after)):
            yield from differing(before.get(key), after.get(key), f"{path}.{key}".lstrip("."))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from differing(one, other, path)
    elif before != after:
        yield path


def beyond(found: set[str], expected: set[str]) -> set[str]:
    """Differences that are neither among those that are expected nor below one of them."""
    return {path for path in found if not any(f"{path}.".startswith(f"{each}.") for each in expected)}


#: Counters begin anew: how often a record was written, and how often the run has waited.
COUNTERS = {"version", "waits", "jobs.version"}
#: Of a closed job: when the last look was, the bucket's own name for a version of a file, a tag for Create.
LOOKS = {
    "jobs.ticked_at",
    "jobs.end_seen_at",
    "jobs.settled_reads",
    "jobs.sightings.key",
    "jobs.sightings.etag",
    "jobs.sightings.last_modified",
    "jobs.sightings.seen_at",
    "jobs.request.tags.finetune-guard:stack",
}
#: Of an open job: all that was seen of it; the next tick sees it again.
SEEN = {
    "jobs.evidence",
    "jobs.seen",
    "jobs.sightings",
    "jobs.verdict",
    "jobs.verdict_reason",
    "jobs.intended_at",
}
#: What the clean-up did is not in the report: it deletes again, which changes nothing, and marks again.
CLEANED = {"jobs.model_deleted_at", "jobs.throw_away"}
#: Decisions of a run that goes on are made again, and dated anew; so is the wait.
DECIDED = {"decisions", "wait"}


def trains(world: World, job: JobRecord) -> None:
    """Trains on and on, with a live curve."""
    world.jobs.train(job.arn or "")
    rows = csv(*([2.0] * (1 + world.clock.now().minute)))
    world.metrics.put(job.request.output_uri, (job.arn or "")[-12:], rows)


POINTS: dict[str, tuple[Story, int | None, set[str]]] = {
    "one job in training": (Story(ONE_JOB.run, trains), 5, LOOKS | SEEN | {"wait"}),
    "after its first segment": (
        Story(run(plan=segmented(2, rehearsal=None)), levels()),
        5,
        LOOKS | DECIDED | {"jobs.evidence"},
    ),
    "completed": (STORIES["segmented sweep"], None, CLEANED),
    "stopped and the best kept": (STORIES["stopped in its last segment"], None, CLEANED),
    "refused": (Story(run(plan=None, problems=(WRONG,)), healthy), None, set()),
}


@pytest.mark.fault(66)
@pytest.mark.parametrize("point", POINTS)
def test_a_rebuilt_run_differs_from_what_it_was_only_where_it_is_said(point: str) -> None:
    story, rounds, expected = POINTS[point]
    play = begun(story)
    while rounds and play.rounds < rounds:
        play.round()
    if rounds is None:
        play.to_the_end()
    before = play.run
    play.world.clock.advance(hours=1)
    lose_the_table(play)
    rebuilt(play.world)
    found = set(differing(plain(before), plain(play.run)))
    assert beyond(found, COUNTERS | expected) == set()
    assert play.run.status is before.status
    assert [job.key for job in play.run.jobs] == [job.key for job in before.jobs]


def test_a_run_that_was_taken_up_is_rebuilt_as_it_was_taken_up() -> None:
    story = STORIES["segmented sweep"]
    calm = outcome_of(Play(story).to_the_end())
    for rounds in (3, 9, 13):
        play = begun(story)
        while play.rounds < rounds:
            play.round()
        play.kill()
        while play.machine is None:
            play.round()
        keep(play.world, story.run)
        play.round()
        lose_the_table(play)
        rebuilt(play.world)
        assert play.run.attempt == 1
        assert play.run.executions == (story.run.execution_arn,)
        play.to_the_end()
        assert outcome_of(play) == calm
        nothing_is_lost(play)


def test_an_execution_that_ended_while_the_table_was_away_is_found_by_the_watch() -> None:
    play = begun(TWO_JOBS)
    lose_the_table(play)
    play.machine = None
    play.world.workflow.end(TWO_JOBS.run.execution_arn, "FAILED")
    rebuilt(play.world)
    play.to_the_end()
    assert play.run.status is RunStatus.COMPLETED
    assert play.executions == 2
    nothing_is_lost(play)


@pytest.mark.fault(12)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_rebuild_that_dies_anywhere_is_done_by_the_next(when: When) -> None:
    for nth in range(60):
        play = begun(TWO_JOBS)
        for _ in range(6):
            play.round()
        lose_the_table(play)
        play.world.seam.interrupt = CrashAt(nth, when)
        try:
            rebuilt(play.world)
        except Crash:
            play.world.seam.interrupt = Calm()
            rebuilt(play.world)
            play.to_the_end()
            assert play.run.status is RunStatus.COMPLETED
            nothing_is_lost(play)
            continue
        assert nth > 8
        return
    raise AssertionError("it never ended")


def test_only_what_is_absent_is_written() -> None:
    play = begun(TWO_JOBS)
    for _ in range(6):
        play.round()
    rows = dict(play.world.store.rows)
    gone = ("JOB", TWO_JOBS.run.run_id, "rehearsal-0-0")
    del play.world.store.rows[gone]
    found = rebuilt(play.world)
    (missing,) = found.runs
    assert (missing.itself, [job.key.short for job in missing.jobs]) == (False, ["rehearsal-0-0"])
    others = {key: row for key, row in play.world.store.rows.items() if key != gone}
    assert others == {key: row for key, row in rows.items() if key != gone}


def test_what_cannot_be_read_in_the_table_is_left_as_it_is_and_named() -> None:
    play = begun(TWO_JOBS)
    key = ("RUN", TWO_JOBS.run.run_id)
    play.world.store.rows[key] = play.world.store.rows[key]._replace(text="{")
    found = rebuilt(play.world)
    assert (found.runs, len(found.left_out)) == ((), 1)
    assert TWO_JOBS.run.run_id in found.left_out[0]
    assert play.world.store.rows[key].text == "{"


@pytest.mark.parametrize("kept", [None, b"{", b'{"schema_version": 99}', b'{"run_id": "\xff"}'])
def test_a_run_that_the_bucket_does_not_have_whole_is_left_out_and_the_others_are_rebuilt(
    kept: bytes | None,
) -> None:
    play = begun(TWO_JOBS)
    lose_the_table(play)
    world = play.world
    if kept is None:
        world.journal.keep("runs/older-0123456789/report.json", b"{}", "application/json")
    else:
        world.journal.keep(run_key("older-0123456789"), kept, "application/json")
    found = rebuilt(world)
    assert [missing.run.run_id for missing in found.runs] == [TWO_JOBS.run.run_id]
    (left_out,) = found.left_out
    assert left_out.startswith("older-0123456789: ")


def test_a_job_of_the_same_name_that_is_not_ours_is_not_taken_for_ours() -> None:
    play = begun(ONE_JOB)
    (job,) = play.run.jobs
    play.world.jobs.edit(job.arn or "", token="another")
    lose_the_table(play)
    (missing,) = survey(tools_of(play.world)).runs
    assert missing.jobs == ()


def test_a_service_that_does_not_answer_ends_the_survey_before_anything_is_written() -> None:
    play = begun(ONE_JOB)
    lose_the_table(play)
    play.world.seam.interrupt = Faults().add("jobs.get", ServiceUnavailableError("throttled"))
    with pytest.raises(ServiceUnavailableError):
        rebuilt(play.world)
    assert play.world.store.rows == {}


def test_an_answer_is_known_again_by_the_job_that_followed_it_and_asked_for_again_where_none_did() -> None:
    story = STORIES["asked and answered"]
    play = begun(replace(story, answer=None))
    for _ in range(25):
        play.round()
    assert [question.reply for question in play.run.questions] == [None]
    lose_the_table(play)
    rebuilt(play.world)
    assert play.run.questions == ()
    answered = begun(story)
    while not any(job.key.part == "full" for job in answered.run.jobs):
        answered.round()
    lose_the_table(answered)
    answered.world.clock.advance(hours=1)
    rebuilt(answered.world)
    assert [question.reply for question in answered.run.questions] == [Reply.PROCEED]


def test_the_real_judge_judges_again_what_the_watch_has_kept() -> None:
    """A live curve, its validation and two manifests of one name."""
    losses = [2.0 - 0.02 * step for step in range(40)]
    play = begun(Story(run(plan=plan(rehearsal=None)), lambda world, job: None))
    (job,) = play.run.jobs
    world, arn = play.world, job.arn or ""
    world.jobs.train(arn)
    watching = replace(watch_tools(world), judge=judge)
    for rows in (12, 30, 40):
        if rows == 40:
            put_manifests(world, arn)
            world.jobs.complete(arn)
        world.metrics.put(job.request.output_uri, arn[-12:], csv(*losses[:rows]))
        tick(watching, world.clock.now() + timedelta(seconds=50))
        world.clock.advance(minutes=1)
    tick(watching, world.clock.now() + timedelta(seconds=50))
    (before,) = play.run.jobs
    assert (before.closed, before.seen.live, before.counts) == (True, True, RecordCounts(14, 12, 0, 2))
    world.clock.advance(hours=1)
    lose_the_table(play)
    write(survey(replace(tools_of(world), judge=judge)), world.store)
    found = set(differing(plain(before), plain(play.run.jobs[0]), "jobs"))
    expected = LOOKS | COUNTERS | {"jobs.sightings", "jobs.seen.marks", "jobs.seen.grew_at"}
    assert beyond(found, expected) == set()
    (again,) = replay_run(play.run.run_id, ReplayTools(world.store, world.journal, judge))
    assert again.same


def put_manifests(world: World, arn: str) -> None:
    header = b"totalProcessedRecordCount,acceptedRecordCount,rejectedRecordCount\n"
    for name, row in (("training", b"10,8,2\n"), ("validation", b"4,4,0\n")):
        place = f"input_status/{name}/manifest.report.csv"
        world.metrics.put(ONE_JOB.run.plan.output_uri, arn[-12:], header + row, place)  # type: ignore[union-attr]


@pytest.mark.fault(66)
@pytest.mark.parametrize("story", ["segmented sweep", "stopped in its last segment"])
def test_a_table_that_is_restored_to_the_past_and_completed_from_the_bucket_leads_to_the_same_end(
    story: str,
) -> None:
    calm = Play(STORIES[story]).to_the_end()
    for back in range(1, calm.rounds - 6, 3):
        play = begun(STORIES[story])
        while play.rounds < back:
            play.round()
        past = dict(play.world.store.rows)
        for _ in range(6):
            play.round()
        stops = play.world.jobs.calls.count("stop")
        lose_the_table(play)
        play.world.store.rows.update(past)
        rebuilt(play.world)
        if play.machine and play.machine.state == "Ended":
            play.machine = None
            play.world.workflow.end(STORIES[story].run.execution_arn, "SUCCEEDED")
        play.to_the_end()
        assert outcome_of(play) == outcome_of(calm), f"restored to round {back}"
        assert not stops or play.world.jobs.calls.count("stop") == stops
        nothing_is_lost(play)
