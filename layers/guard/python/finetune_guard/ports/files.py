"""Where files are and what is in them, as Protocols."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from finetune_guard.core.access.places import BucketFacts
from finetune_guard.core.observations import FileFacts, StoredFile


class MetricSource(Protocol):
    """The metric files that a job leaves, read only; never its validated prompts."""

    def files(self, output_uri: str, job_id: str) -> tuple[StoredFile, ...]:
        """Metric files and manifests under the job's output prefix; empty when there are none yet."""

    def read(self, output_uri: str, file: StoredFile) -> bytes:
        """One version of a file, whole.

        Raises:
            StaleRecordError: The file has changed since it was listed; list again.
            NotFoundError: It is gone.
        """


class Journal(Protocol):
    """Our own bucket: copies of metric files, metrics logs, samples, reports."""

    def keep(self, key: str, data: bytes, content_type: str) -> str:
        """Writes an object of ours, whole, and returns its S3 URI; the same key again overwrites."""

    def read(self, key: str) -> bytes:
        """An object of ours.

        Raises:
            NotFoundError: There is none.
        """

    def kept(self, prefix: str) -> tuple[StoredFile, ...]:
        """Our objects whose keys begin so, the longest unchanged first."""


class DatasetFiles(Protocol):
    """Training and validation files, on S3 or on disk; named by s3:// URI or path."""

    def facts(self, uri: str) -> FileFacts:
        """Size and version.

        Raises:
            NotFoundError: No such file or bucket.
            AccessRefusedError: The caller may not read it.
        """

    def chunks(self, uri: str, pinned: FileFacts | None = None) -> Iterator[bytes]:
        """The content in chunks of at most 1 MiB, all of one version.

        Args:
            uri: Which file.
            pinned: The file as it was found; only that version is read. The present one where None.

        Raises:
            StaleRecordError: The file is another by now, or became one while it was read.
        """

    def write(self, uri: str, chunks: Iterable[bytes]) -> FileFacts:
        """Writes a file, whole or not at all."""

    def writable(self, uri: str) -> None:
        """Checks that a file could be written below `uri`, leaving nothing behind.

        Raises:
            NotFoundError: No such bucket or folder.
            AccessRefusedError: The caller may not write there.
        """


class Buckets(Protocol):
    """Buckets as S3 tells of them, also of those that the caller may not look into."""

    def facts(self, bucket: str, account: str | None) -> BucketFacts:
        """Where a bucket is and whether it may be looked at.

        Args:
            bucket: Its name.
            account: Whose it should be; None where nobody knows, and the owner is not told then.
        """
