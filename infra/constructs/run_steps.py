"""The functions that the machines call, each with exactly the calls that its use case makes."""

from dataclasses import dataclass

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from finetune_guard.settings import BucketSettings, PlanningSettings, StoreSettings, WaitSettings
from infra.constructs.bedrock_role import ANY_BASE_MODEL, ANY_CUSTOM_MODEL, ANY_JOB, BedrockRole
from infra.constructs.data_bucket import DataBucket
from infra.constructs.guard_function import FunctionDefaults, FunctionSpec, GuardFunction
from infra.constructs.run_store import RunStore
from infra.permissions import Permission

#: The tag that says whose a job is; written once more in finetune_guard.core.names, which infra may not
#: import (tests/infra compares the two).
STACK_TAG = "finetune-guard:stack"

#: One statement, since a managed policy has few characters (tests/infra/test_permissions.py).
LIST_OFFERS = Permission(
    sid="ListOffers",
    why="The region's own list says which base models can be fine-tuned now, the account's quotas how many "
    "records and jobs it may have, the jobs in progress whether a new one would have to wait.",
    actions=(
        "bedrock:ListFoundationModels",
        "bedrock:ListModelCustomizationJobs",
        "servicequotas:ListServiceQuotas",
    ),
    resources=("*",),
    wide="The lists have no resource to name.",
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the steps work with.

    Attributes:
        stack: The stack's name, which is also the tag on its jobs.
        buckets: The deployer's buckets, comma-separated.
    """

    stack: str
    defaults: FunctionDefaults
    store: RunStore
    bucket: DataBucket
    bedrock: BedrockRole
    buckets: str


class RunSteps(Construct):
    """The six steps of a run.

    Attributes:
        preflight, plan, next_action, create_jobs, wait_for_run, report: Their functions.
    """

    def __init__(self, scope: Construct, id: str, around: Surroundings, watch: lambda_.IFunction) -> None:
        super().__init__(scope, id)
        self._around = around
        self.preflight = self._preflight()
        self.plan = self._plan()
        self.next_action = self._next_action()
        self.create_jobs = self._create_jobs()
        self.wait_for_run = self._wait_for_run(watch)
        self.report = self._report()

    @property
    def all(self) -> tuple[GuardFunction, ...]:
        """Every step, in the order in which a run meets them."""
        return (
            self.preflight,
            self.plan,
            self.next_action,
            self.create_jobs,
            self.wait_for_run,
            self.report,
        )

    def _preflight(self) -> GuardFunction:
        store, bucket = self._around.store, self._around.bucket
        spec = FunctionSpec(
            handler="preflight",
            purpose="Checks a config before anything is spent, and records the run",
            settings=self._planning(),
            permissions=[
                store.may_read("It finds the run of an earlier try, and what is known of the base model."),
                store.may_find_due("It finds runs of the same name that are going on."),
                store.may_write("It records the run."),
                *bucket.may_list("A missing file must not look like a forbidden one."),
                bucket.may_read_data("It reads the data that the config names.", "uploads/"),
                bucket.may_put_output("It tries whether the output could be written, and leaves nothing."),
                *bucket.may_use_keys("The data may be encrypted.", "kms:Decrypt", "kms:GenerateDataKey"),
                LIST_OFFERS,
                *self._around.bedrock.may_ask(),
            ],
            timeout_seconds=900,
            memory_mb=1769,
        )
        return GuardFunction(self, "Preflight", self._around.defaults, spec)

    def _plan(self) -> GuardFunction:
        store, bucket = self._around.store, self._around.bucket
        spec = FunctionSpec(
            handler="plan",
            purpose="Splits off validation data, cuts the rehearsal's sample, writes the plan",
            settings=self._planning(),
            permissions=[
                store.may_read("It reads the run and what is known of its base model."),
                store.may_write("It records the plan."),
                *bucket.may_list("A missing file must not look like a forbidden one."),
                bucket.may_read_data(
                    "It reads the training data, and what it has written.", "uploads/", "samples/", "runs/"
                ),
                bucket.may_upload("It writes the samples and their manifest.", "samples/", "runs/"),
                *bucket.may_use_keys("The data may be encrypted.", "kms:Decrypt"),
            ],
            timeout_seconds=900,
            memory_mb=1769,
        )
        return GuardFunction(self, "Plan", self._around.defaults, spec)

    def _next_action(self) -> GuardFunction:
        store = self._around.store
        spec = FunctionSpec(
            handler="next_action",
            purpose="Decides what a run does next, from its record alone",
            settings=self._storing(),
            permissions=[
                store.may_read_runs("It reads the run with its jobs."),
                store.may_write("It records what it decided."),
            ],
            timeout_seconds=60,
        )
        return GuardFunction(self, "NextAction", self._around.defaults, spec)

    def _create_jobs(self) -> GuardFunction:
        store, bucket = self._around.store, self._around.bucket
        spec = FunctionSpec(
            handler="create_jobs",
            purpose="Creates the jobs that a run asks for; the only function that may create any",
            settings=self._storing(),
            permissions=[
                store.may_read("It reads what is asked for, and what is known of the base model."),
                store.may_write("It records the intent before each call and the ARN after it."),
                *bucket.may_list("Data that is gone must not look like data that is forbidden."),
                bucket.may_read_data("It looks whether the data is still what was checked.", "uploads/"),
                *_may_create(self._around.stack),
                self._around.bedrock.may_pass(),
            ],
            timeout_seconds=120,
        )
        return GuardFunction(self, "CreateJobs", self._around.defaults, spec)

    def _wait_for_run(self, watch: lambda_.IFunction) -> GuardFunction:
        store = self._around.store
        spec = FunctionSpec(
            handler="wait_for_run",
            purpose="Stores the token that a run waits on, and rings for the watch",
            settings=WaitSettings(
                table=store.table.table_name, stack=self._around.stack, watch_function=watch.function_name
            ),
            permissions=[
                store.may_read_runs("It reads the run."),
                store.may_write("It stores the token on the run."),
                Permission(
                    sid="RingForTheWatch",
                    why="The watch looks at the run at once instead of at its next tick.",
                    actions=("lambda:InvokeFunction",),
                    resources=(watch.function_arn,),
                ),
            ],
            timeout_seconds=30,
        )
        return GuardFunction(self, "WaitForRun", self._around.defaults, spec)

    def _report(self) -> GuardFunction:
        store, bucket = self._around.store, self._around.bucket
        spec = FunctionSpec(
            handler="report",
            purpose="Writes a run's report and records the mail about its end",
            settings=BucketSettings(
                table=store.table.table_name,
                stack=self._around.stack,
                bucket=bucket.bucket.bucket_name,
            ),
            permissions=[
                store.may_read_runs("It reads the run with its jobs."),
                store.may_write("It records the end and the alert."),
                bucket.may_write("It writes the report.", "runs/"),
            ],
            timeout_seconds=60,
        )
        return GuardFunction(self, "Report", self._around.defaults, spec)

    def _storing(self) -> StoreSettings:
        return StoreSettings(table=self._around.store.table.table_name, stack=self._around.stack)

    def _planning(self) -> PlanningSettings:
        around = self._around
        return PlanningSettings(
            table=around.store.table.table_name,
            stack=around.stack,
            bucket=around.bucket.bucket.bucket_name,
            role_arn=around.bedrock.role.role_arn,
            role_arns=",".join(around.bedrock.arns),
            data_buckets=around.buckets,
        )


def _may_create(stack: str) -> tuple[Permission, ...]:
    """Creating jobs that carry our tag, on any base model; IAM wants all three kinds of resource."""
    tagged = {"StringEquals": {f"aws:RequestTag/{STACK_TAG}": stack}}
    create = ("bedrock:CreateModelCustomizationJob",)
    unnamed = "Jobs and models have names only once they exist; the tag is what is granted."
    return (
        Permission(
            sid="CreateFromBaseModels",
            why="A job starts from a base model of AWS's.",
            actions=create,
            resources=(ANY_BASE_MODEL,),
            wide="The config chooses the base model; preflight checks that it can be fine-tuned.",
        ),
        Permission(
            sid="CreateTaggedJobs",
            why="Every job and model of ours carries the stack's tag, so that it can be told and stopped.",
            actions=create,
            resources=(ANY_CUSTOM_MODEL, ANY_JOB),
            conditions=tagged,
            wide=unnamed,
        ),
        Permission(
            sid="TagNewJobs",
            why="The tags are set in the call that creates.",
            actions=("bedrock:TagResource",),
            resources=(ANY_CUSTOM_MODEL, ANY_JOB),
            conditions=tagged,
            wide=unnamed,
        ),
        Permission(
            sid="FindJobs",
            why="A taken name is looked up, and adopted when its request token is ours.",
            actions=("bedrock:GetModelCustomizationJob",),
            resources=(ANY_JOB,),
            wide="Whose job has the name is known only once it was looked up; looking changes nothing.",
        ),
    )
