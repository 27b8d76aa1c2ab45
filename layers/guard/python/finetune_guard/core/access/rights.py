"""What a job's role needs to do with the data and the output, and what IAM says of it.

IAM's simulator sees a role's own policies and its boundary, not the policies of buckets and keys. So an
explicit deny is an error, since nothing can outweigh it, and a missing allow only a warning, since a bucket's
or a key's policy may allow the same (IAM user guide, "Policy evaluation logic").
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from finetune_guard.core.config_text import shown
from finetune_guard.core.runs import Problem
from finetune_guard.core.s3_location import bucket_of, key_of

IAM = "iam:SimulatePrincipalPolicy, asked just now"
DENIED, MISSING = "explicitDeny", "implicitDeny"
#: A file of a job's output, as Bedrock names them; jobs have no id yet.
_OUTPUT_FILE = "model-customization-job-any/training_artifacts/step_wise_training_metrics.csv"


@dataclass(frozen=True, slots=True)
class Right:
    """One call that Bedrock makes as the role.

    Attributes:
        key: The config key that it is about.
        uri: What that key names.
        action: The IAM action.
        resource: The ARN.
    """

    key: str
    uri: str
    action: str
    resource: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """What IAM says of a right.

    Attributes:
        right: Which.
        decision: Verbatim: allowed, explicitDeny or implicitDeny.
        unknown: Condition keys that the decision hangs on and that nobody gave.
    """

    right: Right
    decision: str
    unknown: tuple[str, ...] = ()


def rights_of_data(key: str, uri: str, key_arn: str, partition: str) -> Iterator[Right]:
    """What reading a data file takes; `key_arn` is the KMS key that encrypts it, "" without."""
    bucket, name = bucket_of(uri), key_of(uri)
    yield Right(key, uri, "s3:ListBucket", f"arn:{partition}:s3:::{bucket}")
    yield Right(key, uri, "s3:GetObject", f"arn:{partition}:s3:::{bucket}/{name}")
    if key_arn:
        yield Right(key, uri, "kms:Decrypt", key_arn)


def right_of_output(key: str, uri: str, partition: str) -> Right:
    """What writing a job's output takes."""
    bucket, prefix = bucket_of(uri), key_of(uri).rstrip("/")
    below = f"{prefix}/{_OUTPUT_FILE}" if prefix else _OUTPUT_FILE
    return Right(key, uri, "s3:PutObject", f"arn:{partition}:s3:::{bucket}/{below}")


def context_of(region: str, account: str) -> Mapping[str, str]:
    """What the calls would carry, by IAM condition key."""
    return {
        "s3:ResourceAccount": account,
        "aws:ResourceAccount": account,
        "aws:RequestedRegion": region,
        "kms:ViaService": f"s3.{region}.amazonaws.com",
    }


def judge_rulings(role_arn: str, rulings: Iterable[Ruling]) -> Iterator[Problem]:
    """What the role may not do; nothing of a ruling that hangs on what nobody knows."""
    for ruling in rulings:
        if ruling.decision in (DENIED, MISSING) and not ruling.unknown:
            yield _problem(role_arn, ruling)


def _problem(role_arn: str, ruling: Ruling) -> Problem:
    right = ruling.right
    what = f"{right.action} on {right.resource}"
    if ruling.decision == DENIED:
        message = f"A policy of the role {role_arn} forbids {what}, which a job needs."
        advice = "Take the deny away, or use another role."
        return Problem("AC008", "error", right.key, shown(right.uri), message, advice, IAM)
    owner = "key" if right.action.startswith("kms:") else "bucket"
    message = (
        f"No policy of the role {role_arn} allows {what}; unless that of the {owner} does, the job fails."
    )
    advice = f"Allow the role {right.action} there."
    return Problem("AC008", "warning", right.key, shown(right.uri), message, advice, IAM)
