"""The operations on customization jobs."""

from collections.abc import Callable, Mapping

from local.bedrock import changes
from local.bedrock.bases import Bases
from local.bedrock.clock import now
from local.bedrock.errors import ACCESS_DENIED, CONFLICT, QUOTA, TOO_MANY_TAGS, VALIDATION, ServiceError
from local.bedrock.hyperparameters import filled_in
from local.bedrock.identifiers import find_job, new_id
from local.bedrock.jobs import Job, JobAnswer, Status, StatusDetails, answer, summary
from local.bedrock.paging import page, wanted
from local.bedrock.requests import CreateJob, JobIdentifier, ListJobs
from local.bedrock.settings import Settings
from local.bedrock.store import Store
from local.bedrock.workers import Workers

#: The service's own limit for a resource (TooManyTagsException); the shape would allow 200.
MOST_TAGS = 50


class JobOperations:
    """Create, Get, Stop and List; each takes the caller's region and the request."""

    def __init__(
        self,
        store: Store,
        bases: Bases,
        workers: Workers,
        settings: Settings,
        changed: Callable[[Job], None],
    ) -> None:
        self._store = store
        self._bases = bases
        self._workers = workers
        self._settings = settings
        self._changed = changed

    def create(self, region: str, request: CreateJob) -> Mapping[str, str]:
        """Creates a job and starts it; the same clientRequestToken gives the job that it gave before."""
        with self._store.lock:
            jobs = self._store.jobs(region)
            token = request.client_request_token
            for job in jobs:
                if token is not None and job.request.client_request_token == token:
                    return {"jobArn": job.arn}
            job = self._new(region, request, jobs)
            self._store.save_job(job)
            self._changed(job)
        self._workers.start(job)
        return {"jobArn": job.arn}

    def get(self, region: str, request: JobIdentifier) -> JobAnswer:
        """What is known of a job."""
        return answer(find_job(self._store.jobs(region), request.job_identifier))

    def stop(self, region: str, request: JobIdentifier) -> Mapping[str, str]:
        """Orders a running job to stop."""
        with self._store.lock:
            job = find_job(self._store.jobs(region), request.job_identifier)
            if job.status is not Status.IN_PROGRESS:
                raise ServiceError(
                    CONFLICT,
                    f"The job {job.arn} is {job.status}; only a job that is InProgress can be stopped.",
                )
            stopping = self._store.update_job(job.job_id, lambda current: changes.stopping(current, now()))
            self._changed(stopping)
        self._workers.stop(stopping)
        return {}

    def listed(self, region: str, request: ListJobs) -> Mapping[str, object]:
        """A page of the jobs of a region."""
        found = [
            job
            for job in self._store.jobs(region)
            if wanted(request, job.request.job_name, job.creation_time)
            and request.status_equals in {None, job.status}
        ]
        part, token = page(request, found, lambda job: job.job_id)
        return {"modelCustomizationJobSummaries": [summary(job) for job in part], **token}

    def _new(self, region: str, request: CreateJob, jobs: list[Job]) -> Job:
        self._check(request)
        base = self._bases.of(region, request.base_model_identifier)
        hyper_parameters = filled_in(base.model, request.hyper_parameters)
        self._check_names(region, request, jobs)
        if sum(not job.status.is_terminal for job in jobs) >= self._settings.scheduled_jobs_limit:
            limit = self._settings.scheduled_jobs_limit
            raise ServiceError(
                QUOTA, f"The account has {limit} scheduled customization jobs, which is its limit."
            )
        at = now()
        return Job(
            job_id=new_id(),
            region=region,
            account=self._settings.account,
            request=request,
            model_id=base.model.model_id,
            base_arn=base.arn,
            hyper_parameters=hyper_parameters,
            status=Status.IN_PROGRESS,
            details=StatusDetails(),
            creation_time=at,
            last_modified_time=at,
            tags=request.job_tags,
        )

    def _check(self, request: CreateJob) -> None:
        if request.customization_type != "FINE_TUNING":
            raise ServiceError(
                VALIDATION,
                f"This stand-in knows FINE_TUNING only, got customizationType {request.customization_type}.",
            )
        if request.training_data_config.s3_uri is None:
            raise ServiceError(VALIDATION, "trainingDataConfig.s3Uri is required for FINE_TUNING.")
        owner = request.role_arn.split(":")[4]
        if owner != self._settings.account:
            raise ServiceError(ACCESS_DENIED, "Cross-account pass role is not allowed.")
        if max(len(request.job_tags), len(request.custom_model_tags)) > MOST_TAGS:
            raise ServiceError(TOO_MANY_TAGS, f"A resource has at most {MOST_TAGS} tags.")

    def _check_names(self, region: str, request: CreateJob, jobs: list[Job]) -> None:
        """Names of jobs and models are never free again, whatever became of their owners."""
        if any(job.request.job_name == request.job_name for job in jobs):
            raise ServiceError(CONFLICT, f"The job name '{request.job_name}' is in use. Choose another name.")
        taken = {job.request.custom_model_name for job in jobs} | {m.name for m in self._store.models(region)}
        if request.custom_model_name in taken:
            raise ServiceError(
                CONFLICT,
                f"The custom model name '{request.custom_model_name}' is in use. Choose another name.",
            )
