"""Deploy options: read once from the CDK context, typed, with one error that names every wrong one."""

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

CDK_JSON = Path(__file__).parent.parent / "cdk.json"

Target = Literal["aws", "local"]
Environment = Literal["prod", "dev"]
Removal = Literal["retain", "destroy"]

#: Some of the days that CloudWatch Logs can keep a log group for (API reference, PutRetentionPolicy).
LogDays = Literal[7, 14, 30, 90, 180, 365, 731]

#: More, or longer ones, would not fit into the operator policy, which may have 6,144 characters (IAM quotas).
MOST_DATA_BUCKETS, MOST_DATA_KEYS, MOST_BEDROCK_ROLES, LONGEST_ROLE_ARN = 5, 5, 3, 128

#: Each is a subscription, and a stack may have 500 resources (CloudFormation quotas).
MOST_EMAILS = 50

#: More would not fit into the pattern of a rule, which may have 2,048 characters (EventBridge quotas).
MOST_EVENT_SOURCES = 10

#: What an option is in an environment where it is not given itself; prod has the fields' own defaults.
ENVIRONMENT_DEFAULTS: Mapping[str, Mapping[str, object]] = {
    "dev": {"logDays": 7, "removal": "destroy", "pointInTimeRecovery": False},
}

#: Context keys of the CDK itself carry one of these; ours are plain words.
_FOREIGN = (":", "/", "@")


class OptionsError(Exception):
    """One or more deploy options are wrong; the message names each, what was given and what is expected."""


def _listed(value: object) -> object:
    """`-c key=a,b` and `-c 'key=["a"]'` arrive as one string; cdk.json gives a list."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [part.strip() for part in value.split(",") if part.strip()]


def _number(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


Email = Annotated[str, StringConstraints(pattern=r"^[^@\s,]+@[^@\s,]+\.[^@\s,]+$")]
BucketName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
KeyArn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[\w-]{1,36}$")]
RoleArn = Annotated[
    str,
    StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+$", max_length=LONGEST_ROLE_ARN),
]
#: An ARN, or the name of a policy of the account that is deployed to; IAM takes 128 characters of a name and
#: 512 of a path (API reference, CreatePolicy).
PermissionsBoundary = Annotated[
    str,
    StringConstraints(
        pattern=r"^(|[A-Za-z0-9_+=,.@-]{1,128}|arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+)$",
        max_length=600,
    ),
]
#: What `cdk bootstrap --qualifier` takes (CDK guide, "Customize CDK bootstrapping").
Qualifier = Annotated[str, StringConstraints(pattern=r"^(|[A-Za-z0-9_-]{1,10})$")]
EventSource = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]{1,128}$")]


class DeployOptions(BaseModel):
    """What a deployer may choose; every option has a default that is safe to deploy.

    Attributes:
        stack_name: Names the stack; it is also the tag that lets the watch stop a job, so two stacks in one
            account never touch each other's jobs.
        environment: prod keeps what it holds; dev keeps little and can be removed. It is no more than other
            defaults for log_days, removal and point_in_time_recovery.
        target: aws builds the layers for the functions' architecture; local for this interpreter and machine.
        alert_emails: Who is told about runs.
        ops_emails: Who is told when the guard itself is in trouble; those of `alert_emails` if empty.
        data_buckets: Buckets, besides the stack's own, that training data may be read from and models'
            output written to.
        data_keys: KMS keys that encrypt those buckets.
        bedrock_role_arns: Bedrock service roles, besides the stack's own, that a config may name.
        bedrock_event_sources: Event sources, besides aws.bedrock, whose job events wake the watch; only a
            local engine needs one, since it may not send as aws.*.
        heartbeat_minutes: A waiting run that no tick has kept alive for so long tells the ops topic; an hour,
            so that a dead watch mails at most hourly (its own alarm rings after five minutes).
        wait_timeout_minutes: The longest single wait, longer than a heartbeat; then the ops topic is told,
            the run is looked at and waits again.
        quota_wait_seconds: Pause before a job is created again that the account had no room for.
        stops_per_hour: Most jobs that the watch stops for what their curves show within an hour; many at once
            are more likely a fault of the service or of ours, and a stop keeps no model. max_hours and stops
            that a person orders are not counted.
        mails_per_hour: Most mails about runs within an hour; what goes beyond is told together, in at
            most a tenth of them, and none is lost. Mails of alarms about the guard itself are not counted.
        log_days: Days that logs are kept.
        removal: What `cdk destroy` does with the table and the buckets; a bucket must be emptied by hand.
            What is to be retained is protected too: stack and table cannot be deleted by a slip.
        point_in_time_recovery: Whether the table can be restored to any second of the last 35 days.
        permissions_boundary: The policy that bounds every role of the stack, its ARN or its name; for
            accounts that let nobody make a role without one.
        qualifier: Which bootstrap stack of the CDK is deployed through; its default one if empty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)

    stack_name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,39}$")] = "FinetuneGuard"
    environment: Environment = "prod"
    target: Target = "aws"
    alert_emails: Annotated[tuple[Email, ...], BeforeValidator(_listed)] = Field(
        default=(), max_length=MOST_EMAILS
    )
    ops_emails: Annotated[tuple[Email, ...], BeforeValidator(_listed)] = Field(
        default=(), max_length=MOST_EMAILS
    )
    data_buckets: Annotated[tuple[BucketName, ...], BeforeValidator(_listed)] = Field(
        default=(), max_length=MOST_DATA_BUCKETS
    )
    data_keys: Annotated[tuple[KeyArn, ...], BeforeValidator(_listed)] = Field(
        default=(), max_length=MOST_DATA_KEYS
    )
    bedrock_role_arns: Annotated[tuple[RoleArn, ...], BeforeValidator(_listed)] = Field(
        default=(), max_length=MOST_BEDROCK_ROLES
    )
    bedrock_event_sources: Annotated[tuple[EventSource, ...], BeforeValidator(_listed)] = Field(
        default=(), max_length=MOST_EVENT_SOURCES
    )
    heartbeat_minutes: int = Field(default=60, ge=1, le=1440)
    wait_timeout_minutes: int = Field(default=360, ge=2, le=10080)
    quota_wait_seconds: int = Field(default=300, ge=1, le=86400)
    stops_per_hour: int = Field(default=3, ge=1, le=1000)
    mails_per_hour: int = Field(default=30, ge=2, le=1000)
    log_days: Annotated[LogDays, BeforeValidator(_number)] = 30
    removal: Removal = "retain"
    point_in_time_recovery: bool = True
    permissions_boundary: PermissionsBoundary = ""
    qualifier: Qualifier = ""

    @model_validator(mode="before")
    @classmethod
    def _as_in_its_environment(cls, given: object) -> object:
        """What is given counts, what is not is as the environment has it; a wrong one its field names."""
        if not isinstance(given, dict):
            return given
        return {**ENVIRONMENT_DEFAULTS.get(str(given.get("environment")), {}), **given}

    @field_validator("wait_timeout_minutes")
    @classmethod
    def _outlasts_a_heartbeat(cls, minutes: int, info: ValidationInfo) -> int:
        heartbeat = info.data.get("heartbeat_minutes", 0)
        if minutes <= heartbeat:
            raise ValueError(f"should be more than heartbeatMinutes, which is {heartbeat}")
        return minutes

    @field_validator("bedrock_role_arns")
    @classmethod
    def _of_one_account(cls, arns: tuple[str, ...]) -> tuple[str, ...]:
        """Bedrock takes no role of another account ("Cross-account pass role is not allowed")."""
        if len({arn.split(":")[4] for arn in arns}) > 1:
            raise ValueError("should all be roles of the account that the stack is deployed to")
        return arns

    @field_validator("data_keys")
    @classmethod
    def _of_one_region(cls, arns: tuple[str, ...]) -> tuple[str, ...]:
        """A key serves buckets of its own region, and Bedrock reads buckets of the job's region only."""
        if len({arn.split(":")[3] for arn in arns}) > 1:
            raise ValueError("should all be keys of the region that the stack is deployed to")
        return arns

    @property
    def people_of_ops(self) -> tuple[str, ...]:
        """Who is told when the guard itself is in trouble."""
        return self.ops_emails or self.alert_emails

    @property
    def protected(self) -> bool:
        """Whether stack and table refuse to be deleted until that is taken off them."""
        return self.removal == "retain"


def read_options(context: Mapping[str, object]) -> DeployOptions:
    """The options in the CDK context; keys of the CDK itself are passed over.

    Raises:
        OptionsError: At least one option is unknown or wrong; all of them are named.
    """
    ours = {key: value for key, value in context.items() if not any(mark in key for mark in _FOREIGN)}
    try:
        return DeployOptions.model_validate(ours)
    except ValidationError as exc:
        raise OptionsError(_all_that_is_wrong(exc)) from exc


def committed_context() -> dict[str, object]:
    """The context in cdk.json, for whoever makes the stack without the CDK CLI, which reads it by itself."""
    context: dict[str, object] = json.loads(CDK_JSON.read_text("utf-8"))["context"]
    return context


def _all_that_is_wrong(exc: ValidationError) -> str:
    lines = [_line(problem) for problem in exc.errors(include_url=False)]
    count = "1 deploy option is" if len(lines) == 1 else f"{len(lines)} deploy options are"
    where = f"{count} wrong (cdk.json, or -c on the command line):"
    return "\n  - ".join([where, *lines])


def _line(problem: ErrorDetails) -> str:
    key, message = ".".join(str(part) for part in problem["loc"]), problem["msg"]
    if problem["type"] != "extra_forbidden":
        return f"{key}: given {problem['input']!r}; {message[0].lower()}{message[1:]}"
    names = [field.alias or name for name, field in DeployOptions.model_fields.items()]
    near = difflib.get_close_matches(key, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
    return f"{key}: no such option; {hint}"
