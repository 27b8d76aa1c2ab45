"""The three machines, so that a person sees in the console where a run is."""

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.alerts import Alerts
from infra.constructs.guard_function import RETENTION, TRACES
from infra.constructs.run_fragment import Patience, RunFragment
from infra.constructs.run_steps import RunSteps
from infra.permissions import NarrowRole, Permission
from infra.settings import DeployOptions

#: Machine → the mode that preflight is told (finetune_guard.core.decisions.Mode; tests/infra compares them).
MODES = {"MiniRun": "mini-run", "FullRun": "full-run", "RehearseThenRun": "rehearse-then-run"}

_WHAT = {
    "MiniRun": "Rehearses on a small sample and says whether the full run would be worth it",
    "FullRun": "Runs and watches the whole job, without a rehearsal",
    "RehearseThenRun": "Rehearses, then runs and watches the whole job if the rehearsal went well",
}

#: A backstop above every other limit: NextAction ends a run that outlives its own max_hours by a day.
LONGEST_EXECUTION = cdk.Duration.days(90)

#: What Step Functions needs to deliver logs (Step Functions guide, "Logging using CloudWatch Logs").
DELIVER_LOGS = Permission(
    sid="DeliverLogs",
    why="Step Functions sets up the delivery of its history to the machine's log group.",
    actions=(
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
    ),
    resources=("*",),
    wide="Log deliveries have no resource to name.",
)

SAMPLE_TRACES = Permission(
    sid="SampleTraces",
    why="Step Functions asks X-Ray which executions to trace.",
    actions=("xray:GetSamplingRules", "xray:GetSamplingTargets"),
    resources=("*",),
    wide="X-Ray has no resource to name for sampling.",
)


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine with its role."""

    name: str
    machine: sfn.StateMachine
    role: NarrowRole


class Machines(Construct):
    """MiniRun, FullRun and RehearseThenRun, all of one fragment.

    Attributes:
        all: The machines.
    """

    def __init__(
        self, scope: Construct, id: str, steps: RunSteps, alerts: Alerts, options: DeployOptions
    ) -> None:
        super().__init__(scope, id)
        self._steps, self._alerts, self._options = steps, alerts, options
        self.all = tuple(self._machine(name, mode) for name, mode in MODES.items())
        alerts.let_machines_publish([machine.role for machine in self.all])

    @property
    def state_machines(self) -> Sequence[sfn.StateMachine]:
        """The machines themselves."""
        return [machine.machine for machine in self.all]

    def _machine(self, name: str, mode: str) -> Machine:
        place = Construct(self, name)
        role = self._role(place, name)
        fragment = RunFragment(
            place,
            "Run",
            mode=mode,
            steps=self._steps,
            ops_topic=self._alerts.ops_topic,
            patience=Patience.chosen(self._options),
        )
        machine = sfn.StateMachine(
            place,
            "Machine",
            definition_body=sfn.DefinitionBody.from_chainable(fragment),
            query_language=sfn.QueryLanguage.JSONATA,
            comment=_WHAT[name],
            role=role.fixed,
            timeout=LONGEST_EXECUTION,
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=self._log_group(place, name),
                level=sfn.LogLevel.ALL,
                include_execution_data=False,
            ),
        )
        return Machine(name, machine, role)

    def _role(self, place: Construct, name: str) -> NarrowRole:
        calls = Permission(
            sid="CallSteps",
            why="The machine calls its steps.",
            actions=("lambda:InvokeFunction",),
            resources=tuple(step.function.function_arn for step in self._steps.all),
        )
        return NarrowRole(
            place,
            "Role",
            assumed_by=_step_functions_of_this_account(),
            purpose=_WHAT[name],
            permissions=[calls, self._alerts.may_tell_ops(), DELIVER_LOGS, TRACES, SAMPLE_TRACES],
        )

    def _log_group(self, place: Construct, name: str) -> logs.LogGroup:
        """Of this name prefix, so that many machines do not fill the account's one log resource policy."""
        return logs.LogGroup(
            place,
            "Logs",
            log_group_name=f"/aws/vendedlogs/states/{cdk.Stack.of(self).stack_name}/{name}",
            retention=RETENTION[self._options.log_days],
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )


def _step_functions_of_this_account() -> iam.IPrincipal:
    return iam.ServicePrincipal(
        "states.amazonaws.com",
        conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
    )
