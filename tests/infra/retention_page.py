"""`python -m tests.infra.retention_page`: writes the table of docs/retention.md from both environments."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from tests.generated_part import with_part
from tests.infra.conftest import empty_layers, synthesise
from tests.infra.deployed import Deployed

PAGE = Path(__file__).resolve().parents[2] / "docs" / "retention.md"
MARKS = ("<!-- made -->", "<!-- /made -->")
ENVIRONMENTS = ("prod", "dev")
DAY = 24 * 3600

#: What holds something, by the place of its construct, and what that is.
HOLDS: Mapping[str, str] = {
    "RunStore/Table": "runs with their configs, jobs, findings, alerts, orders, what is known of base models",
    "Data/Bucket": "uploads, samples, Bedrock's output, copies of metric files, metrics logs, reports",
    "Data/AccessLog": "who read or wrote which object of the bucket",
    "Watch/Watch/Logs": "a line and a few metrics for each tick",
    "CleanUp/CleanUp/Logs": "what was deleted, each hour",
    "Steps/Preflight/Logs": "a line for each call of the step",
    "Steps/Plan/Logs": "a line for each call of the step",
    "Steps/NextAction/Logs": "a line for each call of the step",
    "Steps/CreateJobs/Logs": "a line for each call of the step",
    "Steps/WaitForRun/Logs": "a line for each call of the step",
    "Steps/Report/Logs": "a line for each call of the step",
    "Machines/MiniRun/Logs": "a line for each state of an execution, without its data",
    "Machines/FullRun/Logs": "a line for each state of an execution, without its data",
    "Machines/RehearseThenRun/Logs": "a line for each state of an execution, without its data",
    "Timetable/LostCalls": "calls that came to nothing",
    "Alerts/Undelivered": "mails that could not be delivered",
}
#: What can hold something; nothing else that is deployed can.
KINDS = ("AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket", "AWS::Logs::LogGroup", "AWS::SQS::Queue")
#: What holds nothing of a run: it is the stack's own description, and goes with it.
EMPTY_KINDS = frozenset(
    {
        "AWS::CDK::Metadata",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::Events::Rule",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::Function",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Permission",
        "AWS::Logs::QueryDefinition",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::Scheduler::Schedule",
        "AWS::StepFunctions::StateMachine",
    }
)

Resource = Mapping[str, Any]


def page(text: str, deployed: Mapping[str, Deployed]) -> str:
    """The page with its table made anew, from the stack in each environment."""
    return with_part(text, MARKS, _lines(deployed), PAGE)


def holding(deployed: Deployed) -> dict[str, Resource]:
    """Place → resource, of everything that can hold something."""
    stack, resources = deployed.stack, deployed.template["Resources"]
    return {
        _place(construct): resources[stack.get_logical_id(construct)]
        for construct in stack.node.find_all()
        if isinstance(construct, cdk.CfnResource) and construct.cfn_resource_type in KINDS
    }


def _place(resource: cdk.CfnResource) -> str:
    """Its path in the stack, without the stack's name and the CDK's own last part."""
    return "/".join(resource.node.path.split("/")[1:-1])


def _lines(deployed: Mapping[str, Deployed]) -> Iterator[str]:
    held = {environment: holding(deployed[environment]) for environment in ENVIRONMENTS}
    columns = (f"{what}, {e}" for e in ENVIRONMENTS for what in ("how long", "`cdk destroy`"))
    yield f"| resource | what is in it | {' | '.join(columns)} |"
    yield "|---|---|---|---|---|---|"
    for places in _alike(held):
        cells = [
            cell for e in ENVIRONMENTS for cell in (kept(held[e][places[0]]), removed(held[e][places[0]]))
        ]
        name = ", ".join(f"`{place}`" for place in places)
        yield f"| {name} | {HOLDS[places[0]]} | {' | '.join(cells)} |"


def _alike(held: Mapping[str, Mapping[str, Resource]]) -> Iterator[list[str]]:
    """Places that hold the same for as long, together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for place in held["prod"]:
        resources = [held[environment][place] for environment in ENVIRONMENTS]
        key = (HOLDS[place], *(word for r in resources for word in (kept(r), removed(r))))
        groups.setdefault(key, []).append(place)
    yield from groups.values()


def kept(resource: Resource) -> str:
    """How long something stays in a resource by itself."""
    properties = resource["Properties"]
    if resource["Type"] == "AWS::Logs::LogGroup":
        return f"{properties['RetentionInDays']} days"
    if resource["Type"] == "AWS::SQS::Queue":
        return f"{properties['MessageRetentionPeriod'] // DAY} days"
    if resource["Type"] == "AWS::S3::Bucket":
        return "; ".join(_rules(properties["LifecycleConfiguration"]["Rules"]))
    replica = properties["Replicas"][0]
    restored = replica["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    return "for ever" + ("; each second of the last 35 days can be restored" if restored else "; no backup")


def _rules(rules: list[Resource]) -> Iterator[str]:
    expiring = [rule for rule in rules if "ExpirationInDays" in rule]
    if all("Prefix" in rule for rule in expiring):
        yield "for ever"
    for rule in expiring:
        what = f"`{rule['Prefix']}` " if "Prefix" in rule else ""
        yield f"{what}{rule['ExpirationInDays']} days"
    for rule in rules:
        if "ExpirationInDays" not in rule:
            old = rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
            parts = rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
            yield f"replaced or deleted versions {old} days; parts of broken uploads {parts} days"


def removed(resource: Resource) -> str:
    """What becomes of a resource with the stack."""
    if resource.get("DeletionPolicy", "Delete") == "Retain":
        replicas = resource["Properties"].get("Replicas", [{}])
        protected = replicas[0].get("DeletionProtectionEnabled", False)
        return "stays, protected" if protected else "stays"
    return (
        "deleted if it is empty, else it stops there" if resource["Type"] == "AWS::S3::Bucket" else "deleted"
    )


def main() -> None:
    """Writes the table."""
    with tempfile.TemporaryDirectory() as folder:
        made = {
            environment: synthesise(
                {"environment": environment}, empty_layers(Path(folder)), Path(folder) / environment
            )
            for environment in ENVIRONMENTS
        }
    PAGE.write_text(page(PAGE.read_text("utf-8"), made), "utf-8")


if __name__ == "__main__":
    main()
