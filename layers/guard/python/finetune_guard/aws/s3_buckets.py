"""What S3 says of a bucket: where it is, whether it may be looked at, and whose it is."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from finetune_guard.aws.errors import translated
from finetune_guard.core.access.places import Answer, BucketFacts
from finetune_guard.core.errors import AccessRefusedError, NotFoundError, RequestRejectedError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: S3 names a bucket's region in this header, also when it answers 301, 400 or 403.
REGION_HEADER = "x-amz-bucket-region"


class S3Buckets:
    """Buckets over S3, with the caller's own rights."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def facts(self, bucket: str, account: str | None) -> BucketFacts:
        """What S3 says of a bucket; see Buckets.facts."""
        found = self._asked(bucket, account)
        if found.answer is not Answer.FORBIDDEN or account is None:
            return found
        # S3 refuses a bucket of another owner as it refuses one that may not be looked at; asked again
        # without an owner it tells the two apart.
        whoever = self._asked(bucket, None)
        ours = False if whoever.answer is Answer.OPEN else None
        return BucketFacts(bucket, whoever.answer, whoever.region or found.region, ours)

    def _asked(self, bucket: str, account: str | None) -> BucketFacts:
        try:
            with translated("look at the bucket", bucket):
                region = self._head(bucket, account)
        except NotFoundError:
            return BucketFacts(bucket, Answer.ABSENT)
        except (AccessRefusedError, RequestRejectedError) as exc:
            region = _region_of(exc.__cause__)
            if not isinstance(exc.__cause__, ClientError) or not (region or exc.code == "403"):
                raise
            return BucketFacts(bucket, Answer.FORBIDDEN, region)
        return BucketFacts(bucket, Answer.OPEN, region, True if account else None)

    def _head(self, bucket: str, account: str | None) -> str:
        if account is None:
            return self._client.head_bucket(Bucket=bucket).get("BucketRegion", "")
        return self._client.head_bucket(Bucket=bucket, ExpectedBucketOwner=account).get("BucketRegion", "")


def _region_of(cause: BaseException | None) -> str:
    if not isinstance(cause, ClientError):
        return ""
    headers = cause.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return str(headers.get(REGION_HEADER, ""))
