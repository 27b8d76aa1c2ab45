"""The calls that a function really makes, as IAM sees them, and what its policy allows, to be compared."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import botocore.handlers
import pytest
from botocore.model import OperationModel

from tests.infra.deployed import ACCOUNT, REGION, Deployed, Resource, many, text_of

Params = Mapping[str, Any]

#: Where bases are, for the one resource of a creation that is AWS's own.
_BASES = f"arn:aws:bedrock:{REGION}::foundation-model/"
_BEDROCK = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:"
NO_RESOURCE = "*"
NOT_FOUND = 404


class Call(NamedTuple):
    """A use of one permission: who, which IAM action, on which ARN."""

    caller: str
    action: str
    resource: str


class Grant(NamedTuple):
    """One action on one resource pattern of an Allow statement; conditions are left out."""

    action: str
    pattern: str

    def covers(self, call: Call) -> bool:
        if call.action != self.action:
            return False
        if call.resource == NO_RESOURCE:
            return self.pattern == NO_RESOURCE
        pattern = re.escape(self.pattern).replace(r"\*", ".*").replace(r"\?", ".")
        return re.fullmatch(pattern, call.resource, re.DOTALL) is not None


Uses = Iterator[tuple[str, str]]


def _on_bucket(action: str) -> Callable[[Params], Uses]:
    return lambda asked: iter([(action, f"arn:aws:s3:::{asked['Bucket']}")])


def _on_object(action: str) -> Callable[[Params], Uses]:
    return lambda asked: iter([(action, f"arn:aws:s3:::{asked['Bucket']}/{asked['Key']}")])


def _on_table(action: str) -> Callable[[Params], Uses]:
    def uses(asked: Params) -> Uses:
        table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{asked['TableName']}"
        yield action, f"{table}/index/{asked['IndexName']}" if "IndexName" in asked else table

    return uses


def _on(action: str, parameter: str, prefix: str = "") -> Callable[[Params], Uses]:
    """On the ARN that a parameter is, or on the prefix and the name that it is."""

    def uses(asked: Params) -> Uses:
        given = str(asked[parameter]) if parameter else NO_RESOURCE
        yield action, given if given.startswith("arn:") or not prefix else prefix + given

    return uses


def _creation(asked: Params) -> Uses:
    """Needs all three kinds of resource, and the two rights that its parameters use."""
    ours = (
        f"{_BEDROCK}model-customization-job/{asked['jobName']}",
        f"{_BEDROCK}custom-model/{asked['customModelName']}",
    )
    for resource in (_BASES + asked["baseModelIdentifier"], *ours):
        yield "bedrock:CreateModelCustomizationJob", resource
    for tags, resource in zip(("jobTags", "customModelTags"), ours, strict=True):
        if asked.get(tags):
            yield "bedrock:TagResource", resource
    yield "iam:PassRole", asked["roleArn"]


def _on_stack(action: str) -> Callable[[Params], Uses]:
    stacks = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack"
    return lambda asked: iter([(action, f"{stacks}/{asked['StackName']}/id")])


def _on_alarms(asked: Params) -> Uses:
    for name in asked["AlarmNames"]:
        yield "cloudwatch:DescribeAlarms", f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"


def _on_queue(asked: Params) -> Uses:
    yield "sqs:GetQueueAttributes", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{asked['QueueUrl'].rsplit('/', 1)[-1]}"


_FUNCTIONS = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
_JOB = f"{_BEDROCK}model-customization-job/"
#: Every operation of the adapters, by what IAM wants for it (AWS Service Authorization Reference, a page for
#: each service).
USES: Mapping[tuple[str, str], Callable[[Params], Uses]] = {
    ("s3", "ListObjectsV2"): _on_bucket("s3:ListBucket"),
    ("s3", "HeadBucket"): _on_bucket("s3:ListBucket"),
    ("s3", "HeadObject"): _on_object("s3:GetObject"),
    ("s3", "GetObject"): _on_object("s3:GetObject"),
    ("s3", "PutObject"): _on_object("s3:PutObject"),
    ("s3", "CreateMultipartUpload"): _on_object("s3:PutObject"),
    ("s3", "UploadPart"): _on_object("s3:PutObject"),
    ("s3", "CompleteMultipartUpload"): _on_object("s3:PutObject"),
    ("s3", "AbortMultipartUpload"): _on_object("s3:AbortMultipartUpload"),
    ("dynamodb", "GetItem"): _on_table("dynamodb:GetItem"),
    ("dynamodb", "Query"): _on_table("dynamodb:Query"),
    ("dynamodb", "PutItem"): _on_table("dynamodb:PutItem"),
    ("sns", "Publish"): _on("sns:Publish", "TopicArn"),
    ("stepfunctions", "StartExecution"): _on("states:StartExecution", "stateMachineArn"),
    ("stepfunctions", "DescribeExecution"): _on("states:DescribeExecution", "executionArn"),
    ("stepfunctions", "SendTaskSuccess"): _on("states:SendTaskSuccess", ""),
    ("stepfunctions", "SendTaskHeartbeat"): _on("states:SendTaskHeartbeat", ""),
    ("lambda", "Invoke"): _on("lambda:InvokeFunction", "FunctionName", _FUNCTIONS),
    ("lambda", "GetFunctionConfiguration"): _on(
        "lambda:GetFunctionConfiguration", "FunctionName", _FUNCTIONS
    ),
    ("bedrock", "CreateModelCustomizationJob"): _creation,
    ("bedrock", "GetModelCustomizationJob"): _on("bedrock:GetModelCustomizationJob", "jobIdentifier", _JOB),
    ("bedrock", "StopModelCustomizationJob"): _on("bedrock:StopModelCustomizationJob", "jobIdentifier", _JOB),
    ("bedrock", "DeleteCustomModel"): _on("bedrock:DeleteCustomModel", "modelIdentifier"),
    ("bedrock", "ListFoundationModels"): _on("bedrock:ListFoundationModels", ""),
    ("service-quotas", "ListServiceQuotas"): _on("servicequotas:ListServiceQuotas", ""),
    ("bedrock", "ListModelCustomizationJobs"): _on("bedrock:ListModelCustomizationJobs", ""),
    ("iam", "GetRole"): _on("iam:GetRole", "RoleName", f"arn:aws:iam::{ACCOUNT}:role/"),
    ("iam", "SimulatePrincipalPolicy"): _on("iam:SimulatePrincipalPolicy", "PolicySourceArn"),
    ("cloudformation", "DescribeStacks"): _on_stack("cloudformation:DescribeStacks"),
    ("cloudformation", "ListStackResources"): _on_stack("cloudformation:ListStackResources"),
    # It needs no right, whatever a policy says (AWS STS API reference).
    ("sts", "GetCallerIdentity"): lambda _: iter(()),
    ("cloudwatch", "DescribeAlarms"): _on_alarms,
    ("cloudwatch", "GetMetricStatistics"): _on("cloudwatch:GetMetricStatistics", ""),
    ("scheduler", "GetSchedule"): _on(
        "scheduler:GetSchedule", "Name", f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/"
    ),
    ("sqs", "GetQueueAttributes"): _on_queue,
    ("sns", "ListSubscriptionsByTopic"): _on("sns:ListSubscriptionsByTopic", "TopicArn"),
}


@dataclass
class Recorder:
    """Listens to every client made while it is installed; calls count while their caller is named.

    Attributes:
        account: The account of the world that is recorded; its ARNs are noted as the template's.
        calls: What was used, by whom.
        operations: Who made which call of S3, where objects may be under a key (tests/infra/data_keys.py).
        unlisted: Operations that USES does not have. They are kept, not raised: the watch and its bell bear
            whatever happens in a call.
    """

    account: str
    calls: set[Call] = field(default_factory=set)
    operations: set[tuple[str, str]] = field(default_factory=set)
    unlisted: set[tuple[str, str]] = field(default_factory=set)
    _callers: list[str] = field(default_factory=list)

    def install(self, shell: pytest.MonkeyPatch) -> None:
        """From now on every new session tells us what its clients are asked, and what is not found."""
        ours = [("before-parameter-build", self._asked), ("after-call.s3", self._answered)]
        shell.setattr(botocore.handlers, "BUILTIN_HANDLERS", [*botocore.handlers.BUILTIN_HANDLERS, *ours])

    @contextmanager
    def by(self, caller: str) -> Iterator[None]:
        """Calls are the caller's; "" for nobody's."""
        self._callers.append(caller)
        try:
            yield
        finally:
            self._callers.pop()

    def of(self, caller: str) -> set[Call]:
        return {call for call in self.calls if call.caller == caller}

    def _note(self, action: str, resource: str) -> None:
        if self._callers and self._callers[-1]:
            self.calls.add(Call(self._callers[-1], action, resource.replace(self.account, ACCOUNT)))

    def _asked(self, params: Params, model: OperationModel, context: dict[str, Any], **_: object) -> None:
        if not self._callers or not self._callers[-1]:
            return
        context["asked"] = params
        operation = (model.service_model.service_name, model.name)
        if operation[0] == "s3":
            self.operations.add((self._callers[-1], model.name))
        if operation not in USES:
            self.unlisted.add(operation)
            return
        for action, resource in USES[operation](params):
            self._note(action, resource)

    def _answered(self, parsed: Params, context: dict[str, Any], **_: object) -> None:
        """Without ListBucket an object that is not there looks forbidden (S3, HeadObject and GetObject)."""
        missing = parsed["ResponseMetadata"]["HTTPStatusCode"] == NOT_FOUND
        if missing and "Key" in context.get("asked", {}):
            self._note("s3:ListBucket", f"arn:aws:s3:::{context['asked']['Bucket']}")


@dataclass(frozen=True)
class Named:
    """A template whose resources have names, so that policies and variables hold no references."""

    deployed: Deployed

    def name(self, logical_id: str) -> str:
        return logical_id.lower()[:60]

    def text(self, value: object) -> str:
        return re.sub(r"<(\w+)(?:\.(\w+))?>", self._filled, text_of(value))

    def _filled(self, reference: re.Match[str]) -> str:
        logical_id, attribute = reference.groups()
        kind = self.deployed.template["Resources"][logical_id]["Type"]
        name, by_arn = self.name(logical_id), kind in ("AWS::SNS::Topic", "AWS::StepFunctions::StateMachine")
        if attribute == "Arn" or (attribute is None and by_arn):
            return _ARNS[kind].format(name)
        assert attribute in (None, "Name"), reference.group()
        return name

    def grants(self, statements: Iterable[Resource]) -> set[Grant]:
        """What statements allow."""
        return {
            Grant(action, self.text(resource))
            for statement in statements
            if statement["Effect"] == "Allow"
            for action in many(statement["Action"])
            for resource in many(statement["Resource"])
        }


_ARNS = {
    "AWS::DynamoDB::GlobalTable": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{{}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::CloudWatch::Alarm": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{{}}",
    "AWS::Scheduler::Schedule": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}:*",
}


def differences(calls: set[Call], grants: set[Grant]) -> list[str]:
    """Calls that nothing allows, and grants that no call needs, a sentence each."""
    refused = [call for call in calls if not any(grant.covers(call) for grant in grants)]
    unused = [grant for grant in grants if not any(grant.covers(call) for call in calls)]
    return [
        *sorted(f"too narrow: {call.action} on {call.resource} is called" for call in refused),
        *sorted(f"too wide: {grant.action} on {grant.pattern} is never called" for grant in unused),
    ]
