"""Whether a stack's settings let it use the places and the role that a config names.

IAM is the boundary and this only explains (docs/architecture.md, "What must always hold").
"""

from collections.abc import Iterator, Mapping

from finetune_guard.core.access.places import Deployment
from finetune_guard.core.access.trust import AWS_ROLE
from finetune_guard.core.config_text import shown
from finetune_guard.core.config_values import ROLE_ARN
from finetune_guard.core.runs import Problem
from finetune_guard.core.s3_location import bucket_of

STACK = "this stack's settings"


def judge_reach(paths: Mapping[str, str]) -> Iterator[Problem]:
    """Data must be on S3: a stack cannot reach a person's machine.

    Args:
        paths: What the config names, by key.
    """
    for key, path in paths.items():
        if path and "://" not in path:
            message = "This is a path on your machine, which the stack cannot reach."
            advice = "Start the run with the CLI, which uploads it, or give an s3:// URI."
            yield Problem("AC001", "error", key, shown(path), message, advice, STACK)


def judge_buckets(paths: Mapping[str, str], stack: Deployment) -> Iterator[Problem]:
    """Whatever is on S3 must be in a bucket that the stack may use."""
    for key, path in paths.items():
        bucket = bucket_of(path)
        if bucket and bucket not in stack.buckets:
            message = f"The stack may not use the bucket {bucket}."
            advice = f"Use {stack.buckets[0]}, or add the bucket to the setting dataBuckets and deploy."
            yield Problem("AC002", "error", key, shown(path), message, advice, STACK)


def judge_role(role: str | None, stack: Deployment) -> Iterator[Problem]:
    """A role given must be of this account (the service refuses others) and one that may be passed."""
    match = ROLE_ARN.fullmatch(role) if role else None
    if role is None or match is None:
        return
    if match.group(2) != stack.account:
        message = f"The role is of the account {match.group(2)}; Bedrock takes one of {stack.account} only."
        yield Problem("AC003", "error", "role_arn", shown(role), message, "Leave it out.", AWS_ROLE)
    elif role not in stack.role_arns:
        message = "The stack may not pass this role."
        advice = "Leave it out for the stack's own, or add it to the setting bedrockRoleArns and deploy."
        yield Problem("AC004", "error", "role_arn", shown(role), message, advice, STACK)
