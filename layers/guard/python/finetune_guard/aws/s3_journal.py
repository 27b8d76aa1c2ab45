"""Our own bucket: copies of metric files, metrics logs, samples, reports."""

from datetime import UTC
from typing import TYPE_CHECKING

from finetune_guard.aws.errors import translated
from finetune_guard.core.observations import StoredFile

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Journal:
    """Journal over one bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep(self, key: str, data: bytes, content_type: str) -> str:
        """Writes an object, whole, and returns its URI; the same key again overwrites."""
        uri = f"s3://{self._bucket}/{key}"
        with translated("write", uri):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType=content_type)
        return uri

    def read(self, key: str) -> bytes:
        """An object; see Journal.read."""
        with translated("read", f"s3://{self._bucket}/{key}"):
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def kept(self, prefix: str) -> tuple[StoredFile, ...]:
        """Objects whose keys begin so; see Journal.kept."""
        pages = self._client.get_paginator("list_objects_v2")
        with translated("list", f"s3://{self._bucket}/{prefix}"):
            found = [
                StoredFile(each["Key"], each["ETag"], each["Size"], each["LastModified"].astimezone(UTC))
                for page in pages.paginate(Bucket=self._bucket, Prefix=prefix)
                for each in page.get("Contents", ())
            ]
        return tuple(sorted(found, key=lambda file: (file.last_modified, file.key)))
