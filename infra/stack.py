"""The stack: wires only; what each part is and may do is said in infra/constructs."""

import aws_cdk as cdk
from constructs import Construct

from finetune_guard import __version__
from infra.constructs.alarms import Alarms, Watched
from infra.constructs.alerts import Alerts
from infra.constructs.bedrock_role import BedrockRole
from infra.constructs.clean_up import CleanUp
from infra.constructs.dashboard import Dashboard
from infra.constructs.data_bucket import DataBucket
from infra.constructs.doctor_policy import DoctorPolicy, Examined
from infra.constructs.guard_function import FunctionDefaults
from infra.constructs.layers import Layers
from infra.constructs.log_queries import SavedQueries
from infra.constructs.machines import Machines
from infra.constructs.operator_policy import OperatorPolicy
from infra.constructs.outputs import Outputs
from infra.constructs.run_steps import RunSteps, Surroundings
from infra.constructs.run_store import RunStore
from infra.constructs.timetable import Timetable
from infra.constructs.watch import Watch
from infra.layer_build import LayerPackages
from infra.permissions import bound
from infra.settings import DeployOptions


class GuardStack(cdk.Stack):
    """Finetune Guard in one account and region.

    Args:
        scope: The app.
        options: What the deployer chose.
        packages: The layers, built.
    """

    def __init__(self, scope: Construct, options: DeployOptions, packages: LayerPackages) -> None:
        super().__init__(
            scope,
            options.stack_name,
            description="Finetune Guard: rehearses, runs and watches fine-tuning on Amazon Bedrock",
            termination_protection=options.protected,
            synthesizer=_bootstrapped(options.qualifier),
        )
        self._options = options
        self.store = RunStore(self, "RunStore", options)
        self.bucket = DataBucket(self, "Data", options)
        self.alerts = Alerts(self, "Alerts", options)
        self.bedrock = BedrockRole(self, "Bedrock", options, self.bucket)
        self.timetable = Timetable(self, "Timetable")
        around = self._surroundings(Layers(self, "Layers", packages))
        self.watch = Watch(self, "Watch", around, self.alerts, self.timetable, options)
        self.clean_up = CleanUp(self, "CleanUp", around, self.timetable)
        self.steps = RunSteps(self, "Steps", around, self.watch.function.function)
        self.machines = Machines(self, "Machines", self.steps, self.alerts, options)
        self.watch.mind_executions(self.machines.state_machines)
        self.operator = OperatorPolicy(
            self, "Operator", self.store, self.bucket, self.bedrock, self.machines.state_machines
        )
        self._look_after_itself()
        self._tell()
        bound(self, options.permissions_boundary)

    def _surroundings(self, layers: Layers) -> Surroundings:
        return Surroundings(
            stack=self._options.stack_name,
            defaults=FunctionDefaults(layers, self._options.log_days),
            store=self.store,
            bucket=self.bucket,
            bedrock=self.bedrock,
            buckets=",".join(self._options.data_buckets),
        )

    def _look_after_itself(self) -> None:
        watched = Watched(
            watch=self.watch.function,
            functions=(*self.steps.all, self.clean_up.function),
            machines={machine.name: machine.machine for machine in self.machines.all},
            lost_calls=self.timetable.lost_calls,
            undelivered=self.alerts.undelivered,
        )
        alarms = Alarms(self, "Alarms", watched, self.alerts.ops_topic)
        self.dashboard = Dashboard(self, "Dashboard", watched, alarms.all)
        # A local engine knows no saved queries and would refuse the whole template.
        if self._options.target == "aws":
            SavedQueries(self, "Queries", (self.watch.function, *watched.functions))
        self.doctor = DoctorPolicy(self, "Doctor", self._examined(watched, alarms))

    def _examined(self, watched: Watched, alarms: Alarms) -> Examined:
        return Examined(
            functions=(watched.watch, *watched.functions),
            alarms=alarms.all,
            schedules=self.timetable.all,
            queues=(watched.lost_calls, watched.undelivered),
            topics=(self.alerts.alert_topic, self.alerts.ops_topic),
            bedrock=self.bedrock,
        )

    def _tell(self) -> None:
        outputs = Outputs(self, "Outputs")
        for machine in self.machines.all:
            outputs.machine(machine.name, machine.machine)
        outputs.dashboard(self.dashboard.dashboard)
        outputs.things_to_know(self._options)
        outputs.names(
            {
                "TableName": self.store.table.table_name,
                "BucketName": self.bucket.bucket.bucket_name,
                "BucketNames": ",".join((self.bucket.bucket.bucket_name, *self._options.data_buckets)),
                "AlertTopicArn": self.alerts.alert_topic.topic_arn,
                "OpsTopicArn": self.alerts.ops_topic.topic_arn,
                "WatchFunctionName": self.watch.function.function.function_name,
                "BedrockRoleArn": self.bedrock.role.role_arn,
                "BedrockRoleArns": ",".join(self.bedrock.arns),
                "OperatorPolicyArn": self.operator.policy.managed_policy_arn,
                "DoctorPolicyArn": self.doctor.policy.managed_policy_arn,
                "Removal": self._options.removal,
                "Version": __version__,
            }
        )


def _bootstrapped(qualifier: str) -> cdk.IStackSynthesizer:
    """The way into the account that its bootstrap stack made; by the CDK's own default if none is named."""
    return cdk.DefaultStackSynthesizer(qualifier=qualifier or None)
