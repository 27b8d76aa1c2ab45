"""A long run whose processes die anywhere, whose execution is aborted anywhere, whose replies are lost.

The stories are long: not each of their calls is tried but every few, the same at every run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest

from finetune_guard.core.alerts import AlertKind
from finetune_guard.core.decisions import AutoStop, OnAbort, OnInconclusive, Reply, RunStatus
from finetune_guard.core.errors import ServiceUnavailableError
from finetune_guard.core.jobs import JobRecord, JobStatus
from tests.builders import plan, run, segmented
from tests.fakes.seam import CrashAt, Seam, When
from tests.fakes.world import World
from tests.usecases.long_run import Play, Story, levels
from tests.usecases.machine import csv
from tests.usecases.test_crash_points import SET_UP, End, healthy, the_end

TWO_RATES = (Decimal("0.0001"), Decimal("0.0003"))
LONG = segmented(2, probe=True, sweep=TWO_RATES)
#: A crash before a call differs from one after the call before it only where a process begins.
STRIDES: dict[When, int] = {"after": 4, "before": 11}
#: The first rate is the best and at the edge, so a third is tried below it.
FALLING = levels(rehearsal_0=1.2, rehearsal_1=1.5, rehearsal_2=1.4, segment_1_0=1.1, segment_2_0=1.0)


def blind_rehearsal(world: World, job: JobRecord) -> None:
    """The rehearsal leaves no file, all other jobs a healthy curve."""
    if job.rehearsal:
        world.jobs.advance(job.arn or "")
    else:
        healthy(world, job)


def live_and_bad_at_last(world: World, job: JobRecord) -> None:
    """The last segment's curve is live and blows up while the job trains on, unless it is stopped."""
    training = world.jobs.described[job.arn or ""].phases.training
    status = world.jobs.described[job.arn or ""].status
    if job.key.segment < 2 or status == "Stopping" or training is None or training.started is None:
        FALLING(world, job)
        return
    rows = 2 + int((world.clock.now() - training.started).total_seconds() // 60)
    data = csv(*([2.0] * rows), *([90.0] * (rows > 4)))
    world.metrics.put(job.request.output_uri, (job.arn or "")[-12:], data)


STORIES: dict[str, Story] = {
    "segmented sweep": Story(run(plan=LONG), FALLING),
    "asked and answered": Story(
        run(plan=plan(on_inconclusive=OnInconclusive.ASK)), blind_rehearsal, Reply.PROCEED
    ),
    "stopped in its last segment": Story(run(plan=segmented(2, auto_stop=AutoStop.ON)), live_and_bad_at_last),
}


@dataclass(frozen=True)
class LongEnd:
    """What must be the same whatever crashed, with the models that are left."""

    end: End
    kept: str
    models: frozenset[str]
    questions: tuple[tuple[str, str | None], ...]


def end_of(play: Play) -> LongEnd:
    done = play.run
    return LongEnd(
        the_end(play.world, play.story.run),
        done.kept,
        frozenset(play.world.jobs.models),
        tuple((question.about, question.reply) for question in done.questions),
    )


@dataclass(frozen=True)
class Outcome:
    """What a run that was taken up shares with one that nobody disturbed."""

    status: RunStatus
    kept: tuple[str, int]
    creates: int
    models: int
    policies: frozenset[str]


def outcome_of(play: Play) -> Outcome:
    done = play.run
    kept = done.kept_job
    policies = {decided.decision.policy for decided in done.decisions} - {"run.aborted"}
    return Outcome(
        done.status,
        (kept.key.part, kept.key.candidate) if kept else ("", 0),
        len(play.world.jobs.requests),
        len(play.world.jobs.models),
        frozenset(policies),
    )


def nothing_is_lost(play: Play) -> None:
    """No job that no record knows, none started from a dead model, the kept model is there."""
    done = play.run
    assert set(play.world.jobs.requests) == {job.arn for job in done.jobs if job.arn}
    assert play.world.jobs.dead_starts == []
    assert done.kept_job is None or done.kept_job.model in play.world.jobs.models
    tokens = [request.token for request in play.world.jobs.requests.values()]
    assert len(set(tokens)) == len(tokens)


@pytest.mark.parametrize(
    ("story", "status", "jobs", "kept", "last"),
    [
        ("segmented sweep", "completed", 6, "segment-2-0-0", "segment.healthy"),
        ("asked and answered", "completed", 2, "full-0-0", "full.healthy"),
        ("stopped in its last segment", "completed", 3, "segment-1-0-0", "segment.broken.keep_best"),
    ],
)
def test_each_story_ends_as_it_should(story: str, status: str, jobs: int, kept: str, last: str) -> None:
    play = Play(STORIES[story]).to_the_end()
    end = end_of(play)
    assert (end.end.status, end.end.bedrock_jobs, end.kept) == (status, jobs, kept)
    assert end.end.decisions[-1][1] == last
    assert end.end.told == end.end.alerts
    assert end.end.report
    assert len(end.models) == 1
    nothing_is_lost(play)


def test_a_person_is_asked_once_and_the_answer_is_told() -> None:
    play = Play(STORIES["asked and answered"]).to_the_end()
    asked = [alert for alert in play.world.alerts.published if alert.kind is AlertKind.QUESTION]
    assert len(asked) == 1
    assert end_of(play).questions == (("rehearsal-0-0", "proceed"),)


def test_without_an_answer_the_run_waits_its_time_and_then_does_what_was_ordered() -> None:
    of = run(plan=plan(on_inconclusive=OnInconclusive.ASK))
    play = Play(Story(of, blind_rehearsal))
    for _ in range(30):
        play.round()
    assert (play.run.status, len(play.run.questions)) == (RunStatus.RUNNING, 1)
    play.world.clock.advance(hours=24)
    play.to_the_end()
    assert play.run.decisions[-1].decision.policy == "rehearsal.unanswered.refuse"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("story", STORIES)
@pytest.mark.fault(12)
@pytest.mark.fault(19)
@pytest.mark.fault(22)
def test_a_crash_at_any_call_leads_to_the_same_end(story: str, when: When) -> None:
    calm = Play(STORIES[story]).to_the_end()
    expected, points = end_of(calm), len(calm.world.seam.calls)
    for nth in range(SET_UP, points, STRIDES[when]):
        play = Play(STORIES[story], World(seam=Seam(CrashAt(nth, when)))).to_the_end()
        assert end_of(play) == expected, f"{when} call {nth} of {points}: {play.world.seam.calls[nth]}"
        nothing_is_lost(play)
        duplicates = len(play.world.alerts.published) - len(expected.end.told)
        assert duplicates <= 1, f"{when} call {nth}: {duplicates} mails twice"


def killed(story: Story) -> Iterator[tuple[str, Play]]:
    """The story with its execution aborted at the start of each round, and taken up as soon as may be."""
    for rounds in range(1, Play(story).to_the_end().rounds):
        play = Play(story)
        while play.rounds < rounds:
            play.round()
        if play.machine is None or play.machine.state == "Ended":
            return
        play.kill()
        yield f"killed in round {rounds}", play.to_the_end()


@pytest.mark.fault(79)
@pytest.mark.fault(80)
@pytest.mark.parametrize("story", ["segmented sweep", "stopped in its last segment"])
def test_a_run_whose_execution_was_aborted_in_any_round_comes_to_the_same_end(story: str) -> None:
    calm = outcome_of(Play(STORIES[story]).to_the_end())
    times = 0
    for where, play in killed(STORIES[story]):
        assert outcome_of(play) == calm, where
        nothing_is_lost(play)
        assert play.executions == 2, where
        assert {job.key.attempt for job in play.run.jobs} <= {0, 1}
        times += 1
    assert times > 12


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_whose_execution_was_aborted_at_any_call_comes_to_the_same_end(when: When) -> None:
    story = STORIES["segmented sweep"]
    calm = Play(story).to_the_end()
    expected, points = outcome_of(calm), len(calm.world.seam.calls)
    creates = [nth for nth, call in enumerate(calm.world.seam.calls) if call == "jobs.create"]
    assert len(creates) == 6
    for nth in sorted({*creates, *range(SET_UP, points, 2 * STRIDES[when])}):
        play = Play(story, World(seam=Seam(CrashAt(nth, when))), mortal=True).to_the_end()
        assert outcome_of(play) == expected, f"{when} call {nth}: {play.world.seam.calls[nth]}"
        nothing_is_lost(play)


def test_an_execution_that_is_aborted_again_and_again_comes_to_the_same_end() -> None:
    story = STORIES["segmented sweep"]
    calm = outcome_of(Play(story).to_the_end())
    play = Play(story)
    for _ in range(6):
        for _ in range(6):
            play.round()
        if play.machine is not None and play.machine.state != "Ended":
            play.kill()
    play.to_the_end()
    assert outcome_of(play) == calm
    assert play.executions > 3
    nothing_is_lost(play)


def test_where_an_abort_stops_the_jobs_they_are_made_again_and_nothing_else_is() -> None:
    story = Story(run(plan=segmented(2, probe=True, sweep=TWO_RATES, on_abort=OnAbort.STOP)), FALLING)
    calm = outcome_of(Play(story).to_the_end())
    for where, play in killed(story):
        outcome = outcome_of(play)
        assert (outcome.status, outcome.kept, outcome.models) == (calm.status, calm.kept, 1), where
        stopped = [job for job in play.run.jobs if job.status is JobStatus.STOPPED]
        assert outcome.creates == calm.creates + len(stopped), where
        assert len(stopped) <= 2, where
        nothing_is_lost(play)


@dataclass
class LostReply:
    """Loses the reply of the nth call of a name, counted from 0: it is carried out, and nobody is told."""

    call: str
    nth: int
    seen: int = 0

    def before(self, call: str) -> None:
        return

    def after(self, call: str) -> None:
        if call != self.call:
            return
        self.seen += 1
        if self.seen == self.nth + 1:
            raise ServiceUnavailableError("the reply was lost")


@pytest.mark.parametrize("nth", range(6))
@pytest.mark.fault(19)
def test_the_lost_reply_of_any_create_makes_no_second_job(nth: int) -> None:
    story = STORIES["segmented sweep"]
    calm = end_of(Play(story).to_the_end())
    play = Play(story, World(seam=Seam(LostReply("jobs.create", nth)))).to_the_end()
    assert end_of(play) == calm
    assert play.world.jobs.calls.count("create") >= 7
    nothing_is_lost(play)


@pytest.mark.fault(24)
def test_the_lost_reply_of_a_stop_leaves_a_stopped_job_and_the_best_model() -> None:
    story = STORIES["stopped in its last segment"]
    calm = end_of(Play(story).to_the_end())
    play = Play(story, World(seam=Seam(LostReply("jobs.stop", 0)))).to_the_end()
    assert end_of(play) == calm
    assert play.run.jobs[-1].status is JobStatus.STOPPED
    nothing_is_lost(play)


@pytest.mark.parametrize("story", ["segmented sweep", "stopped in its last segment"])
@pytest.mark.fault(2)
def test_a_watch_that_is_away_for_ten_ticks_changes_nothing_but_the_time(story: str) -> None:
    calm = Play(STORIES[story]).to_the_end()
    for first in range(0, calm.rounds, 3):
        play = Play(STORIES[story], blind=range(first, first + 10)).to_the_end()
        assert outcome_of(play) == outcome_of(calm), f"away from round {first}"
        nothing_is_lost(play)


@pytest.mark.parametrize("clean_every", [1, 2, 7])
def test_however_often_models_are_cleaned_up_no_needed_one_goes(clean_every: int) -> None:
    play = Play(STORIES["segmented sweep"], clean_every=clean_every).to_the_end()
    assert outcome_of(play) == outcome_of(Play(STORIES["segmented sweep"]).to_the_end())
    nothing_is_lost(play)


def test_a_base_that_takes_no_custom_model_is_found_out_by_the_probe_and_trained_in_one_job() -> None:
    world = World()
    world.jobs.takes_custom_models = False
    play = Play(STORIES["segmented sweep"], world).to_the_end()
    assert (play.run.status, play.run.kept) == (RunStatus.COMPLETED, "full-0-0")
    assert len(world.jobs.models) == 1
    assert world.store.base_model(LONG.base_model_id).accepts_custom_model is False
    nothing_is_lost(play)


@pytest.mark.parametrize("part", ["rehearsal", "segment-1"])
def test_a_part_that_leaves_no_curve_does_not_keep_the_next_from_being_judged(part: str) -> None:
    def no_file(world: World, job: JobRecord) -> None:
        if job.key.part == part:
            world.jobs.advance(job.arn or "")
        else:
            FALLING(world, job)

    play = Play(Story(run(plan=segmented(2, on_inconclusive=OnInconclusive.PROCEED)), no_file)).to_the_end()
    assert play.run.status is RunStatus.COMPLETED
    assert all(job.closed for job in play.run.jobs)
    assert play.run.kept == "segment-2-0-0"
