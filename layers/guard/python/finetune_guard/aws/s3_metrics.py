"""The metric files of a job's output on S3, read only.

Only names that core.metrics.files knows are listed and read: the same prefix holds validated prompts.
"""

from datetime import UTC
from typing import TYPE_CHECKING

from finetune_guard.aws import s3_uri
from finetune_guard.aws.errors import translated
from finetune_guard.core.errors import RequestRejectedError
from finetune_guard.core.metrics.files import MetricFiles, find_metric_files
from finetune_guard.core.observations import StoredFile

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectTypeDef

#: Bytes of a job's files together. Real curves have tens of rows (docs/bedrock.md, 2.2). To judge 16 MB in
#: 850,000 rows takes the watch 660 MB and, with its share of a core, half a minute; it has 1,024 MB and 55 s.
MOST_BYTES = 16 * 1024 * 1024
#: A job has a file for training, one for each validator and a manifest for each file that it read.
MOST_FILES = 50
#: Objects below a job's own prefix that are looked through; a tick has time for ten pages of a listing.
MOST_OBJECTS = 10_000
#: Objects on a page of a listing, unless fewer are asked for (Amazon S3 API, ListObjectsV2).
PAGE = 1_000


class S3Metrics:
    """MetricSource over a job's output on S3."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def files(self, output_uri: str, job_id: str) -> tuple[StoredFile, ...]:
        """Metric files and manifests of a job; see MetricSource.files.

        Raises:
            RequestRejectedError: There is more than a watch can look through.
        """
        output = s3_uri.parse(output_uri)
        prefix = output.below(f"model-customization-job-{job_id}/")
        where = f"s3://{output.bucket}/{prefix}"
        pages = self._client.get_paginator("list_objects_v2")
        found: list[StoredFile] = []
        with translated("list the metric files under", where):
            for number, page in enumerate(pages.paginate(Bucket=output.bucket, Prefix=prefix), 1):
                found += map(_stored, filter(_is_listed, page.get("Contents", ())))
                _refuse_too_much(where, found, number, more=page.get("IsTruncated", False))
        return tuple(found)

    def read(self, output_uri: str, file: StoredFile) -> bytes:
        """One version of a file, whole; see MetricSource.read.

        Raises:
            RequestRejectedError: It is larger than MOST_BYTES, or none of the files that `files` lists.
        """
        bucket = s3_uri.parse(output_uri).bucket
        where = f"s3://{bucket}/{file.key}"
        if not _is_metric_file(file.key):
            raise RequestRejectedError(f"{where} is no metric file, so it is not read.")
        _refuse_too_much(where, [file])
        with translated("read the metric file", where):
            return self._client.get_object(Bucket=bucket, Key=file.key, IfMatch=file.etag)["Body"].read()


def _is_listed(found: "ObjectTypeDef") -> bool:
    return _is_metric_file(found["Key"])


def _stored(found: "ObjectTypeDef") -> StoredFile:
    return StoredFile(found["Key"], found["ETag"], found["Size"], found["LastModified"].astimezone(UTC))


def _refuse_too_much(where: str, found: list[StoredFile], pages: int = 0, more: bool = False) -> None:
    size = sum(file.size for file in found)
    if size > MOST_BYTES:
        raise RequestRejectedError(
            f"The metric files at {where} have {size:,} bytes, at most {MOST_BYTES:,} are read. "
            "Expected a CSV of one row a step; look at it by hand."
        )
    if len(found) > MOST_FILES or (more and pages * PAGE >= MOST_OBJECTS):
        raise RequestRejectedError(
            f"There are more than {MOST_FILES} metric files or {MOST_OBJECTS:,} objects at {where}. "
            "Expected the output of one job; look at it by hand."
        )


def _is_metric_file(key: str) -> bool:
    return find_metric_files((key,)) != MetricFiles()
