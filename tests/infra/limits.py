"""The hard limits of the services that the stack is made of, each held against the template.

A limit that is passed shows in no synthesis: CloudFormation makes half of the stack, is refused, and takes it
all back. Sizes are of what AWS sees: without blanks, and with names in the place of references.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.infra.deployed import ACCOUNT, REGION, Deployed, Resource, documents, text_of

Measured = Iterator[tuple[str, float]]

_CFN = "CloudFormation guide, Understand CloudFormation quotas"
_IAM = "IAM guide, IAM and AWS STS quotas"
_LAMBDA = "Lambda guide, Lambda quotas"
_SFN = "Step Functions guide, Service quotas"
_EVENTS = "EventBridge guide, quotas; API reference, PutRule"
_SCHEDULER = "EventBridge Scheduler API reference, CreateSchedule, Target, RetryPolicy"
_ALARM = "CloudWatch API reference, PutMetricAlarm"
_DASHBOARD = "CloudWatch API reference, PutDashboard; guide, CloudWatch service quotas"
_S3 = "S3 guide, Lifecycle configuration elements; Bucket policies"
_SNS = "SNS API reference, CreateTopic, SetTopicAttributes"
_SQS = "SQS API reference, SetQueueAttributes"
_LOGS = "CloudWatch Logs API reference, CreateLogGroup"
#: What IAM takes in a description (API reference, CreateRole), CloudWatch in a name of a log group.
_DESCRIBING = re.compile(r"[\t\n\r\x20-\x7e\xa1-\xff]*")
_LOG_GROUP = re.compile(r"[.\-_/#A-Za-z0-9]+")


@dataclass(frozen=True)
class Limit:
    """One limit.

    Attributes:
        name: What it is about.
        most: The largest that is taken.
        measure: Every place that it holds for, and how much is there, in a template that is written out.
        source: Who says so.
    """

    name: str
    most: float
    measure: Callable[[Deployed], Measured]
    source: str

    def over(self, deployed: Deployed) -> list[str]:
        """Places where it is passed, a sentence each."""
        return [
            f"{self.name}: {place} has {size:g}, {self.most:g} is the most ({self.source})"
            for place, size in self.measure(deployed)
            if size > self.most
        ]


def size(value: object) -> int:
    """Characters of a value as AWS sees it, without blanks."""
    return len(value) if isinstance(value, str) else len(json.dumps(value, separators=(",", ":")))


def written_out(deployed: Deployed) -> Deployed:
    """The same with the longest names that CloudFormation may make in the place of references."""
    filled = _filled(deployed.template, deployed)
    assert isinstance(filled, dict)
    return Deployed(deployed.stack, filled, deployed.folder)


def _filled(value: object, deployed: Deployed) -> object:
    if isinstance(value, list):
        return [_filled(item, deployed) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) & {"Fn::Join", "Fn::GetAtt", "Ref"}:
        text = text_of(value).replace("arn:aws:", f"arn:{PARTITION}:").replace(REGION, LONGEST_REGION)
        return re.sub(r"<(\w+)(?:\.(\w+))?>", lambda found: _name(found, deployed), text)
    return {key: _filled(item, deployed) for key, item in value.items()}


def _name(reference: re.Match[str], deployed: Deployed) -> str:
    """What a reference is at its longest: a name of CloudFormation's, or the ARN around it."""
    logical_id, attribute = reference.groups()
    if logical_id not in deployed.template["Resources"]:
        return "x" * 64
    kind = deployed.template["Resources"][logical_id]["Type"]
    most, arn = _NAMES.get(kind, (64, ""))
    name = f"{deployed.stack.stack_name}-{logical_id}-{'X' * 13}"[:most]
    whole = attribute == "Arn" or (attribute is None and kind in _ARN_BY_REF)
    return arn.format(f"{PARTITION}:", f":{LONGEST_REGION}:{ACCOUNT}:", name) if whole and arn else name


#: The partition and region of the longest ARNs that Bedrock customization has been in.
PARTITION, LONGEST_REGION = "aws-us-gov", "us-gov-west-1"
#: Kind → the longest name that it may have, and its ARN (each service's API reference).
_NAMES = {
    "AWS::DynamoDB::GlobalTable": (255, "arn:{}dynamodb{}table/{}"),
    "AWS::Events::Rule": (64, "arn:{}events{}rule/{}"),
    "AWS::IAM::ManagedPolicy": (128, "arn:{}iam{}policy/{}"),
    "AWS::IAM::Role": (64, "arn:{}iam{}role/{}"),
    "AWS::Lambda::Function": (64, "arn:{}lambda{}function:{}"),
    "AWS::Logs::LogGroup": (512, "arn:{}logs{}log-group:{}:*"),
    "AWS::S3::Bucket": (63, "arn:{0}s3:::{2}"),
    "AWS::SNS::Topic": (256, "arn:{}sns{}{}"),
    "AWS::SQS::Queue": (80, "arn:{}sqs{}{}"),
    "AWS::StepFunctions::StateMachine": (80, "arn:{}states{}stateMachine:{}"),
}
_ARN_BY_REF = {"AWS::SNS::Topic", "AWS::StepFunctions::StateMachine", "AWS::IAM::ManagedPolicy"}


def _each(kind: str, measure: Callable[[Resource], float | None]) -> Callable[[Deployed], Measured]:
    """Something of every resource of a kind; those that have none of it are passed over."""

    def measured(deployed: Deployed) -> Measured:
        for name, resource in deployed.resources(kind).items():
            found = measure(resource)
            if found is not None:
                yield name, found

    return measured


def _text(kind: str, key: str) -> Callable[[Deployed], Measured]:
    return _each(kind, lambda resource: len(resource[key]) if key in resource else None)


def _number(kind: str, *keys: str) -> Callable[[Deployed], Measured]:
    def inner(resource: Resource) -> float | None:
        found: Any = resource
        for key in keys:
            found = found.get(key, {})
        return float(found) if found != {} else None

    return _each(kind, inner)


def _strange(pattern: re.Pattern[str], text: str) -> int:
    """How many characters of a text are not taken."""
    return sum(pattern.fullmatch(character) is None for character in text)


def _whole(measure: Callable[[Deployed], float]) -> Callable[[Deployed], Measured]:
    return lambda deployed: iter([("the template", measure(deployed))])


def _states(measure: Callable[[str, Any], float | None]) -> Callable[[Deployed], Measured]:
    def measured(deployed: Deployed) -> Measured:
        for machine in deployed.machines():
            for name, state in deployed.definition(machine)["States"].items():
                found = measure(name, state)
                if found is not None:
                    yield f"{machine}.{name}", found

    return measured


def _outputs(deployed: Deployed) -> Measured:
    for name, output in deployed.template["Outputs"].items():
        yield name, len(output.get("Description", "").encode())


def _days(alarm: Resource) -> float:
    return float(alarm["Period"] * alarm["EvaluationPeriods"]) / 86_400


def _seconds(name: str, state: Any) -> float | None:
    return max((state[key] for key in ("TimeoutSeconds", "Seconds") if key in state), default=None)


ROLE, POLICY, FUNCTION = "AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::Lambda::Function"
MACHINE, RULE, SCHEDULE = "AWS::StepFunctions::StateMachine", "AWS::Events::Rule", "AWS::Scheduler::Schedule"
TOPIC, QUEUE, BUCKET = "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::S3::Bucket"
ALARM, DASHBOARD, GROUP = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::Logs::LogGroup"
INVOKED, LAYER = "AWS::Lambda::EventInvokeConfig", "AWS::Lambda::LayerVersion"
_POLICIES = ("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy")

LIMITS = (
    Limit("bytes of the template", 1_000_000, _whole(lambda d: d.template_path.stat().st_size), _CFN),
    Limit("resources", 500, _whole(lambda d: len(d.template["Resources"])), _CFN),
    Limit("outputs", 200, _whole(lambda d: len(d.template["Outputs"])), _CFN),
    Limit("parameters", 200, _whole(lambda d: len(d.template["Parameters"])), _CFN),
    Limit("characters of a logical id", 255, _whole(lambda d: max(map(len, d.template["Resources"]))), _CFN),
    Limit("bytes of the description", 1_024, _whole(lambda d: len(d.template["Description"].encode())), _CFN),
    Limit("bytes of an output's description", 1_024, _outputs, _CFN),
    Limit("characters of the stack's name", 128, _whole(lambda d: len(d.stack.stack_name)), _CFN),
    Limit(
        "characters of a role's inline policies",
        10_240,
        _each(ROLE, lambda r: sum(map(size, documents(r)))),
        _IAM,
    ),
    Limit(
        "characters of a trust policy",
        2_048,
        _each(ROLE, lambda r: size(r["AssumeRolePolicyDocument"])),
        _IAM,
    ),
    Limit("characters of a role's description", 1_000, _text(ROLE, "Description"), _IAM),
    Limit(
        "characters of a role's description that IAM does not take",
        0,
        _each(ROLE, lambda r: _strange(_DESCRIBING, r["Description"])),
        "IAM API reference, CreateRole",
    ),
    Limit("characters of a managed policy", 6_144, _each(POLICY, lambda p: size(p["PolicyDocument"])), _IAM),
    Limit("characters of a policy's description", 1_000, _text(POLICY, "Description"), _IAM),
    Limit("managed policies of a role", 10, _each(ROLE, lambda r: len(r.get("ManagedPolicyArns", ()))), _IAM),
    Limit(
        "characters of a function's environment",
        4_096,
        _each(FUNCTION, lambda f: size(f["Environment"])),
        _LAMBDA,
    ),
    Limit("layers of a function", 5, _each(FUNCTION, lambda f: len(f["Layers"])), _LAMBDA),
    Limit("seconds of a function", 900, _number(FUNCTION, "Timeout"), _LAMBDA),
    Limit("megabytes of a function", 10_240, _number(FUNCTION, "MemorySize"), _LAMBDA),
    Limit("characters of a function's description", 256, _text(FUNCTION, "Description"), _LAMBDA),
    Limit("characters of a layer's description", 256, _text(LAYER, "Description"), _LAMBDA),
    Limit("seconds that a call may wait", 21_600, _number(INVOKED, "MaximumEventAgeInSeconds"), _LAMBDA),
    Limit("retries of a call", 2, _number(INVOKED, "MaximumRetryAttempts"), _LAMBDA),
    Limit("bytes of a definition", 1_048_576, _each(MACHINE, lambda m: size(m["DefinitionString"])), _SFN),
    Limit("characters of a state's name", 80, _states(lambda name, _: len(name)), _SFN),
    Limit("seconds of a state", 99_999_999, _states(_seconds), "Amazon States Language, timeouts"),
    Limit("characters of an event pattern", 2_048, _each(RULE, lambda r: size(r["EventPattern"])), _EVENTS),
    Limit("targets of a rule", 5, _each(RULE, lambda r: len(r["Targets"])), _EVENTS),
    Limit("characters of a schedule's description", 512, _text(SCHEDULE, "Description"), _SCHEDULER),
    Limit(
        "seconds that a schedule's call may wait",
        86_400,
        _number(SCHEDULE, "Target", "RetryPolicy", "MaximumEventAgeInSeconds"),
        _SCHEDULER,
    ),
    Limit("characters of a topic's display name", 100, _text(TOPIC, "DisplayName"), _SNS),
    Limit("seconds that a queue keeps", 1_209_600, _number(QUEUE, "MessageRetentionPeriod"), _SQS),
    Limit(
        "lifecycle rules of a bucket",
        1_000,
        _each(BUCKET, lambda b: len(b["LifecycleConfiguration"]["Rules"])),
        _S3,
    ),
    Limit("characters of an alarm's description", 1_024, _text(ALARM, "AlarmDescription"), _ALARM),
    Limit("days that an alarm looks back", 1, _each(ALARM, _days), _ALARM),
    Limit("dimensions of an alarm", 30, _each(ALARM, lambda a: len(a["Dimensions"])), _ALARM),
    Limit(
        "bytes of a dashboard", 1_000_000, _each(DASHBOARD, lambda d: size(d["DashboardBody"])), _DASHBOARD
    ),
    Limit("characters of a log group's name", 512, _text(GROUP, "LogGroupName"), _LOGS),
    Limit(
        "characters of a log group's name that are not taken",
        0,
        _each(GROUP, lambda g: _strange(_LOG_GROUP, g["LogGroupName"]) if "LogGroupName" in g else None),
        _LOGS,
    ),
    *(
        Limit(f"bytes of {kind}", most, _each(kind, lambda p: size(p["PolicyDocument"])), source)
        for kind, most, source in zip(_POLICIES, (30_720, 8_192, 20_480), (_SNS, _SQS, _S3), strict=True)
    ),
)
