"""A job from its queue to its end, as its worker lives it."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

from local.bedrock.artifacts import Places, manifest
from local.bedrock.catalog import BaseModel, Catalog, Limits
from local.bedrock.faults import FaultScript, Stage
from local.bedrock.fitting import Fitting
from local.bedrock.jobs import Phase
from local.bedrock.live import TrainingFile
from local.bedrock.messages import Assignment, Began, Ended, Failed, Halted, Report, Trained
from local.bedrock.objects import ObjectError, Objects
from local.bedrock.records import Dataset, read_records


class JobEnded(Exception):  # noqa: N818 (an order to stop and a failure are both ways for a job to end)
    """Raised where a job ends before its time; carries what the worker reports."""

    def __init__(self, report: Failed | Halted) -> None:
        super().__init__(repr(report))
        self.report = report


class JobRun:
    """One run of a worker's job.

    Args:
        assignment: What to do.
        objects: Where the files are.
        stop: Set when the job is to be stopped; every wait listens to it.
        report: Told of each thing that happened.
    """

    def __init__(
        self, assignment: Assignment, objects: Objects, stop: Event, report: Callable[[Report], None]
    ) -> None:
        self._task = assignment
        self._objects = objects
        self._stop = stop
        self._report = report
        self._faults = FaultScript(_path(assignment.faults), Path(assignment.claims))
        self._places = Places(assignment.output_uri, assignment.job_id)

    def run(self) -> None:
        """Lives through the job and reports its end, whatever that is."""
        try:
            self._report(self._live())
        except JobEnded as ended:
            self._report(ended.report)
        except ObjectError as exc:
            self._report(Failed(str(exc)))

    def _live(self) -> Trained:
        pace, done = self._task.pace, self._task.done
        if Phase.VALIDATION not in done:
            self._pass("queue", pace.queue_seconds)
        datasets = self._validated(waits=Phase.VALIDATION not in done)
        if Phase.DATA_PROCESSING not in done:
            self._report(Began(Phase.DATA_PROCESSING))
            self._pass("data_processing", pace.data_processing_seconds)
            self._report(Ended(Phase.DATA_PROCESSING))
        self._pass("waiting", 0)
        self._report(Began(Phase.TRAINING))
        trained = self._fitting(datasets).run(self._pass)
        self._report(Ended(Phase.TRAINING))
        return trained

    def _validated(self, waits: bool) -> list[Dataset]:
        """The datasets; after a restart they are read again, but nothing is waited for or written twice."""
        if not waits:
            return self._read()
        self._report(Began(Phase.VALIDATION))
        self._pass("validation", self._task.pace.validation_seconds)
        self._objects.put(self._places.write_check, b"")
        datasets = self._read()
        self._write_manifests(datasets)
        short = shortcoming(self._task.limits, self._task.model_id, datasets)
        if short:
            raise JobEnded(Failed(short))
        self._report(Ended(Phase.VALIDATION))
        return datasets

    def _read(self) -> list[Dataset]:
        uris = [self._task.training_uri, *self._task.validation_uris]
        return [read_records(self._objects.lines(uri), self._task.limits.schema) for uri in uris]

    def _write_manifests(self, datasets: list[Dataset]) -> None:
        uris = [self._task.training_uri, *self._task.validation_uris]
        for place, (uri, dataset) in enumerate(zip(uris, datasets, strict=True)):
            role = "training" if place == 0 else "validation" if place == 1 else f"validation-{place}"
            self._objects.put(self._places.manifest(role), manifest(uri, dataset))

    def _fitting(self, datasets: list[Dataset]) -> Fitting:
        base = base_model(self._task)
        live = self._task.pace.live_metrics or self._fault_wants_live()
        file = TrainingFile(self._task, self._objects, self._places.training, self._faults, base, live)
        return Fitting(self._task, base, datasets, file, self._objects, self._places)

    def _fault_wants_live(self) -> bool:
        return self._faults.first(("grow_csv",), "", self._task.job_name, self._task.job_id) is not None

    def _pass(self, phase: Stage, seconds: float, step: int = 0) -> None:
        """Waits in a phase; fails or freezes there if the script says so; ends when the job is stopped."""
        task = self._task
        failing = self._faults.in_phase("fail", task.job_name, phase, task.job_id, step)
        if failing:
            raise JobEnded(Failed(failing.failure_message))
        frozen = self._faults.in_phase("freeze", task.job_name, phase, task.job_id, step)
        if self._stop.wait(None if frozen else seconds):
            raise JobEnded(Halted())


def base_model(task: Assignment) -> BaseModel:
    """The foundation model at the root of a job."""
    return Catalog(Path(task.catalog)).models[task.model_id]


def shortcoming(limits: Limits, model_id: str, datasets: list[Dataset]) -> str | None:
    """Why the service would not train on so many records; None when it would."""
    training, *rest = [len(dataset.examples) for dataset in datasets]
    validation = sum(rest)
    counted = training + validation if limits.minimum_is_of_the_sum else training
    rules = (
        (limits.min_records, counted, "at least"),
        (limits.max_records, training, "at most"),
        (limits.min_validation_records if rest else None, validation, "at least"),
        (limits.max_validation_records, validation, "at most"),
        (limits.sum_train_validation_max, training + validation, "at most"),
        (1, training, "at least"),
    )
    for limit, found, bound in rules:
        if limit is not None and (found < limit if bound == "at least" else found > limit):
            return (
                f"{model_id} needs {bound} {limit} valid records, found {found} "
                f"({training} for training, {validation} for validation). "
                "Check the dataset and its manifest report."
            )
    return None


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
