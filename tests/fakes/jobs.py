"""Bedrock's customization jobs in memory; a test moves a job on."""

from dataclasses import replace
from datetime import datetime

from finetune_guard.core.errors import NameTakenError, NotFoundError, QuotaReachedError, RequestRejectedError
from finetune_guard.core.job_request import JobRequest
from finetune_guard.core.jobs import Phase, Phases, PhaseStatus
from finetune_guard.core.names import digest
from finetune_guard.core.observations import FoundationModel, JobDescription
from tests.fakes.clock import FakeClock
from tests.fakes.seam import Seam, Seamed, outgoing
from tests.fakes.wire import refuse_what_bedrock_refuses

ACCOUNT = "arn:aws:bedrock:us-east-1:123456789012"
BASE = "amazon.nova-lite-v1:0:300k"
RUNNING = frozenset({"InProgress", "Stopping"})


class FakeTrainingJobs(Seamed):
    """Jobs that stand still until `advance`, `complete`, `fail`, `forget` or `edit` moves them.

    Attributes:
        described: Every job by ARN, as Get shows it.
        requests: The request of every job by ARN.
        models: ARNs of the custom models that exist.
        most_open: Jobs that may run at once; None for no limit.
        stop_needs_training: Whether Stop is refused before the training phase (fault row 25).
        catalog: What `base_models` answers.
        takes_custom_models: Whether a job may start from a custom model.
        dead_starts: Models that jobs were to start from and that were not there.
    """

    port = "jobs"

    def __init__(self, clock: FakeClock, seam: Seam | None = None) -> None:
        super().__init__(seam)
        self.clock = clock
        self.described: dict[str, JobDescription] = {}
        self.requests: dict[str, JobRequest] = {}
        self.models: set[str] = set()
        self.most_open: int | None = None
        self.stop_needs_training = False
        self.takes_custom_models = True
        self.dead_starts: list[str] = []
        self.catalog: tuple[FoundationModel, ...] = (FoundationModel(BASE, ("FINE_TUNING",), "ACTIVE"),)

    @outgoing
    def create(self, request: JobRequest) -> str:
        refuse_what_bedrock_refuses(request)
        for arn, earlier in self.requests.items():
            if earlier.token == request.token:
                return arn
        self._refuse_taken_names(request)
        self._refuse_start(request)
        running = [job for job in self.described.values() if job.status in RUNNING]
        if self.most_open is not None and len(running) >= self.most_open:
            raise QuotaReachedError(f"{len(running)} jobs run, no more may.", "ServiceQuotaExceededException")
        return self._born(request)

    @outgoing
    def get(self, identifier: str) -> JobDescription:
        return self._found(identifier)

    @outgoing
    def stop(self, identifier: str) -> None:
        job = self._found(identifier)
        training = job.phases.training and job.phases.training.status is PhaseStatus.IN_PROGRESS
        if job.status != "InProgress" or (self.stop_needs_training and not training):
            raise NameTakenError(f"{identifier} cannot be stopped, it is {job.status}.", "ConflictException")
        self.edit(identifier, status="Stopping")

    @outgoing
    def delete_model(self, model_arn: str) -> None:
        if ":custom-model/" not in model_arn:
            raise RequestRejectedError(f"{model_arn} is no custom model.", "ValidationException")
        self.models.discard(model_arn)

    @outgoing
    def base_models(self) -> tuple[FoundationModel, ...]:
        return self.catalog

    @outgoing
    def in_progress(self) -> int:
        return sum(job.status == "InProgress" for job in self.described.values())

    def advance(self, identifier: str) -> JobDescription:
        """Moves a job one phase on: validation, data processing, training, Completed; Stopping to Stopped."""
        job = self._found(identifier)
        if job.status == "Stopping":
            return self._ended(identifier, "Stopped", _all(job.phases, PhaseStatus.STOPPED, self.clock.now()))
        if job.status != "InProgress":
            raise ValueError(f"{identifier} has ended: {job.status}")
        phases = _next(job.phases, Phase(PhaseStatus.IN_PROGRESS, self.clock.now(), self.clock.now()))
        if phases is None:
            return self.complete(identifier)
        return self.edit(identifier, phases=phases)

    def train(self, identifier: str) -> JobDescription:
        """Moves a job into its training phase."""
        job = self._found(identifier)
        while job.phases.training is None or job.phases.training.status is not PhaseStatus.IN_PROGRESS:
            job = self.advance(identifier)
        return job

    def complete(self, identifier: str, training_loss: float | None = None) -> JobDescription:
        """Ends a job well: its model exists from now on."""
        job = self._found(identifier)
        model = job.arn.replace(":model-customization-job/", ":custom-model/")
        self.models.add(model)
        self.edit(identifier, model_arn=model, training_loss=training_loss)
        return self._ended(identifier, "Completed", _all(job.phases, PhaseStatus.COMPLETED, self.clock.now()))

    def fail(self, identifier: str, message: str) -> JobDescription:
        """Ends a job badly."""
        job = self.edit(identifier, failure=message)
        return self._ended(identifier, "Failed", _all(job.phases, PhaseStatus.FAILED, self.clock.now()))

    def forget(self, identifier: str) -> None:
        """Makes a job vanish, as if it had never been (fault row 31)."""
        del self.described[self._found(identifier).arn]

    def edit(self, identifier: str, **changes: object) -> JobDescription:
        """Sets any field of what Get shows, such as a status that nobody knows."""
        job = self._found(identifier)
        edited = replace(job, last_modified=self.clock.now(), **changes)  # type: ignore[arg-type]
        self.described[job.arn] = edited
        return edited

    def _ended(self, identifier: str, status: str, phases: Phases) -> JobDescription:
        return self.edit(identifier, status=status, phases=phases, ended_at=self.clock.now())

    def _found(self, identifier: str) -> JobDescription:
        if identifier in self.described:
            return self.described[identifier]
        for job in self.described.values():
            if identifier in {job.arn, job.name, job.arn.rsplit("/", 1)[-1]}:
                return job
        raise NotFoundError(f"There is no job {identifier}.", "ResourceNotFoundException")

    def _refuse_taken_names(self, request: JobRequest) -> None:
        # Names stay reserved for ever, also those of jobs that ended (docs/bedrock.md, 1.1).
        for earlier in self.requests.values():
            if request.job_name == earlier.job_name or request.model_name == earlier.model_name:
                raise NameTakenError(f"{request.job_name} is taken.", "ConflictException")

    def _refuse_start(self, request: JobRequest) -> None:
        if not request.start_from:
            return
        if request.start_from not in self.models:
            self.dead_starts.append(request.start_from)
            raise NotFoundError(f"There is no model {request.start_from}.", "ResourceNotFoundException")
        if not self.takes_custom_models:
            raise RequestRejectedError("A custom model cannot be customized.", "ValidationException")

    def _born(self, request: JobRequest) -> str:
        base = request.base_model_id.rsplit("/", 1)[-1]
        arn = f"{ACCOUNT}:model-customization-job/{base}/{digest(request.token)[:12]}"
        now = self.clock.now()
        waiting = Phase(PhaseStatus.NOT_STARTED)
        self.requests[arn] = request
        self.described[arn] = JobDescription(
            arn=arn,
            name=request.job_name,
            status="InProgress",
            base_model_arn=f"arn:aws:bedrock:us-east-1::foundation-model/{base}",
            output_uri=request.output_uri,
            created_at=now,
            phases=Phases(Phase(PhaseStatus.IN_PROGRESS, now, now), waiting, waiting),
            last_modified=now,
            token=request.token,
            training_uri=request.training_uri,
            hyperparameters=dict(request.hyperparameters),
        )
        return arn


def _next(phases: Phases, started: Phase) -> Phases | None:
    """The phases with the present one completed and the next begun; None after the last."""

    def running(phase: Phase | None) -> bool:
        return phase is not None and phase.status is PhaseStatus.IN_PROGRESS

    def done(phase: Phase | None) -> Phase:
        return Phase(PhaseStatus.COMPLETED, phase.started if phase else None, started.started)

    if running(phases.validation):
        return replace(phases, validation=done(phases.validation), data_processing=started)
    if running(phases.data_processing):
        return replace(phases, data_processing=done(phases.data_processing), training=started)
    return None


def _all(phases: Phases, status: PhaseStatus, now: datetime) -> Phases:
    """The phases with whatever had not completed now in `status`, unless it never began."""

    def ended(phase: Phase | None) -> Phase | None:
        if phase is None or phase.status in {PhaseStatus.COMPLETED, PhaseStatus.NOT_STARTED}:
            return phase
        return replace(phase, status=status, changed=now)

    return Phases(ended(phases.validation), ended(phases.data_processing), ended(phases.training))
