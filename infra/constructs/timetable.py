"""What wakes functions by the clock, and where a call goes that reached nobody."""

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from infra.constructs.alerts import dead_letters
from infra.constructs.guard_function import GuardFunction
from infra.permissions import NarrowRole, Permission


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often, and what becomes of a call that comes late.

    Attributes:
        every: Minutes between two calls.
        retries: Further tries of a call that did not arrive.
        stale_after: Seconds after which a call is dropped to the dead letters; at least 60.
    """

    every: int
    retries: int
    stale_after: int


class Timetable(Construct):
    """The schedules, with one queue for calls that reached nobody.

    Attributes:
        lost_calls: The queue.
        all: Every schedule.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.lost_calls = dead_letters(self, "LostCalls")
        self.all: list[scheduler.Schedule] = []

    def may_drop_calls(self, why: str) -> Permission:
        """Putting a call aside that reached nobody."""
        return Permission("KeepLostCalls", why, ("sqs:SendMessage",), (self.lost_calls.queue_arn,))

    def call(self, id: str, called: GuardFunction, rhythm: Rhythm) -> scheduler.Schedule:
        """Calls a function again and again; what it cannot do, in time and with these retries, is kept."""
        function = called.function
        function.configure_async_invoke(
            retry_attempts=rhythm.retries,
            max_event_age=cdk.Duration.seconds(rhythm.stale_after),
            on_failure=destinations.SqsDestination(self.lost_calls),
        )
        role = NarrowRole(
            self,
            f"{id}Role",
            assumed_by=_scheduler_of_this_account(),
            purpose=f"The clock that calls {called.spec.handler}",
            permissions=[
                Permission("Call", "It calls its one function.", _INVOKE, (function.function_arn,)),
                self.may_drop_calls("A call that reached nobody is kept and rings an alarm."),
            ],
        )
        schedule = scheduler.Schedule(
            self,
            id,
            schedule=scheduler.ScheduleExpression.rate(cdk.Duration.minutes(rhythm.every)),
            description=called.spec.purpose,
            target=targets.LambdaInvoke(
                function,
                input=scheduler.ScheduleTargetInput.from_object({"source": "finetune-guard.schedule"}),
                retry_attempts=rhythm.retries,
                max_event_age=cdk.Duration.seconds(rhythm.stale_after),
                dead_letter_queue=self.lost_calls,
                role=role.fixed,
            ),
        )
        self.all.append(schedule)
        return schedule


_INVOKE = ("lambda:InvokeFunction",)


def _scheduler_of_this_account() -> iam.IPrincipal:
    return iam.ServicePrincipal(
        "scheduler.amazonaws.com",
        conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
    )
