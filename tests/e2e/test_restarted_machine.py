"""The machine is ended while a segment trains, and started again: the run is taken up, nothing made twice."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import boto3
import pytest

from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.errors import NotFoundError
from finetune_guard.core.jobs import JobStatus, PhaseStatus
from finetune_guard.core.names import run_id
from finetune_guard.core.resuming import RESUME
from finetune_guard.core.runs import Run
from local.demo.data import lines, question_sheets
from local.demo.following import Seen, World, follow
from local.demo.stories import HEALTHY
from local.demo.world import world_of
from local.engine.machine import Machine, Wishes, down, up
from tests.e2e.scenes import RESTARTED, SECONDS, ConsoleConfig, Played

pytestmark = pytest.mark.e2e

CREATE = "CreateModelCustomizationJob"


@dataclass(frozen=True)
class Restarted:
    """The run before the machine was ended, and at its end.

    Attributes:
        before: As it was when a segment trained.
        seen: As it was last seen.
        creates: Names of the jobs that the stand-in was asked to create, each as often as it was.
    """

    before: Run
    seen: Seen
    creates: Counter[str]


@pytest.fixture(scope="module")
def restarted(machine: Machine, wishes: Wishes, config: ConsoleConfig, played: Played) -> Restarted:
    """After the first scenes, which have shown how many records a step of this base takes."""
    assert played.seen[config.job_name].settled
    world = world_of(machine, threading.Event())
    run = _begin(config, machine, world).run_id
    before = _await(run, world, lambda found: _trains(found, "segment-1"))
    down(machine.places, lambda _: None)
    again = up(machine.places, wishes, lambda _: None)
    world = world_of(again, threading.Event())
    _await(run, world, lambda found: found.aborted)
    taken_up = _taken_up(run, again, world)
    *_, [seen] = follow([taken_up], world, SECONDS, interval=1.0)
    return Restarted(before, seen, _creates(again, run))


def test_a_run_that_was_taken_up_ends_as_one_that_was_never_disturbed(restarted: Restarted) -> None:
    run = restarted.seen.run
    assert run
    assert (run.status, restarted.seen.execution.status) == (RunStatus.COMPLETED, "SUCCEEDED")
    assert [job.key.part for job in run.jobs][-2:] == ["segment-1", "segment-2"]
    assert all(job.status is JobStatus.COMPLETED for job in run.jobs)
    assert run.kept_job and run.kept_job.model_arn


def test_what_was_complete_is_adopted_and_nothing_is_created_twice(restarted: Restarted) -> None:
    run = restarted.seen.run
    assert run
    assert set(restarted.creates.values()) == {1}
    assert set(restarted.creates) == {job.request.job_name for job in run.jobs}
    before = {job.key for job in restarted.before.jobs}
    assert before <= {job.key for job in run.jobs}
    assert {job.key.attempt for job in run.jobs if job.key in before} == {0}


def test_no_job_is_left_that_no_record_knows(restarted: Restarted) -> None:
    run = restarted.seen.run
    assert run
    found = boto3.client("bedrock").list_model_customization_jobs(nameContains=RESTARTED)
    assert {job["jobName"] for job in found["modelCustomizationJobSummaries"]} == {
        job.request.job_name for job in run.jobs
    }


def test_people_are_told_that_the_execution_ended_and_how_the_run_did(restarted: Restarted) -> None:
    subjects = [mail.subject for mail in restarted.seen.mails]
    assert any(subject.startswith(f"EXECUTION FAILED: {RESTARTED}") for subject in subjects)
    assert subjects[-1].startswith(f"COMPLETED: {RESTARTED}")


def _begin(config: ConsoleConfig, machine: Machine, world: World) -> Seen:
    """Two rates are compared, then two segments; a probe comes between them where none was made before."""
    pairs = question_sheets(300)
    uris = {}
    for what, part in (("training", pairs[:200]), ("validation", pairs[200:])):
        uris[what] = f"s3://{world.bucket}/uploads/{RESTARTED}-{what}.jsonl"
        world.start.files.write(uris[what], [lines(part, config.record)])
    asked = {
        "job_name": RESTARTED,
        "base_model_id": config.base.model_id,
        "training_data_path": uris["training"],
        "validation_data_path": uris["validation"],
        "output_data_path": f"s3://{world.bucket}/output/{RESTARTED}",
        "hyperparameters": {"epochCount": "2"},
        "rehearsal": {"steps": 12, "sweep": ["0.0001", "0.0002"]},
        "run": {"segments": 2},
    }
    return _started(json.dumps(asked), RESTARTED, machine, world)


def _taken_up(run: str, machine: Machine, world: World) -> Seen:
    return replace(_started(json.dumps({RESUME: run}), "taken-up", machine, world), run_id=run)


def _started(document: str, name: str, machine: Machine, world: World) -> Seen:
    arn = world.start.workflow.start(machine.stack.output("RehearseThenRunArn"), name, document)
    return Seen(replace(HEALTHY, name=RESTARTED), run_id(RESTARTED, arn), world.start.workflow.execution(arn))


def _await(run: str, world: World, so: Callable[[Run], bool]) -> Run:
    """The run, once it is so."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found = _found(run, world)
        if found and so(found):
            return found
        world.waiter.wait(0.5)
    raise AssertionError(f"Run {run} did not come so far within {SECONDS:g} seconds: {found}")


def _found(run: str, world: World) -> Run | None:
    try:
        return world.store.run(run)
    except NotFoundError:
        return None


def _trains(run: Run, part: str) -> bool:
    jobs = [job for job in run.jobs if job.key.part == part]
    training = jobs[-1].phases.training if jobs else None
    return training is not None and training.status is PhaseStatus.IN_PROGRESS


def _creates(machine: Machine, run: str) -> Counter[str]:
    """Every call that was to create a job of the run, whatever was answered."""
    calls = map(json.loads, (machine.places.bedrock_state / "calls.jsonl").read_text().splitlines())
    named = (call["resource"] for call in calls if call["operation"] == CREATE)
    return Counter(name for name in named if name.startswith(run))
