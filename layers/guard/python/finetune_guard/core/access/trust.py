"""Whether a role lets Bedrock use it for our jobs: its trust policy, as the Bedrock user guide wants it."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from finetune_guard.core.config_text import shown
from finetune_guard.core.runs import Problem

AWS_ROLE = "AWS, model-customization-iam-role (trust relationship)"
BEDROCK = "bedrock.amazonaws.com"
ACCOUNT, SOURCE = "aws:sourceaccount", "aws:sourcearn"
#: Where Bedrock is, as the second part of an ARN says it.
PARTITIONS = ("aws", "aws-us-gov")
#: Operators whose values are compared with what they are; others are left to AWS.
COMPARING = frozenset({"stringequals", "stringlike", "arnequals", "arnlike"})


def _many(value: object) -> object:
    """IAM writes a list of one as the one."""
    return value if isinstance(value, list) else [value]


_Many = Annotated[tuple[str, ...], BeforeValidator(_many)]


class _Principal(BaseModel):
    model_config = ConfigDict(frozen=True)
    services: _Many = Field(default=(), alias="Service")


class _Statement(BaseModel):
    model_config = ConfigDict(frozen=True)
    effect: str = Field(alias="Effect")
    principal: _Principal = Field(default=_Principal(), alias="Principal")
    actions: _Many = Field(default=(), alias="Action")
    conditions: dict[str, dict[str, _Many]] = Field(default_factory=dict, alias="Condition")

    @property
    def lets_bedrock_in(self) -> bool:
        assumes = any(fnmatchcase("sts:AssumeRole", action) for action in self.actions)
        return self.effect == "Allow" and assumes and BEDROCK in self.principal.services


class _Statements(BaseModel):
    model_config = ConfigDict(frozen=True)
    statements: Annotated[tuple[_Statement, ...], BeforeValidator(_many)] = Field(alias="Statement")


def judge_trust(role_arn: str, policy: str, region: str, account: str) -> Iterator[Problem]:
    """What keeps Bedrock from assuming a role for jobs of this region and account.

    A policy in a form that this version does not read is left to AWS, and so is a Deny.

    Args:
        role_arn: The role.
        policy: Its trust policy, JSON.
        region: Where the jobs run.
        account: Whose they are.
    """
    try:
        statements = _Statements.model_validate_json(policy).statements
    except ValidationError:
        return
    ours = [statement for statement in statements if statement.lets_bedrock_in]
    if not ours:
        yield _problem(role_arn, f"The role does not trust {BEDROCK}, so no job can use it.", region, account)
    elif not any(_for_our_jobs(statement, region, account) for statement in ours):
        message = (
            f"The role trusts {BEDROCK} for other jobs only: its conditions leave out {account} in {region}."
        )
        yield _problem(role_arn, message, region, account)


def _for_our_jobs(statement: _Statement, region: str, account: str) -> bool:
    return all(
        _fits(key.lower(), patterns, region, account)
        for operator, pairs in statement.conditions.items()
        for key, patterns in pairs.items()
        if operator.lower().removesuffix("ifexists") in COMPARING
    )


def _fits(key: str, patterns: Iterable[str], region: str, account: str) -> bool:
    """Whether our jobs' value of a condition key fits; a key that is not looked at does."""
    if key == ACCOUNT:
        return any(fnmatchcase(account, pattern) for pattern in patterns)
    if key == SOURCE:
        return any(_may_be_our_job(pattern, region, account) for pattern in patterns)
    return True


def _may_be_our_job(pattern: str, region: str, account: str) -> bool:
    """Whether an ARN pattern takes in a job of this region and account; jobs have no name yet."""
    parts = pattern.split(":", 5)
    if len(parts) < 6:
        job = f":bedrock:{region}:{account}:model-customization-job/any"
        return any(fnmatchcase(f"arn:{partition}{job}", pattern) for partition in PARTITIONS)
    return all(
        fnmatchcase(ours, part) for ours, part in zip(("bedrock", region, account), parts[2:5], strict=True)
    )


def _problem(role_arn: str, message: str, region: str, account: str) -> Problem:
    partition = role_arn.split(":")[1]
    advice = (
        f"Let its trust policy allow {BEDROCK} sts:AssumeRole, with aws:SourceAccount {account} and "
        f"aws:SourceArn arn:{partition}:bedrock:{region}:{account}:model-customization-job/*."
    )
    return Problem("AC007", "error", "role_arn", shown(role_arn), message, advice, AWS_ROLE)
