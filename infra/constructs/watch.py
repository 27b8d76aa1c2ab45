"""The watch: one function that every minute, and at some events, looks at everything that is open."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from finetune_guard.settings import WatchSettings
from infra.constructs.alerts import Alerts
from infra.constructs.bedrock_role import ANY_JOB
from infra.constructs.guard_function import FunctionSpec, GuardFunction
from infra.constructs.run_steps import STACK_TAG, Surroundings
from infra.constructs.timetable import Rhythm, Timetable
from infra.permissions import Permission
from infra.settings import DeployOptions

#: A late tick has nothing to say that the next one does not: no retries, gone after a minute.
TICK = Rhythm(every=1, retries=0, stale_after=60)

#: The only files of a job's output that the watch may read; the folders differ by family.
METRIC_FILES = ("*step_wise_training_metrics.csv", "*validation_metrics.csv", "*manifest.report.csv")

JOB_EVENT = "Model Customization Job State Change"
EXECUTION_EVENT = "Step Functions Execution Status Change"


class Watch(Construct):
    """The function, its schedule and its rules.

    Attributes:
        function: The watch.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        around: Surroundings,
        alerts: Alerts,
        timetable: Timetable,
        options: DeployOptions,
    ) -> None:
        super().__init__(scope, id)
        self._timetable = timetable
        self.function = GuardFunction(
            self, "Watch", around.defaults, _spec(around, alerts, timetable, options)
        )
        alerts.let_watch_publish(self.function.role)
        timetable.call("Tick", self.function, TICK)
        self._on("JobChanged", _job_changed(("aws.bedrock", *options.bedrock_event_sources)))
        self._on("FileCame", _metric_file_came(around.bucket.bucket.bucket_name))

    def mind_executions(self, machines: Sequence[sfn.StateMachine]) -> None:
        """Lets the watch learn when an execution was aborted, timed out or failed."""
        self._on("ExecutionEnded", _execution_ended(machines))
        look_up = Permission(
            sid="LookUpExecutions",
            why="A run whose token nobody waits on any more may have lost its execution.",
            actions=("states:DescribeExecution",),
            resources=tuple(executions_of(machine) for machine in machines),
            wide="Executions have names only once they exist; the machine is what is granted.",
        )
        self.function.role.later(self, "Executions", look_up)

    def _on(self, id: str, pattern: events.EventPattern) -> None:
        events.Rule(
            self,
            id,
            event_pattern=pattern,
            targets=[
                targets.LambdaFunction(
                    self.function.function,
                    retry_attempts=TICK.retries,
                    max_event_age=cdk.Duration.seconds(TICK.stale_after),
                    dead_letter_queue=self._timetable.lost_calls,
                )
            ],
        )


def executions_of(machine: sfn.StateMachine) -> str:
    """The ARN of any execution of a machine."""
    return cdk.Stack.of(machine).format_arn(
        service="states",
        resource="execution",
        resource_name=f"{machine.state_machine_name}:*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )


def _spec(around: Surroundings, alerts: Alerts, timetable: Timetable, options: DeployOptions) -> FunctionSpec:
    store, bucket = around.store, around.bucket
    return FunctionSpec(
        handler="watch",
        purpose="Looks at every open job, stops what diverges, tells people",
        settings=WatchSettings(
            table=store.table.table_name,
            stack=around.stack,
            bucket=bucket.bucket.bucket_name,
            alert_topic=alerts.alert_topic.topic_arn,
            stops_per_hour=options.stops_per_hour,
            mails_per_hour=options.mails_per_hour,
        ),
        permissions=[
            store.may_find_due("It finds open jobs, waiting runs and unsent alerts."),
            store.may_read("It reads the runs of those, base models and the kill switch."),
            store.may_write("It records what it saw, decided and sent."),
            *_may_see_and_stop(around.stack),
            *bucket.may_list("It finds a job's metric files, wherever the family puts them.", "output/"),
            bucket.may_read("Metric files and manifests only, never a prompt.", *METRIC_FILES),
            bucket.may_read_back("A later segment is judged together with those before it.", "metrics/"),
            bucket.may_write("It keeps what it saw, and reports an end.", "journal/", "metrics/", "runs/"),
            *bucket.may_use_keys("Metric files may be encrypted.", "kms:Decrypt"),
            alerts.may_send_alerts(),
            _END_WAITS,
            timetable.may_drop_calls("An event whose tick failed is kept and rings an alarm."),
        ],
        timeout_seconds=55,
        memory_mb=1024,
    )


_END_WAITS = Permission(
    sid="EndWaits",
    why="It keeps a waiting run alive, and ends the wait when there is something to decide.",
    actions=("states:SendTaskSuccess", "states:SendTaskHeartbeat"),
    resources=("*",),
    wide="These calls name a token and no resource; the token is the secret.",
)


def _may_see_and_stop(stack: str) -> tuple[Permission, ...]:
    unnamed = "Jobs have names only once they exist."
    return (
        Permission(
            sid="SeeJobs",
            why="It looks at each open job.",
            actions=("bedrock:GetModelCustomizationJob",),
            resources=(ANY_JOB,),
            wide=unnamed,
        ),
        Permission(
            sid="StopOwnJobs",
            why="It stops what diverges, when it is armed; only what carries this stack's tag.",
            actions=("bedrock:StopModelCustomizationJob",),
            resources=(ANY_JOB,),
            conditions={"StringEquals": {f"aws:ResourceTag/{STACK_TAG}": stack}},
            wide=f"{unnamed} The tag is what is granted.",
        ),
    )


def _job_changed(sources: Sequence[str]) -> events.EventPattern:
    return events.EventPattern(source=list(sources), detail_type=[JOB_EVENT])


def _metric_file_came(bucket_name: str) -> events.EventPattern:
    """Only below output/: the journal keeps files of the same names in the same bucket."""
    names = [name.removeprefix("*") for name in METRIC_FILES]
    return events.EventPattern(
        source=["aws.s3"],
        detail_type=["Object Created"],
        detail={
            "bucket": {"name": [bucket_name]},
            "object": {"key": [{"wildcard": f"output/*{name}"} for name in names]},
        },
    )


def _execution_ended(machines: Sequence[sfn.StateMachine]) -> events.EventPattern:
    return events.EventPattern(
        source=["aws.states"],
        detail_type=[EXECUTION_EVENT],
        detail={
            "stateMachineArn": [machine.state_machine_arn for machine in machines],
            "status": ["ABORTED", "TIMED_OUT", "FAILED"],
        },
    )
