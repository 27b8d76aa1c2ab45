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

#: Bytes of one file. Real curves have tens of rows (docs/bedrock.md, 2.2); a watch with 512 MB can hold this.
LARGEST_FILE = 256 * 1024 * 1024


class S3Metrics:
    """MetricSource over a job's output on S3."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def files(self, output_uri: str, job_id: str) -> tuple[StoredFile, ...]:
        """Metric files and manifests of a job; see MetricSource.files."""
        output = s3_uri.parse(output_uri)
        prefix = output.below(f"model-customization-job-{job_id}/")
        pages = self._client.get_paginator("list_objects_v2")
        with translated("list the metric files under", f"s3://{output.bucket}/{prefix}"):
            return tuple(
                StoredFile(found["Key"], found["ETag"], found["Size"], found["LastModified"].astimezone(UTC))
                for page in pages.paginate(Bucket=output.bucket, Prefix=prefix)
                for found in page.get("Contents", ())
                if _is_metric_file(found["Key"])
            )

    def read(self, output_uri: str, file: StoredFile) -> bytes:
        """One version of a file, whole; see MetricSource.read.

        Raises:
            RequestRejectedError: It is larger than LARGEST_FILE, or none of the files that `files` lists.
        """
        bucket = s3_uri.parse(output_uri).bucket
        where = f"s3://{bucket}/{file.key}"
        if not _is_metric_file(file.key):
            raise RequestRejectedError(f"{where} is no metric file, so it is not read.")
        if file.size > LARGEST_FILE:
            raise RequestRejectedError(
                f"{where} has {file.size:,} bytes, at most {LARGEST_FILE:,} are read. Expected a CSV of "
                "one row a step; look at it by hand."
            )
        with translated("read the metric file", where):
            return self._client.get_object(Bucket=bucket, Key=file.key, IfMatch=file.etag)["Body"].read()


def _is_metric_file(key: str) -> bool:
    return find_metric_files((key,)) != MetricFiles()
