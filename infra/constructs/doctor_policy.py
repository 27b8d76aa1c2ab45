"""What `finetune-guard doctor` may read of the stack itself, beside what the operator policy allows."""

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.bedrock_role import BedrockRole
from infra.constructs.guard_function import GuardFunction
from infra.permissions import Permission, acknowledge_wildcards


@dataclass(frozen=True, slots=True)
class Examined:
    """What the doctor looks at."""

    functions: Sequence[GuardFunction]
    alarms: Sequence[cloudwatch.Alarm]
    schedules: Sequence[scheduler.Schedule]
    queues: Sequence[sqs.IQueue]
    topics: Sequence[sns.ITopic]
    bedrock: BedrockRole


class DoctorPolicy(Construct):
    """A managed policy to attach beside the operator policy, which has no room for more.

    Attributes:
        policy: The policy.
        permissions: What it allows; nothing of it changes anything.
    """

    purpose = "Whoever types finetune-guard doctor; beside the operator policy"

    def __init__(self, scope: Construct, id: str, examined: Examined) -> None:
        super().__init__(scope, id)
        self.permissions = (
            _list_resources(cdk.Stack.of(self)),
            *_look_at_parts(examined),
            _READ_METRICS,
            examined.bedrock.may_examine(),
        )
        self.policy = iam.ManagedPolicy(
            self,
            "Policy",
            description=self.purpose,
            statements=[permission.statement() for permission in self.permissions],
        )
        acknowledge_wildcards(self.policy, self.permissions)


_READ_METRICS = Permission(
    sid="ReadMetrics",
    why="When the watch last ticked.",
    actions=("cloudwatch:GetMetricStatistics",),
    resources=("*",),
    wide="CloudWatch knows no resource to name for reading a metric.",
)


def _list_resources(stack: cdk.Stack) -> Permission:
    arn = stack.format_arn(service="cloudformation", resource="stack", resource_name=f"{stack.stack_name}/*")
    return Permission(
        sid="ListResources",
        why="The names of functions, alarms, schedules and queues.",
        actions=("cloudformation:ListStackResources",),
        resources=(arn,),
        wide="A stack's ARN ends in an id that changes when it is made anew.",
    )


def _look_at_parts(examined: Examined) -> tuple[Permission, ...]:
    return (
        Permission(
            "SeeFunctions",
            "Whether they are there, active, and run what was deployed.",
            ("lambda:GetFunctionConfiguration",),
            tuple(each.function.function_arn for each in examined.functions),
        ),
        Permission(
            "SeeAlarms",
            "Whether one rings.",
            ("cloudwatch:DescribeAlarms",),
            tuple(each.alarm_arn for each in examined.alarms),
        ),
        Permission(
            "SeeSchedules",
            "Whether they are enabled and call the stack's functions.",
            ("scheduler:GetSchedule",),
            tuple(each.schedule_arn for each in examined.schedules),
        ),
        Permission(
            "CountLetters",
            "Whether a call or a mail came to nothing; never what it was.",
            ("sqs:GetQueueAttributes",),
            tuple(each.queue_arn for each in examined.queues),
        ),
        Permission(
            "ListReaders",
            "Whether anybody has confirmed a subscription.",
            ("sns:ListSubscriptionsByTopic",),
            tuple(each.topic_arn for each in examined.topics),
        ),
    )
