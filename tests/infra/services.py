"""What AWS's own services do for the stack, read from the template, as calls and as visits.

A call is made with a role of ours, so the role must allow it. A visit is made in the service's own name, so
the policy of what is visited must let it in.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tests.infra.deployed import Deployed, Resource, many, text_of
from tests.infra.recorded import NO_RESOURCE, Call, Named

#: What Step Functions does when a machine logs and traces (its guide, "Logging using CloudWatch Logs", "Trace
#: workflow execution requests using AWS X-Ray").
LOGGING = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
TRACING = (
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
)
#: Integration → the action that it needs and the argument that names the resource (Step Functions guide, the
#: pages of the optimized integrations).
_INTEGRATIONS = {
    "lambda:invoke": ("lambda:InvokeFunction", "FunctionName"),
    "lambda:invoke.waitForTaskToken": ("lambda:InvokeFunction", "FunctionName"),
    "sns:publish": ("sns:Publish", "TopicArn"),
}


class Visit(NamedTuple):
    """A service that comes in its own name: to do what, where, and for which resource of ours."""

    service: str
    action: str
    place: str
    on_behalf_of: str


def role_of(deployed: Deployed, logical_id: str) -> object:
    """The role that a machine or a schedule acts with."""
    properties = deployed.template["Resources"][logical_id]["Properties"]
    return properties["RoleArn"] if "RoleArn" in properties else properties["Target"]["RoleArn"]


def service_calls(deployed: Deployed) -> Mapping[str, set[Call]]:
    """Logical id of each machine and schedule → what it calls."""
    named = Named(deployed)
    machines = deployed.resources("AWS::StepFunctions::StateMachine")
    schedules = deployed.resources("AWS::Scheduler::Schedule")
    names = dict(zip(machines, deployed.machines(), strict=True))
    return {
        **{name: set(_machine_calls(name, names[name], deployed)) for name in machines},
        **{name: set(_schedule_calls(name, schedule, named)) for name, schedule in schedules.items()},
    }


def _machine_calls(caller: str, machine: str, deployed: Deployed) -> Iterator[Call]:
    named = Named(deployed)
    for state in deployed.definition(machine)["States"].values():
        if state["Type"] == "Task":
            action, argument = _INTEGRATIONS[state["Resource"].partition(":states:::")[2]]
            yield Call(caller, action, named.text(state["Arguments"][argument]))
    properties = deployed.machines()[machine]
    if properties["LoggingConfiguration"]["Level"] != "OFF":
        yield from (Call(caller, action, NO_RESOURCE) for action in LOGGING)
    if properties["TracingConfiguration"]["Enabled"]:
        yield from (Call(caller, action, NO_RESOURCE) for action in TRACING)


def _schedule_calls(caller: str, schedule: Resource, named: Named) -> Iterator[Call]:
    target = schedule["Target"]
    yield Call(caller, "lambda:InvokeFunction", named.text(target["Arn"]))
    yield Call(caller, "sqs:SendMessage", named.text(target["DeadLetterConfig"]["Arn"]))


def visits(deployed: Deployed) -> set[Visit]:
    """Who comes in a name of its own, by what rules, subscriptions and alarms say."""
    return {*_visits_of_rules(deployed), *_visits_of_topics(deployed), *_visits_of_logs(deployed)}


def _visits_of_rules(deployed: Deployed) -> Iterator[Visit]:
    for name, rule in deployed.resources("AWS::Events::Rule").items():
        for target in rule["Targets"]:
            on_behalf_of = f"<{name}.Arn>"
            yield Visit("events", "lambda:InvokeFunction", text_of(target["Arn"]), on_behalf_of)
            letters = text_of(target["DeadLetterConfig"]["Arn"])
            yield Visit("events", "sqs:SendMessage", letters, on_behalf_of)


def _visits_of_topics(deployed: Deployed) -> Iterator[Visit]:
    for subscription in deployed.resources("AWS::SNS::Subscription").values():
        letters = text_of(subscription["RedrivePolicy"]["deadLetterTargetArn"])
        yield Visit("sns", "sqs:SendMessage", letters, text_of(subscription["TopicArn"]))
    for alarm in deployed.resources("AWS::CloudWatch::Alarm").values():
        for topic in alarm["AlarmActions"]:
            yield Visit("cloudwatch", "sns:Publish", text_of(topic), "account")


def _visits_of_logs(deployed: Deployed) -> Iterator[Visit]:
    for name, bucket in deployed.resources("AWS::S3::Bucket").items():
        if "LoggingConfiguration" in bucket:
            log = text_of(bucket["LoggingConfiguration"]["DestinationBucketName"])
            yield Visit("logging.s3", "s3:PutObject", f"<{log.strip('<>')}.Arn>/*", f"<{name}.Arn>")


def invitations(deployed: Deployed) -> set[Visit]:
    """Whom the policies of functions, queues, topics and buckets let in."""
    return {*_functions_let_in(deployed), *_policies_let_in(deployed)}


def _functions_let_in(deployed: Deployed) -> Iterator[Visit]:
    for permission in deployed.resources("AWS::Lambda::Permission").values():
        service = permission["Principal"].removesuffix(".amazonaws.com")
        place, source = text_of(permission["FunctionName"]), text_of(permission["SourceArn"])
        yield Visit(service, permission["Action"], place, source)


def _policies_let_in(deployed: Deployed) -> Iterator[Visit]:
    for kind in ("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy"):
        for policy in deployed.resources(kind).values():
            for statement in policy["PolicyDocument"]["Statement"]:
                if "Service" in statement["Principal"]:
                    yield from _let_in(statement)


def _let_in(statement: Resource) -> Iterator[Visit]:
    assert statement["Effect"] == "Allow"
    service = statement["Principal"]["Service"].removesuffix(".amazonaws.com")
    for action in many(statement["Action"]):
        for place in many(statement["Resource"]):
            yield Visit(service, action, text_of(place), _source(statement["Condition"]))


def _source(condition: Resource) -> str:
    """For whom a service may come: one resource of ours, or anything of the account."""
    equal = {**condition.get("ArnEquals", {}), **condition.get("ArnLike", {})}
    account = condition.get("StringEquals", {}).get("aws:SourceAccount")
    if "aws:SourceArn" in equal:
        return text_of(equal["aws:SourceArn"])
    assert account == {"Ref": "AWS::AccountId"}, f"anybody's {condition}"
    return "account"


#: What the service does with a job's data (Bedrock user guide, "Create a service role for model
#: customization").
_BEDROCK_READS = ("uploads/data.jsonl", "samples/run/data.jsonl")
_BEDROCK_OUTPUT = "output/model-customization-job-1/training_artifacts/step_wise_training_metrics.csv"
#: A file above 5 GB goes in parts only, and one that fails is taken back (S3 user guide, "Multipart upload").
_IN_PARTS = "s3:AbortMultipartUpload"
KEY_USES_OF_BEDROCK = ("kms:Decrypt", "kms:GenerateDataKey")


def bedrock_calls(deployed: Deployed, buckets: Sequence[str], keys: Sequence[str]) -> set[Call]:
    """What Bedrock does with the stack's role; any file of the deployer's buckets may be data or output."""
    [own] = [name for name, b in deployed.resources("AWS::S3::Bucket").items() if "LoggingConfiguration" in b]
    ours = f"arn:aws:s3:::{Named(deployed).name(own)}"
    theirs = [f"arn:aws:s3:::{bucket}" for bucket in buckets]
    read = [*(f"{ours}/{key}" for key in (*_BEDROCK_READS, _BEDROCK_OUTPUT)), *(f"{b}/any" for b in theirs)]
    written = [f"{ours}/{_BEDROCK_OUTPUT}", *(f"{bucket}/any" for bucket in theirs)]
    return {
        *(Call("bedrock", "s3:ListBucket", bucket) for bucket in (ours, *theirs)),
        *(Call("bedrock", "s3:GetObject", each) for each in read),
        *(Call("bedrock", action, each) for each in written for action in ("s3:PutObject", _IN_PARTS)),
        *(Call("bedrock", action, key) for key in keys for action in KEY_USES_OF_BEDROCK),
    }
