"""A Bedrock in memory whose jobs train for real; nothing is waited for, its time is the world's clock."""

from typing import Final

from finetune_guard.core.job_request import JobRequest
from finetune_guard.core.observations import JobDescription
from local.bedrock.artifacts import manifest, training_csv, validation_csv
from local.bedrock.catalog import BaseModel, Catalog
from local.bedrock.hyperparameters import filled_in
from local.bedrock.model import ByteModel, Floats
from local.bedrock.rates import training_of
from local.bedrock.records import Dataset, read_records
from local.bedrock.schedule import AfterWarmUp
from local.bedrock.training import Step, Validation, train
from local.bedrock.weights import BASE_WEIGHTS, read_weights
from tests.fakes.files import MANIFEST_CSV, TRAINING_CSV, VALIDATION_CSV
from tests.fakes.world import World

#: About what a step of a real job takes (docs/bedrock.md, 2.3), and what a job takes beside its steps.
STEP_SECONDS: Final = 2.0
JOB_MINUTES: Final = 60.0


class TrainingService:
    """Trains the jobs that the world's Bedrock has accepted, and keeps the models.

    Attributes:
        weights: Of every custom model that was made, by its ARN; also of those deleted since.
        trained: ARNs of the jobs, in the order in which they were trained.
    """

    def __init__(self, world: World, then: AfterWarmUp) -> None:
        self._world = world
        self._then = then
        self.weights: dict[str, Floats] = {}
        self.trained: list[str] = []

    def run(self) -> None:
        """Brings every job in progress to its end."""
        for job in list(self._world.jobs.described.values()):
            if job.status == "InProgress":
                self._world.jobs.train(job.arn)
                self._train(job, self._world.jobs.requests[job.arn])

    def _train(self, job: JobDescription, request: JobRequest) -> None:
        base = Catalog().models[request.base_model_id]
        model = ByteModel(self._start(request).copy())
        training = training_of(base, filled_in(base, request.hyperparameters), self._then)
        data, kept_back = (self._read(uri, base) for uri in (request.training_uri, request.validation_uri))
        steps: list[Step] = []
        judged: list[Validation] = []
        for event in train(model, data.examples, [kept_back.examples], training):
            if isinstance(event, Step):
                steps.append(event)
            else:
                judged.append(event)
        self._world.clock.advance(minutes=JOB_MINUTES, seconds=STEP_SECONDS * len(steps))
        self._publish(job, request, base, data, (steps, judged))
        done = self._world.jobs.complete(job.arn, steps[-1].loss)
        self.weights[done.model_arn or ""] = model.parameters
        self.trained.append(job.arn)

    def _start(self, request: JobRequest) -> Floats:
        if not request.start_from:
            return read_weights(BASE_WEIGHTS)
        if request.start_from not in self._world.jobs.models:
            raise ValueError(f"{request.job_name} starts from {request.start_from}, which does not exist.")
        return self.weights[request.start_from]

    def _read(self, uri: str | None, base: BaseModel) -> Dataset:
        data = self._world.datasets.contents[uri or ""].data
        return read_records(data.splitlines(), base.dataset.schema)

    def _publish(
        self,
        job: JobDescription,
        request: JobRequest,
        base: BaseModel,
        data: Dataset,
        seen: tuple[list[Step], list[Validation]],
    ) -> None:
        files = {
            TRAINING_CSV: training_csv(seen[0], base.has_perplexity_column),
            VALIDATION_CSV: validation_csv(seen[1], 0, base.has_perplexity_column),
            MANIFEST_CSV: manifest(request.training_uri, data),
        }
        for name, content in files.items():
            self._world.metrics.put(job.output_uri, job.arn.rsplit("/", 1)[-1], content, name)
