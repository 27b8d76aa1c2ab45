"""The one way to make a function: one file, its own role and log group, everything else from the layers."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from finetune_guard.settings import PREFIX, Settings
from infra.constructs.layers import ARCHITECTURE, RUNTIME, Layers
from infra.permissions import NEVER_BUY_CAPACITY, NarrowRole, Permission, acknowledge
from infra.settings import LogDays

LAMBDAS = Path(__file__).parent.parent.parent / "lambdas"

#: CloudWatch namespace of every metric of ours.
NAMESPACE = "FinetuneGuard"

RETENTION: dict[LogDays, logs.RetentionDays] = {
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
    731: logs.RetentionDays.TWO_YEARS,
}


@dataclass(frozen=True, slots=True)
class FunctionDefaults:
    """What all functions have in common."""

    layers: Layers
    log_days: LogDays


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """What one function is.

    Attributes:
        handler: Its file in lambdas/, without the ending.
        purpose: One sentence for its description and its role.
        settings: What it reads from its environment.
        permissions: The calls that its use case makes.
        timeout_seconds: When Lambda ends it.
        memory_mb: It gets a share of a core in proportion; a whole one at 1,769.
    """

    handler: str
    purpose: str
    settings: Settings
    permissions: Sequence[Permission]
    timeout_seconds: int
    memory_mb: int = 512


class GuardFunction(Construct):
    """One function with its role and its log group.

    Attributes:
        function: The function itself.
        role: Its role.
        log_group: Its log group.
        timeout_seconds: When Lambda ends it; a machine's task waits a little longer.
    """

    def __init__(self, scope: Construct, id: str, defaults: FunctionDefaults, spec: FunctionSpec) -> None:
        super().__init__(scope, id)
        self.spec = spec
        self.timeout_seconds = spec.timeout_seconds
        self.log_group = logs.LogGroup(
            self, "Logs", retention=RETENTION[defaults.log_days], removal_policy=cdk.RemovalPolicy.DESTROY
        )
        self.role = self._role(self.log_group)
        self.function = lambda_.Function(
            self,
            "Function",
            code=_only(spec.handler),
            handler=f"{spec.handler}.handler",
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            layers=list(defaults.layers.all),
            description=spec.purpose,
            role=self.role.fixed,
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            timeout=cdk.Duration.seconds(spec.timeout_seconds),
            memory_size=spec.memory_mb,
            tracing=lambda_.Tracing.ACTIVE,
            environment=_environment(spec.settings, cdk.Stack.of(self).stack_name),
        )
        acknowledge(
            self.function,
            {
                "AwsSolutions-L1": "Python 3.13 is the newest runtime that every locked dependency was built "
                "and tested for; 3.14 comes with the dependencies that support it."
            },
        )

    def _role(self, log_group: logs.LogGroup) -> NarrowRole:
        writes_logs = Permission(
            sid="WriteLogs",
            why="Every function logs, to its own log group only.",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(log_group.log_group_arn,),
        )
        return NarrowRole(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            purpose=self.spec.purpose,
            permissions=[writes_logs, TRACES, *self.spec.permissions, NEVER_BUY_CAPACITY],
        )


TRACES = Permission(
    sid="SendTraces",
    why="Active tracing sends its segments to X-Ray.",
    actions=("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
    resources=("*",),
    wide="X-Ray has no resource to name for sending segments.",
)


def _only(handler: str) -> lambda_.AssetCode:
    """The one file of a function."""
    return lambda_.Code.from_asset(
        str(LAMBDAS), exclude=["**", f"!{handler}.py"], ignore_mode=cdk.IgnoreMode.GLOB
    )


def _environment(settings: Settings, service: str) -> dict[str, str]:
    ours = {PREFIX + f.name.upper(): str(getattr(settings, f.name)) for f in fields(settings)}
    return {
        **{name: value for name, value in ours.items() if value},
        "POWERTOOLS_SERVICE_NAME": service,
        "POWERTOOLS_METRICS_NAMESPACE": NAMESPACE,
        "POWERTOOLS_LOG_LEVEL": "INFO",
        # numpy's threads cost a quarter of its import and win nothing on curves of this size (docs/cost.md).
        "OPENBLAS_NUM_THREADS": "1",
    }
