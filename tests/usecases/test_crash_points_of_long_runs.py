"""A long run whose execution is aborted in any round, whose replies are lost, whose watch is away."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from finetune_guard.core.alerts import AlertKind
from finetune_guard.core.decisions import OnAbort, OnInconclusive, RunStatus
from finetune_guard.core.errors import ServiceUnavailableError
from finetune_guard.core.jobs import JobRecord, JobStatus
from tests.builders import plan, run, segmented
from tests.crashes.runs import FALLING, LONG, STORIES, TWO_RATES, blind_rehearsal
from tests.fakes.seam import Seam
from tests.fakes.world import World
from tests.usecases.long_run import Play, Story
from tests.usecases.run_ends import end_of, nothing_is_lost, outcome_of


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
