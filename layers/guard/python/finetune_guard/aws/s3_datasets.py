"""Training and validation files on S3: read in chunks of one version, written whole or not at all."""

import io
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import TYPE_CHECKING, Final

from boto3.s3.transfer import TransferConfig

from finetune_guard.aws import s3_uri
from finetune_guard.aws.errors import translated
from finetune_guard.core.access.objects import CUSTOMER_KEY
from finetune_guard.core.errors import RequestRejectedError, ServiceUnavailableError
from finetune_guard.core.observations import FileFacts

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef

CHUNK: Final = 1024 * 1024
#: A stream that breaks is taken up again where it broke; this many times without a byte in between.
RESUMES: Final = 3
#: Parts in memory: 4 × 8 MiB.
PARTS: Final = TransferConfig(multipart_chunksize=8 * CHUNK, max_concurrency=4)
#: Storage classes, and tiers of Intelligent-Tiering, that nothing is read from before a restore.
ARCHIVES: Final = frozenset({"GLACIER", "DEEP_ARCHIVE", "ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"})
#: Part of S3's sentence about an object whose key the caller has to bring (error InvalidRequest).
SSE_C_REFUSAL: Final = "Server Side Encryption"
#: Where `writable` begins an upload that it never ends.
WRITE_CHECK: Final = ".finetune-guard-write-check"


class S3Datasets:
    """DatasetFiles over S3, with the caller's own rights."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def facts(self, uri: str) -> FileFacts:
        """Size and version; see DatasetFiles.facts."""
        place = s3_uri.parse(uri)
        try:
            with translated("look at the file", uri):
                head = self._client.head_object(Bucket=place.bucket, Key=place.key)
        except RequestRejectedError:
            self._explain(place, uri)
            raise
        return FileFacts(
            uri=uri,
            size=head["ContentLength"],
            etag=head["ETag"],
            version=head.get("VersionId") or head["ETag"],
            last_modified=head["LastModified"].astimezone(UTC),
            key_arn=head.get("SSEKMSKeyId", ""),
            archived=_archived(head),
        )

    def chunks(self, uri: str, pinned: FileFacts | None = None) -> Iterator[bytes]:
        """The content of one version in chunks of at most CHUNK bytes; see DatasetFiles.chunks."""
        facts = pinned or self.facts(uri)
        offset, idle = 0, 0
        while offset < facts.size:
            start = offset
            try:
                for chunk in self._stream(facts, offset):
                    offset += len(chunk)
                    yield chunk
            except ServiceUnavailableError:
                idle = 0 if offset > start else idle + 1
                if idle >= RESUMES:
                    raise

    def write(self, uri: str, chunks: Iterable[bytes]) -> FileFacts:
        """Writes a file; when the upload or `chunks` fail, nothing is there (S3's multipart rule)."""
        place = s3_uri.parse(uri)
        with translated("write the file", uri):
            # A raw reader may give less than asked for, which would make parts too small for S3.
            body = io.BufferedReader(_Reader(chunks), CHUNK)
            self._client.upload_fileobj(body, place.bucket, place.key, Config=PARTS)
        return self.facts(uri)

    def writable(self, uri: str) -> None:
        """Begins an upload below `uri` and aborts it: that needs the rights of a write and is no object."""
        place = s3_uri.parse(uri)
        key = place.below(WRITE_CHECK)
        with translated("write below", uri):
            upload = self._client.create_multipart_upload(Bucket=place.bucket, Key=key)
            self._client.abort_multipart_upload(Bucket=place.bucket, Key=key, UploadId=upload["UploadId"])

    def _explain(self, place: s3_uri.S3Uri, uri: str) -> None:
        """Raises with S3's own words where it has any: a HEAD that is rejected has no body to say why."""
        try:
            with translated("look at the file", uri):
                self._client.get_object(Bucket=place.bucket, Key=place.key, Range="bytes=0-0")
        except RequestRejectedError as exc:
            if SSE_C_REFUSAL in str(exc):
                raise RequestRejectedError(str(exc), CUSTOMER_KEY) from exc
            raise

    def _stream(self, facts: FileFacts, offset: int) -> Iterator[bytes]:
        place = s3_uri.parse(facts.uri)
        with translated("read the file", facts.uri):
            body = self._client.get_object(
                Bucket=place.bucket, Key=place.key, IfMatch=facts.etag, Range=f"bytes={offset}-"
            )["Body"]
            yield from body.iter_chunks(CHUNK)


def _archived(head: "HeadObjectOutputTypeDef") -> str:
    """The archive that an object lies in; "" where it lies in none, or a restored copy of it is there."""
    archive = head.get("ArchiveStatus") or head.get("StorageClass", "")
    restored = 'ongoing-request="false"' in head.get("Restore", "")
    return archive if archive in ARCHIVES and not restored else ""


class _Reader(io.RawIOBase):
    """Chunks as the file object that boto3 uploads from."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        target = memoryview(buffer).cast("B")
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
