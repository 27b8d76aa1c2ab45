"""The metric files of a job's output that lie on this machine, in the same layout as on S3."""

from pathlib import Path

from finetune_guard.core.errors import NotFoundError, RequestRejectedError, StaleRecordError
from finetune_guard.core.metrics.files import MetricFiles, find_metric_files
from finetune_guard.core.observations import StoredFile
from finetune_guard.files.stamp import modified_at, stamp


class LocalMetrics:
    """MetricSource over folders; an output URI is a folder's path, a key is a path below it."""

    def files(self, output_uri: str, job_id: str) -> tuple[StoredFile, ...]:
        """Metric files and manifests of a job; see MetricSource.files."""
        output = Path(output_uri)
        found = (path for path in output.glob(f"model-customization-job-{job_id}/**/*") if path.is_file())
        keys = {path.relative_to(output).as_posix(): path for path in sorted(found)}
        return tuple(_stored(key, path) for key, path in keys.items() if _is_metric_file(key))

    def read(self, output_uri: str, file: StoredFile) -> bytes:
        """One version of a file, whole; see MetricSource.read.

        Raises:
            RequestRejectedError: It is none of the files that `files` lists.
        """
        output = Path(output_uri).resolve()
        path = (output / file.key).resolve()
        if not _is_metric_file(file.key) or not path.is_relative_to(output):
            raise RequestRejectedError(f"{file.key} is no metric file below {output_uri}, so it is not read.")
        try:
            data = path.read_bytes()
            unchanged = stamp(path.stat()) == file.etag
        except FileNotFoundError as exc:
            raise NotFoundError(f"{path} is gone since it was listed; list again.") from exc
        if not unchanged or len(data) != file.size:
            raise StaleRecordError(f"{path} has changed since it was listed; list again.")
        return data


def _stored(key: str, path: Path) -> StoredFile:
    status = path.stat()
    return StoredFile(key, stamp(status), status.st_size, modified_at(status))


def _is_metric_file(key: str) -> bool:
    return find_metric_files((key,)) != MetricFiles()
