"""The stack's bucket: uploads, samples, Bedrock's output, the journal, metrics logs, reports.

- uploads/: training data that the CLI uploaded for its user
- samples/<run>/: samples and shards that we cut from it; they expire, since they hold prompts
- output/: where Bedrock writes a job's output unless the config says otherwise
- journal/<job>/: each version of a metric file that the watch saw
- metrics/<job>/: metrics.jsonl and events.jsonl
- runs/<run>/: the report
"""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.permissions import Conditions, Permission
from infra.settings import DeployOptions

#: Days that samples of training data are kept (docs/architecture.md, "What must always hold").
SAMPLE_DAYS = 30

_IN_PARTS = ("s3:PutObject", "s3:AbortMultipartUpload")


class DataBucket(Construct):
    """The bucket, its access log, and the buckets of the deployer's that training data may be in.

    Attributes:
        bucket: The stack's own.
        elsewhere: ARNs of the deployer's buckets.
    """

    def __init__(self, scope: Construct, id: str, options: DeployOptions) -> None:
        super().__init__(scope, id)
        kept = options.removal == "retain"
        removal = cdk.RemovalPolicy.RETAIN if kept else cdk.RemovalPolicy.DESTROY
        self.access_log = _bucket(
            self, "AccessLog", removal, None, [_expiring("Log", "", cdk.Duration.days(365))]
        )
        self.bucket = _bucket(self, "Bucket", removal, self.access_log, _rules())
        _tell_eventbridge(self.bucket)
        partition = cdk.Aws.PARTITION
        self.elsewhere = tuple(f"arn:{partition}:s3:::{name}" for name in options.data_buckets)
        self._keys = options.data_keys

    def may_list(self, why: str, prefix: str = "") -> tuple[Permission, ...]:
        """Listing the own bucket, below `prefix` only, and the deployer's buckets."""
        below = {"StringLike": {"s3:prefix": [f"{prefix}*"]}} if prefix else {}
        own, data = (self.bucket.bucket_arn,), self.elsewhere
        listing = Permission("ListBucket", why, ("s3:ListBucket",), own, _ours(below))
        elsewhere = Permission("ListDataBuckets", why, ("s3:ListBucket",), data, _ours())
        return (listing, elsewhere) if data else (listing,)

    def may_read_data(self, why: str, *prefixes: str) -> Permission:
        """Reading objects of the own bucket below `prefixes`, and of the deployer's buckets."""
        return self._objects("ReadData", why, ("s3:GetObject",), prefixes, self.elsewhere)

    def may_read(self, why: str, *patterns: str, elsewhere: bool = True) -> Permission:
        """Reading objects that match, in the own bucket and, where wanted, in the deployer's."""
        arns = (self.bucket.bucket_arn, *(self.elsewhere if elsewhere else ()))
        return Permission(
            sid="ReadMetricFiles",
            why=why,
            actions=("s3:GetObject",),
            resources=tuple(f"{arn}/{pattern}" for arn in arns for pattern in patterns),
            conditions=_ours(),
            wide="Bedrock chooses the folders; the file's name is what is granted.",
        )

    def may_read_back(self, why: str, *prefixes: str) -> Permission:
        """Reading what we have written ourselves below `prefixes`; never the deployer's buckets."""
        return self._objects("ReadOwnObjects", why, ("s3:GetObject",), prefixes)

    def may_write(self, why: str, *prefixes: str) -> Permission:
        """Writing objects of the own bucket below `prefixes`; never to the deployer's buckets."""
        return self._objects("WriteObjects", why, ("s3:PutObject",), prefixes)

    def may_upload(self, why: str, *prefixes: str) -> Permission:
        """Writing objects of any size, in parts; an upload that fails is taken back."""
        return self._objects("UploadObjects", why, _IN_PARTS, prefixes)

    def may_put_output(self, why: str) -> Permission:
        """Writing where Bedrock's output may go."""
        return self._objects("WriteOutput", why, _IN_PARTS, ("output/",), self.elsewhere)

    def may_use_keys(self, why: str, *actions: str) -> tuple[Permission, ...]:
        """Using the deployer's keys, through S3 only; nothing where there are none."""
        through = {"StringEquals": {"kms:ViaService": f"s3.{cdk.Aws.REGION}.amazonaws.com"}}
        permission = Permission("UseDataKeys", why, actions, self._keys, through)
        return (permission,) if self._keys else ()

    def _objects(
        self,
        sid: str,
        why: str,
        actions: tuple[str, ...],
        prefixes: tuple[str, ...],
        whole_buckets: tuple[str, ...] = (),
    ) -> Permission:
        own = tuple(f"{self.bucket.bucket_arn}/{prefix}*" for prefix in prefixes)
        return Permission(
            sid=sid,
            why=why,
            actions=actions,
            resources=(*own, *(f"{arn}/*" for arn in whole_buckets)),
            conditions=_ours(),
            wide="Objects are named by the run, the job or the person; the prefix is what is granted.",
        )


def _ours(more: Conditions | None = None) -> Conditions:
    """A bucket of the same name in another account is not ours."""
    same_account = {"s3:ResourceAccount": cdk.Aws.ACCOUNT_ID}
    return {"StringEquals": same_account, **(more or {})}


def _bucket(
    scope: Construct,
    id: str,
    removal: cdk.RemovalPolicy,
    access_log: s3.IBucket | None,
    rules: list[s3.LifecycleRule],
) -> s3.Bucket:
    return s3.Bucket(
        scope,
        id,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        versioned=True,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        server_access_logs_bucket=access_log,
        lifecycle_rules=rules,
        removal_policy=removal,
    )


def _rules() -> list[s3.LifecycleRule]:
    tidy = s3.LifecycleRule(
        id="Tidy",
        abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
        noncurrent_version_expiration=cdk.Duration.days(SAMPLE_DAYS),
    )
    return [_expiring("Samples", "samples/", cdk.Duration.days(SAMPLE_DAYS)), tidy]


def _expiring(id: str, prefix: str, age: cdk.Duration) -> s3.LifecycleRule:
    """Gone after `age`, and the old version that a delete leaves behind a day later."""
    return s3.LifecycleRule(
        id=id,
        prefix=prefix or None,
        expiration=age,
        noncurrent_version_expiration=cdk.Duration.days(1),
    )


def _tell_eventbridge(bucket: s3.Bucket) -> None:
    """Sends the bucket's events to EventBridge; the CDK's own switch deploys a function of its own for it."""
    resource = bucket.node.default_child
    if not isinstance(resource, s3.CfnBucket):
        raise TypeError(f"a bucket is a CfnBucket, not a {type(resource).__name__}")
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
    )
