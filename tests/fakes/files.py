"""Files in memory: a job's metric files, our own bucket, and the user's data."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from finetune_guard.core.errors import (
    AccessRefusedError,
    NotFoundError,
    RequestRejectedError,
    StaleRecordError,
)
from finetune_guard.core.names import digest
from finetune_guard.core.observations import FileFacts, StoredFile
from tests.fakes.clock import FakeClock
from tests.fakes.seam import Seam, Seamed, outgoing

CHUNK = 1024 * 1024
_LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
TRAINING_CSV = "training_artifacts/step_wise_training_metrics.csv"
VALIDATION_CSV = "validation_artifacts/post_fine_tuning_validation/validation/validation_metrics.csv"
MANIFEST_CSV = "input_status/training/manifest.report.csv"
METRIC_NAMES = ("step_wise_training_metrics.csv", "validation_metrics.csv", "manifest.report.csv")


@dataclass(frozen=True)
class _Content:
    data: bytes
    at: datetime

    @cached_property
    def etag(self) -> str:
        return f'"{digest(self.data.hex())[:32]}"'


class FakeMetricSource(Seamed):
    """The metric files of every job; a test puts, replaces and removes them."""

    port = "metrics"

    def __init__(self, clock: FakeClock, seam: Seam | None = None) -> None:
        super().__init__(seam)
        self.clock = clock
        self.contents: dict[tuple[str, str], _Content] = {}

    def put(self, output_uri: str, job_id: str, data: bytes, name: str = TRAINING_CSV) -> None:
        """Puts or replaces the file `name` (a path below the job's prefix)."""
        key = f"model-customization-job-{job_id}/{name}"
        self.contents[(output_uri.rstrip("/"), key)] = _Content(data, self.clock.now())

    def remove(self, output_uri: str, job_id: str, name: str = TRAINING_CSV) -> None:
        del self.contents[(output_uri.rstrip("/"), f"model-customization-job-{job_id}/{name}")]

    @outgoing
    def files(self, output_uri: str, job_id: str) -> tuple[StoredFile, ...]:
        prefix = f"model-customization-job-{job_id}/"
        return tuple(
            StoredFile(key, content.etag, len(content.data), content.at)
            for (uri, key), content in sorted(self.contents.items())
            if uri == output_uri.rstrip("/") and key.startswith(prefix) and key.endswith(METRIC_NAMES)
        )

    @outgoing
    def read(self, output_uri: str, file: StoredFile) -> bytes:
        if not file.key.endswith(METRIC_NAMES):
            raise RequestRejectedError(f"{file.key} is no metric file.")
        content = self.contents.get((output_uri.rstrip("/"), file.key))
        if content is None:
            raise NotFoundError(f"{file.key} is gone.", "NoSuchKey")
        if content.etag != file.etag:
            raise StaleRecordError(f"{file.key} has changed since it was listed; list again.")
        return content.data


class FakeJournal(Seamed):
    """Our own bucket as a dict."""

    port = "journal"

    def __init__(self, seam: Seam | None = None, bucket: str = "guard-bucket") -> None:
        super().__init__(seam)
        self.bucket = bucket
        self.objects: dict[str, bytes] = {}
        self.content_types: dict[str, str] = {}
        self.written: dict[str, datetime] = {}

    @outgoing
    def keep(self, key: str, data: bytes, content_type: str) -> str:
        self.objects[key] = bytes(data)
        # Nobody tells this bucket the time: each write is a second after the one before.
        self.written[key] = max(self.written.values(), default=_LONG_AGO) + timedelta(seconds=1)
        self.content_types[key] = content_type
        return f"s3://{self.bucket}/{key}"

    @outgoing
    def read(self, key: str) -> bytes:
        if key not in self.objects:
            raise NotFoundError(f"There is no s3://{self.bucket}/{key}.", "NoSuchKey")
        return self.objects[key]

    @outgoing
    def kept(self, prefix: str) -> tuple[StoredFile, ...]:
        found = (
            StoredFile(key, _Content(data, at).etag, len(data), at)
            for key, data in self.objects.items()
            if key.startswith(prefix) and (at := self.written.get(key, _LONG_AGO))
        )
        return tuple(sorted(found, key=lambda file: (file.last_modified, file.key)))


class FakeDatasetFiles(Seamed):
    """Files by URI. A test puts them; `refused` and `missing` are URI prefixes that answer so."""

    port = "datasets"

    def __init__(self, clock: FakeClock, seam: Seam | None = None) -> None:
        super().__init__(seam)
        self.clock = clock
        self.contents: dict[str, _Content] = {}
        self.writes: dict[str, int] = {}
        self.refused: set[str] = set()
        self.missing: set[str] = set()

    def put(self, uri: str, data: bytes) -> FileFacts:
        """Puts or replaces a file, a new version each time."""
        self.contents[uri] = _Content(data, self.clock.now())
        self.writes[uri] = self.writes.get(uri, 0) + 1
        return self._facts(uri)

    @outgoing
    def facts(self, uri: str) -> FileFacts:
        return self._facts(uri)

    @outgoing
    def chunks(self, uri: str, pinned: FileFacts | None = None) -> Iterator[bytes]:
        facts = self._facts(uri)
        if pinned and facts.etag != pinned.etag:
            raise StaleRecordError(f"{uri} has changed since it was looked at.")
        data = self.contents[uri].data
        return iter([data[start : start + CHUNK] for start in range(0, len(data), CHUNK)])

    @outgoing
    def write(self, uri: str, chunks: Iterable[bytes]) -> FileFacts:
        self._checked(uri)
        return self.put(uri, b"".join(chunks))

    @outgoing
    def writable(self, uri: str) -> None:
        self._checked(uri)

    def _facts(self, uri: str) -> FileFacts:
        self._checked(uri)
        if uri not in self.contents:
            raise NotFoundError(f"There is no file {uri}.", "404")
        content = self.contents[uri]
        return FileFacts(uri, len(content.data), content.etag, str(self.writes[uri]), content.at)

    def _checked(self, uri: str) -> None:
        if any(uri.startswith(prefix) for prefix in self.refused):
            raise AccessRefusedError(f"You may not use {uri}.", "AccessDenied")
        if any(uri.startswith(prefix) for prefix in self.missing):
            raise NotFoundError(f"There is no bucket for {uri}.", "NoSuchBucket")
