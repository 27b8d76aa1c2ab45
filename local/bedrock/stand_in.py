"""The whole stand-in put together: store, workers, operations and server."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from local.bedrock.bases import Bases
from local.bedrock.call_log import CallLog
from local.bedrock.catalog import CATALOG, Catalog
from local.bedrock.custom_models import CustomModelOperations
from local.bedrock.events import EventSink
from local.bedrock.faults import FaultScript
from local.bedrock.foundation_models import FoundationModelOperations
from local.bedrock.front import Front, Operation
from local.bedrock.job_operations import JobOperations
from local.bedrock.jobs import Job
from local.bedrock.messages import Assignment
from local.bedrock.requests import (
    CreateJob,
    JobIdentifier,
    ListFoundationModels,
    ListJobs,
    ListModels,
    ModelIdentifier,
    TagChange,
)
from local.bedrock.server import Server
from local.bedrock.settings import Settings
from local.bedrock.store import Store
from local.bedrock.tags import TagOperations
from local.bedrock.values import Members
from local.bedrock.workers import Workers, done

T = TypeVar("T")


class StandIn:
    """A running stand-in; `close` ends it and its workers.

    Args:
        port: 0 for a free one.
        state: Folder of its jobs; one server at a time.
        settings: How it behaves.
        faults: The fault script; read again when it changes.
        catalog: The base models; the product's own file unless told otherwise.

    Raises:
        StandInError: Settings, fault script, catalogue or state cannot be used.
    """

    def __init__(
        self,
        port: int,
        state: Path,
        settings: Settings,
        faults: Path | None = None,
        catalog: Path = CATALOG,
    ) -> None:
        self._settings = settings
        self._faults_path = faults
        self._catalog = catalog
        self._claims = state / "faults"
        script = FaultScript(faults, self._claims)
        script.check()
        models = Catalog(catalog)
        self._store = Store(state)
        self._bases = Bases(models, self._store, settings)
        sink = EventSink(settings.event_function)
        self.workers = Workers(self._store, self._assignment, self._stopping_seconds, sink.send)
        self._closing = threading.Event()
        jobs = JobOperations(self._store, self._bases, self.workers, settings, sink.send)
        operations = _operations(jobs, self._store, models, settings)
        log = CallLog(state / "calls.jsonl")
        front = Front(operations, self._store, script, log, settings.region, self._closing)
        self.server = Server(port, front)

    def serve(self) -> None:
        """Takes up unfinished jobs and serves until `close`."""
        self.workers.resume()
        self.server.serve_forever(poll_interval=0.1)

    def close(self) -> None:
        """Ends workers and server; jobs stay as they are on disk. Not for the thread that is in `serve`."""
        self._closing.set()
        self.workers.close()
        self.server.shutdown()
        self.server.server_close()
        self._store.close()

    def _stopping_seconds(self, job: Job) -> float:
        return self._settings.pace_of(job.request.job_name, job.model_id).stopping_seconds

    def _assignment(self, job: Job) -> bytes:
        request, folder = job.request, self._store.job_folder(job.job_id).absolute()
        base = self._bases.of_job(job)
        return msgspec.json.encode(
            Assignment(
                job_id=job.job_id,
                job_name=request.job_name,
                model_id=job.model_id,
                catalog=str(self._catalog.absolute()),
                limits=base.model.dataset,
                hyper_parameters=job.hyper_parameters,
                training_uri=request.training_data_config.s3_uri or "",
                validation_uris=tuple(
                    validator.s3_uri for validator in request.validation_data_config.validators
                ),
                output_uri=request.output_data_config.s3_uri,
                object_store=self._settings.object_store,
                folder=str(folder),
                weights=str(base.weights.absolute()),
                result=str(folder / "weights.npz"),
                faults=str(self._faults_path.absolute()) if self._faults_path else None,
                claims=str(self._claims.absolute()),
                pace=self._settings.pace_of(request.job_name, job.model_id),
                done=done(job),
            )
        )


def _operations(
    jobs: JobOperations, store: Store, catalog: Catalog, settings: Settings
) -> Mapping[str, Operation]:
    models = CustomModelOperations(store)
    foundation = FoundationModelOperations(catalog, settings)
    tags = TagOperations(store)
    return {
        "CreateModelCustomizationJob": _typed(CreateJob, jobs.create),
        "GetModelCustomizationJob": _typed(JobIdentifier, jobs.get),
        "StopModelCustomizationJob": _typed(JobIdentifier, jobs.stop),
        "ListModelCustomizationJobs": _typed(ListJobs, jobs.listed),
        "GetCustomModel": _typed(ModelIdentifier, models.get),
        "ListCustomModels": _typed(ListModels, models.listed),
        "DeleteCustomModel": _typed(ModelIdentifier, models.delete),
        "ListFoundationModels": _typed(ListFoundationModels, foundation.listed),
        "GetFoundationModel": _typed(ModelIdentifier, foundation.get),
        "TagResource": _typed(TagChange, tags.add),
        "UntagResource": _typed(TagChange, tags.remove),
        "ListTagsForResource": _typed(TagChange, tags.listed),
    }


def _typed(kind: type[T], operation: Callable[[str, T], object]) -> Operation:
    def call(region: str, members: Members) -> object:
        return operation(region, msgspec.convert(dict(members), kind))

    return call
