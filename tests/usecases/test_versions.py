"""Pre-flight checks version V, the plan cuts V, the job is created on V: or nothing is created (row 56)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from finetune_guard.aws.s3_datasets import S3Datasets
from finetune_guard.core.decisions import Mode, RunStatus
from finetune_guard.core.errors import ServiceUnavailableError
from finetune_guard.core.jobs import JobStatus
from finetune_guard.core.next_action import Create, Finish, next_action
from finetune_guard.core.observations import FileFacts
from finetune_guard.core.runs import Run
from finetune_guard.ports import DatasetFiles
from finetune_guard.usecases.create_jobs import Created, CreateTools, create_jobs
from finetune_guard.usecases.plan import PlanTools, make_plan
from finetune_guard.usecases.preflight import Asked, PreflightTools, preflight
from tests.configs import BUCKET, LEAST, ROLE, TRAINING
from tests.contracts import moto_world
from tests.fakes.files import FakeDatasetFiles
from tests.fakes.jobs import FakeTrainingJobs
from tests.fakes.seam import Faults
from tests.usecases.test_preflight import ARN, STARTED, data, world

VALIDATION = f"s3://{BUCKET}/uploads/a/validation.jsonl"
SOUND = {TRAINING: data(300), VALIDATION: data(60, "Other")}
CHANGED = {TRAINING: data(299) + data(1, "Changed"), VALIDATION: data(59, "Other") + data(1, "Changed")}


@dataclass
class Steps:
    """A full run on the user's own two files, step by step."""

    around: PreflightTools
    files: DatasetFiles

    def put(self, uri: str, content: bytes) -> None:
        self.files.write(uri, [content])

    def check(self) -> Run:
        config = {**LEAST, "validation_data_path": VALIDATION}
        asked = Asked(config, Mode.FULL_RUN, ARN, STARTED)
        return preflight(asked, replace(self.around, files=self.files))

    def plan(self, run: Run) -> Run:
        return make_plan(run.run_id, PlanTools(self.files, self.around.store, BUCKET, ROLE))

    def create(self, run: Run) -> Created:
        tools = CreateTools(self.around.store, self.jobs, self.files, self.around.clock, stack="prod")
        return create_jobs(run.run_id, tools)

    @property
    def jobs(self) -> FakeTrainingJobs:
        assert isinstance(self.around.jobs, FakeTrainingJobs)
        return self.around.jobs

    def refused_for(self, run: Run, uri: str) -> None:
        """The run ends refused, with one clear sentence, and nothing was created."""
        stored = self.around.store.run(run.run_id)
        action = next_action(stored, STARTED)
        assert isinstance(action, Finish)
        assert action.status is RunStatus.REFUSED
        assert "DS009" in action.decision.reason
        told = [problem.message for problem in stored.problems if problem.code == "DS009"]
        assert "changed between check and create" in told[0]
        found = [problem for problem in stored.problems if problem.severity == "error"]
        key = "training_data_path" if uri == TRAINING else "validation_data_path"
        assert [(problem.code, problem.key) for problem in found] == [("DS009", key)]
        assert self.jobs.requests == {}


def _fake() -> Iterator[DatasetFiles]:
    yield FakeDatasetFiles(world().clock)  # type: ignore[arg-type]


def _s3() -> Iterator[DatasetFiles]:
    with moto_world.aws() as clients:
        moto_world.bucket(clients, BUCKET)
        yield S3Datasets(clients.s3)


STORES: dict[str, Callable[[], Iterator[DatasetFiles]]] = {"fake": _fake, "s3": _s3}


@pytest.fixture(params=STORES)
def steps(request: pytest.FixtureRequest) -> Iterator[Steps]:
    for files in STORES[request.param]():
        made = Steps(world(), files)
        for uri, content in SOUND.items():
            made.put(uri, content)
        yield made


def test_pre_flight_records_both_files_as_it_found_them(steps: Steps) -> None:
    run = steps.check()
    assert [(source.key, source.file) for source in run.sources] == [
        ("training_data_path", steps.files.facts(TRAINING)),
        ("validation_data_path", steps.files.facts(VALIDATION)),
    ]
    assert steps.around.store.run(run.run_id).sources == run.sources


def test_data_that_stays_the_same_is_what_the_job_is_created_on(steps: Steps) -> None:
    run = steps.plan(steps.check())
    assert steps.create(run).result == "wait"
    [request] = steps.jobs.requests.values()
    assert (request.training_uri, request.validation_uri) == (TRAINING, VALIDATION)


@pytest.mark.fault(56)
@pytest.mark.parametrize("uri", SOUND)
def test_data_written_between_check_and_plan_makes_no_plan(steps: Steps, uri: str) -> None:
    run = steps.check()
    steps.put(uri, CHANGED[uri])
    assert steps.plan(run).plan is None
    steps.refused_for(run, uri)


@pytest.mark.fault(56)
@pytest.mark.parametrize("uri", SOUND)
def test_data_written_between_plan_and_create_makes_no_job(steps: Steps, uri: str) -> None:
    run = steps.plan(steps.check())
    steps.put(uri, CHANGED[uri])
    assert steps.create(run).result == "next"
    steps.refused_for(run, uri)
    assert steps.around.store.run(run.run_id).jobs == ()


@pytest.mark.fault(56)
def test_data_that_is_the_same_again_is_the_same(steps: Steps) -> None:
    run = steps.plan(steps.check())
    steps.put(TRAINING, CHANGED[TRAINING])
    steps.put(TRAINING, SOUND[TRAINING])
    assert steps.create(run).result == "wait"


class Written(FakeDatasetFiles):
    """One file is written again, by somebody else, as soon as the first chunk of it was read."""

    def __init__(self, files: FakeDatasetFiles, uri: str) -> None:
        super().__init__(files.clock)
        self.contents, self.writes, self.uri = files.contents, files.writes, uri

    def chunks(self, uri: str, pinned: FileFacts | None = None) -> Iterator[bytes]:
        for chunk in super().chunks(uri, pinned):
            yield chunk[:100]
            if uri == self.uri:
                self.put(uri, CHANGED[uri])
            yield from super().chunks(uri, pinned)


def of_fake() -> Steps:
    steps = Steps(world(), next(_fake()))
    for uri, content in SOUND.items():
        steps.put(uri, content)
    return steps


@pytest.mark.fault(56)
@pytest.mark.parametrize("uri", SOUND)
def test_data_written_during_the_check_refuses_it(uri: str) -> None:
    steps = of_fake()
    assert isinstance(steps.files, FakeDatasetFiles)
    run = Steps(steps.around, Written(steps.files, uri)).check()
    assert ("DS009", "error") in {(problem.code, problem.severity) for problem in run.problems}


@pytest.mark.fault(56)
def test_data_written_during_the_plan_makes_no_plan() -> None:
    steps = of_fake()
    run = steps.check()
    assert isinstance(steps.files, FakeDatasetFiles)
    assert Steps(steps.around, Written(steps.files, TRAINING)).plan(run).plan is None
    steps.refused_for(run, TRAINING)


@pytest.mark.fault(56)
def test_data_that_is_gone_at_create_makes_no_job(steps: Steps) -> None:
    run = steps.plan(steps.check())
    gone = FakeDatasetFiles(world().clock)  # type: ignore[arg-type]
    gone.put(VALIDATION, SOUND[VALIDATION])
    Steps(steps.around, gone).create(run)
    found = {(problem.code, problem.key) for problem in steps.around.store.run(run.run_id).problems}
    assert ("DS009", "training_data_path") in found
    assert steps.jobs.requests == {}


@pytest.mark.fault(19)
@pytest.mark.fault(56)
def test_a_job_that_was_created_before_the_data_changed_is_kept() -> None:
    steps = of_fake()
    run = steps.plan(steps.check())
    lost = ServiceUnavailableError("lost")
    steps.jobs.seam.interrupt = Faults().add("jobs.create", lost, when="after")
    assert steps.create(run).result == "quota"
    steps.put(TRAINING, CHANGED[TRAINING])
    assert steps.create(run).result == "wait"
    [job] = steps.around.store.run(run.run_id).jobs
    assert (job.status, job.arn in steps.jobs.described) == (JobStatus.IN_PROGRESS, True)


@pytest.mark.fault(56)
def test_an_intent_whose_data_changed_before_the_call_arrived_is_withdrawn() -> None:
    steps = of_fake()
    run = steps.plan(steps.check())
    steps.jobs.seam.interrupt = Faults().add("jobs.create", ServiceUnavailableError("throttled"))
    assert steps.create(run).result == "quota"
    steps.put(TRAINING, CHANGED[TRAINING])
    assert steps.create(run).result == "next"
    steps.refused_for(run, TRAINING)
    [job] = steps.around.store.run(run.run_id).jobs
    assert (job.status, job.closed) == (JobStatus.REFUSED, True)


def test_when_the_data_cannot_be_looked_at_now_creation_comes_later() -> None:
    steps = of_fake()
    run = steps.plan(steps.check())
    assert isinstance(steps.files, FakeDatasetFiles)
    steps.files.seam.interrupt = Faults().add("datasets.facts", ServiceUnavailableError("throttled"))
    assert steps.create(run).result == "quota"
    assert isinstance(next_action(steps.around.store.run(run.run_id), STARTED), Create)
    assert steps.create(run).result == "wait"
