"""Whether the buckets of a config are where its jobs would run, and are ones that the stack may use."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from finetune_guard.core.config_text import shown
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.runs import Problem

S3 = "S3, asked just now"
AWS_REGION = "AWS, fine-tuning-troubleshooting (the bucket is in the region of the job)"
AWS_OBJECT_LAMBDA = "AWS, S3 user guide, Object Lambda access points"
#: How S3 ends the alias of an Object Lambda access point.
OBJECT_LAMBDA = "--ol-s3"


class Answer(StrEnum):
    """What S3 says of a bucket."""

    OPEN = "open"
    FORBIDDEN = "forbidden"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class BucketFacts:
    """What S3 says of a bucket.

    Attributes:
        name: Which bucket.
        answer: Whether the caller may look at it.
        region: Where it is, which S3 tells also of a forbidden one; "" where it did not.
        ours: Whether it is of the account that was asked about; None where that cannot be told.
    """

    name: str
    answer: Answer
    region: str = ""
    ours: bool | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a stack may use, and where its jobs run.

    Attributes:
        region, account: Where the stack is.
        buckets: Buckets that it may use, its own first.
        role_arns: Roles that it may pass to Bedrock, its own first.
    """

    region: str
    account: str
    buckets: tuple[str, ...]
    role_arns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A bucket as a config names it.

    Attributes:
        key: The config key.
        uri: The whole S3 URI.
        listed: Whether the stack may use the bucket, by its settings.
    """

    key: str
    uri: str
    listed: bool = True


def judge_bucket(
    named: Named, found: BucketFacts, region: str | None, account: str | None, base: BaseModel | None
) -> Iterator[Problem]:
    """What keeps a bucket from being used by jobs of this region and account.

    Args:
        named: The bucket as the config names it.
        found: What S3 says of it.
        region: Where the jobs would run; None where nobody knows yet.
        account: Whose they would be; None where nobody knows.
        base: What they would train, for what to do about a wrong region.
    """
    if found.answer is Answer.ABSENT:
        yield _absent(named, found, region)
        return
    if region and found.region and found.region != region:
        yield _elsewhere(named, found, region, base)
    if found.ours is False:
        yield _of_others(named, found, account)
    elif found.answer is Answer.FORBIDDEN and named.listed:
        yield _forbidden(named, found)
    if found.name.endswith(OBJECT_LAMBDA):
        yield _computed(named)


def _problem(code: str, severity: str, named: Named, message: str, advice: str, source: str = S3) -> Problem:
    return Problem(code, severity, named.key, shown(named.uri), message, advice, source)


def _absent(named: Named, found: BucketFacts, region: str | None) -> Problem:
    where = f" in {region}" if region else ""
    advice = f"Check its spelling, or create it{where}."
    return _problem("AC011", "error", named, f"There is no bucket {found.name}.", advice)


def _elsewhere(named: Named, found: BucketFacts, region: str, base: BaseModel | None) -> Problem:
    """The newcomer's first fault: all three regions in one sentence, and which of them to change."""
    model = f", and {base.model_id} can be fine-tuned in {', '.join(base.regions)}" if base else ""
    message = (
        f"The bucket {found.name} is in {found.region}, jobs would run in {region}{model}; "
        "Bedrock takes bucket and job in one region only."
    )
    return _problem("AC010", "error", named, message, _way_out(found, region, base), AWS_REGION)


def _way_out(found: BucketFacts, region: str, base: BaseModel | None) -> str:
    if base is None or region in base.regions:
        return f"Use a bucket in {region}, and copy the data there."
    if found.region in base.regions:
        return f"Deploy the stack in {found.region}, where bucket and model are."
    return f"Deploy the stack in {base.regions[0]}, and use a bucket there."


def _of_others(named: Named, found: BucketFacts, account: str | None) -> Problem:
    message = f"The bucket {found.name} is not of the account {account}, whose buckets alone the stack uses."
    advice = "Copy the data to a bucket of the stack's account."
    return _problem("AC012", "error", named, message, advice)


def _forbidden(named: Named, found: BucketFacts) -> Problem:
    message = (
        f"S3 refuses a look at the bucket {found.name} (403): it is of another account, or s3:ListBucket is "
        "not allowed; a missing file then looks forbidden."
    )
    return _problem("AC012", "warning", named, message, "Check the bucket's name, owner and policy.")


def _computed(named: Named) -> Problem:
    message = "This is an Object Lambda access point: what it answers may differ each time it is read."
    advice = "Name the bucket that holds the file itself."
    return _problem("AC016", "warning", named, message, advice, AWS_OBJECT_LAMBDA)
