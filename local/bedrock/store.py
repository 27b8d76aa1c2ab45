"""Jobs and custom models on disk, one folder each; every write is whole or not at all."""

import fcntl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from local.bedrock.errors import StandInError
from local.bedrock.jobs import CustomModel, Job

T = TypeVar("T")

_JOB: Final = "job.json"
_MODEL: Final = "model.json"


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file so that a reader, or a restart after a crash, sees the old content or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_bytes(data)
    new.replace(path)


class Store:
    """The state of one server.

    Attributes:
        lock: Held by whoever decides from what is stored and then stores; re-entrant.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        folder.mkdir(parents=True, exist_ok=True)
        self._owner = (folder / "owner").open("w", encoding="utf-8")
        try:
            fcntl.flock(self._owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            self._owner.close()
            raise StandInError(
                f"Another stand-in serves {folder}; end it, or choose another --state."
            ) from exc
        self._jobs = {job.job_id: job for job in _read(folder / "jobs", _JOB, Job)}
        self._models = {model.model_id: model for model in _read(folder / "models", _MODEL, CustomModel)}

    def close(self) -> None:
        """Lets another server have the folder."""
        self._owner.close()

    def jobs(self, region: str | None = None) -> list[Job]:
        """The jobs of a region, oldest first; of all regions without one."""
        with self.lock:
            found = [job for job in self._jobs.values() if region in {None, job.region}]
        return sorted(found, key=lambda job: (job.creation_time, job.job_id))

    def models(self, region: str) -> list[CustomModel]:
        """The custom models of a region, oldest first, deleted ones included."""
        with self.lock:
            found = [model for model in self._models.values() if model.region == region]
        return sorted(found, key=lambda model: (model.creation_time, model.model_id))

    def job(self, job_id: str) -> Job:
        """The record as it is now."""
        with self.lock:
            return self._jobs[job_id]

    def save_job(self, job: Job) -> None:
        """Adds or replaces a job."""
        with self.lock:
            write_whole(self.job_folder(job.job_id) / _JOB, msgspec.json.encode(job))
            self._jobs[job.job_id] = job

    def update_job(self, job_id: str, change: Callable[[Job], Job]) -> Job:
        """Replaces a job by what a function makes of it, and returns that."""
        with self.lock:
            changed = change(self._jobs[job_id])
            self.save_job(changed)
        return changed

    def save_model(self, model: CustomModel) -> None:
        """Adds or replaces a custom model."""
        with self.lock:
            write_whole(self.folder / "models" / model.model_id / _MODEL, msgspec.json.encode(model))
            self._models[model.model_id] = model

    def job_folder(self, job_id: str) -> Path:
        """Where a job's own files are."""
        return self.folder / "jobs" / job_id

    def weights(self, model_id: str) -> Path:
        """Where a custom model's weights are."""
        return self.folder / "models" / model_id / "weights.npz"


def _read(folder: Path, name: str, kind: type[T]) -> Iterator[T]:
    for path in sorted(folder.glob(f"*/{name}")):
        try:
            yield msgspec.json.decode(path.read_bytes(), type=kind)
        except (msgspec.DecodeError, msgspec.ValidationError) as exc:
            raise StandInError(
                f"Cannot read {path}: {exc}. Delete its folder, or the whole state folder."
            ) from exc
