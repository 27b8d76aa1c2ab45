"""Chooses by the place a URI names: S3, only made when it is named, or this machine."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from finetune_guard.core.observations import FileFacts, StoredFile
from finetune_guard.files.local_datasets import LocalDatasets
from finetune_guard.files.local_metrics import LocalMetrics
from finetune_guard.ports import DatasetFiles, MetricSource

REMOTE: Final = "s3://"


class DatasetsByPlace:
    """DatasetFiles over both."""

    def __init__(self, remote: Callable[[], DatasetFiles]) -> None:
        self._remote = remote
        self._local = LocalDatasets()

    def facts(self, uri: str) -> FileFacts:
        """See DatasetFiles.facts."""
        return self._of(uri).facts(uri)

    def chunks(self, uri: str, pinned: FileFacts | None = None) -> Iterator[bytes]:
        """See DatasetFiles.chunks."""
        return self._of(uri).chunks(uri, pinned)

    def write(self, uri: str, chunks: Iterable[bytes]) -> FileFacts:
        """See DatasetFiles.write."""
        return self._of(uri).write(uri, chunks)

    def writable(self, uri: str) -> None:
        """See DatasetFiles.writable."""
        self._of(uri).writable(uri)

    def _of(self, uri: str) -> DatasetFiles:
        return self._remote() if uri.startswith(REMOTE) else self._local


class MetricsByPlace:
    """MetricSource over both."""

    def __init__(self, remote: Callable[[], MetricSource]) -> None:
        self._remote = remote
        self._local = LocalMetrics()

    def files(self, output_uri: str, job_id: str) -> tuple[StoredFile, ...]:
        """See MetricSource.files."""
        return self._of(output_uri).files(output_uri, job_id)

    def read(self, output_uri: str, file: StoredFile) -> bytes:
        """See MetricSource.read."""
        return self._of(output_uri).read(output_uri, file)

    def _of(self, output_uri: str) -> MetricSource:
        return self._remote() if output_uri.startswith(REMOTE) else self._local
