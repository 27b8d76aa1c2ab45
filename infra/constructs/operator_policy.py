"""What the terminal may do: exactly what the CLI calls, for whoever the policy is attached to."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.bedrock_role import ANY_JOB, BedrockRole
from infra.constructs.data_bucket import DataBucket
from infra.constructs.run_steps import LIST_OFFERS
from infra.constructs.run_store import RunStore
from infra.constructs.watch import METRIC_FILES, executions_of
from infra.permissions import Permission, acknowledge_wildcards


class OperatorPolicy(Construct):
    """A managed policy to attach to the people, or the role, that run the CLI.

    Attributes:
        policy: The policy.
        permissions: What it allows.
    """

    purpose = "Whoever types finetune-guard at a terminal"

    def __init__(
        self,
        scope: Construct,
        id: str,
        store: RunStore,
        bucket: DataBucket,
        bedrock: BedrockRole,
        machines: Sequence[sfn.StateMachine],
    ) -> None:
        super().__init__(scope, id)
        self.permissions = (
            _find_stack(cdk.Stack.of(self)),
            *_start_and_follow(machines),
            store.may_read(
                "run, report, stop, answer and resume read runs, validate and shadow base models."
            ),
            store.may_find_due("runs lists runs, shadow base models, validate finds runs of the same name."),
            store.may_write("stop and kill-switch write their orders, answer what was answered."),
            *bucket.may_list("A missing file must not look like a forbidden one."),
            bucket.may_read_data(
                "validate reads the data, run keeps copies of logs, people the report.", *_READ
            ),
            bucket.may_read(
                "monitor reads metric files, replay their copies, never prompts.",
                *METRIC_FILES,
                elsewhere=False,
            ),
            bucket.may_upload("run uploads a local file.", "uploads/"),
            *bucket.may_use_keys("The data may be encrypted.", "kms:Decrypt"),
            _SEE_JOBS,
            LIST_OFFERS,
            *bedrock.may_ask(),
        )
        self.policy = iam.ManagedPolicy(
            self,
            "Policy",
            description=self.purpose,
            statements=[permission.statement() for permission in self.permissions],
        )
        acknowledge_wildcards(self.policy, self.permissions)


_READ = ("uploads/", "metrics/", "runs/")

_SEE_JOBS = Permission(
    sid="SeeJobs",
    why="monitor looks at any job of the account.",
    actions=("bedrock:GetModelCustomizationJob",),
    resources=(ANY_JOB,),
    wide="Jobs have names only once they exist.",
)


def _find_stack(stack: cdk.Stack) -> Permission:
    arn = stack.format_arn(service="cloudformation", resource="stack", resource_name=f"{stack.stack_name}/*")
    return Permission(
        sid="FindStack",
        why="--stack finds table, bucket and machines in the stack's outputs.",
        actions=("cloudformation:DescribeStacks",),
        resources=(arn,),
        wide="A stack's ARN ends in an id that changes when it is made anew.",
    )


def _start_and_follow(machines: Sequence[sfn.StateMachine]) -> tuple[Permission, ...]:
    return (
        Permission(
            sid="StartRuns",
            why="mini-run, run and resume start executions.",
            actions=("states:StartExecution",),
            resources=tuple(machine.state_machine_arn for machine in machines),
        ),
        Permission(
            sid="FollowRuns",
            why="mini-run, run and resume follow the execution that they started, to its end.",
            actions=("states:DescribeExecution",),
            resources=tuple(executions_of(machine) for machine in machines),
            wide="Executions have names only once they exist.",
        ),
    )
