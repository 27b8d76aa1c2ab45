"""Objects in S3, through whatever endpoint and credentials the environment has."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.bedrock.objects import ObjectError


class S3Objects:
    """The object store of a job that runs against the local engine."""

    def __init__(self) -> None:
        # Path style: an endpoint on loopback has no name for each bucket.
        self._client = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))

    def lines(self, uri: str) -> Iterator[bytes]:
        """As the protocol says."""
        bucket, key = _split(uri)
        try:
            yield from self._client.get_object(Bucket=bucket, Key=key)["Body"].iter_lines()
        except (ClientError, BotoCoreError) as exc:
            raise ObjectError(f"Could not read {uri}: {exc}") from exc

    def put(self, uri: str, data: bytes) -> None:
        """As the protocol says."""
        bucket, key = _split(uri)
        try:
            self._client.put_object(Bucket=bucket, Key=key, Body=data)
        except (ClientError, BotoCoreError) as exc:
            raise ObjectError(f"Could not write {uri}: {exc}") from exc


def _split(uri: str) -> tuple[str, str]:
    parts = urlsplit(uri)
    return parts.netloc, parts.path.lstrip("/")
