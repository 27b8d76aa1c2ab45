"""The one workflow that all three machines are: what follows what, and who is told when it goes wrong."""

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from infra.constructs.run_states import calling, caught, failing, says, telling, waiting
from infra.constructs.run_steps import RunSteps
from infra.settings import DeployOptions

_RUN = {"run_id": "{% $run_id %}"}
_EXECUTION = "$states.context.Execution.Id"

_UNHEARD = (
    "'Run ' & $run_id & ' has waited without an answer (' & $error.Error & '). Either its job is only long, "
    "or the watch does not run: look at its alarms, and at docs/operations.md. A job of the run may be "
    f"training and billing. The run is looked at again now. Execution: ' & {_EXECUTION}"
)
_UNREPORTED = (
    "'The workflow failed and could not report it (' & $error.Error & '). Jobs of the run, if there are any, "
    f"may be training and billing. Execution: ' & {_EXECUTION}"
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, in seconds, each a literal in the definition."""

    timeout: int
    heartbeat: int
    quota: int

    @classmethod
    def chosen(cls, options: DeployOptions) -> "Patience":
        """As the deployer chose."""
        return cls(
            timeout=options.wait_timeout_minutes * 60,
            heartbeat=options.heartbeat_minutes * 60,
            quota=options.quota_wait_seconds,
        )


class RunFragment(sfn.StateMachineFragment):
    """Preflight → Plan → NextAction → (CreateJobs → WaitForRun → NextAction)… → Report → how it ended.

    Args:
        scope: The machine's construct.
        id: Its construct id.
        mode: Which machine it is, as preflight is told.
        steps: The functions.
        ops_topic: Where a machine tells what nobody else could.
        patience: How long is waited.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        mode: str,
        steps: RunSteps,
        ops_topic: sns.ITopic,
        patience: Patience,
    ) -> None:
        super().__init__(scope, id)
        self._steps, self._ops, self._patience = steps, ops_topic, patience
        self._start = self._preflight(mode)
        self._wire()

    @property
    def start_state(self) -> sfn.State:
        """Preflight."""
        return self._start

    @property
    def end_states(self) -> list[sfn.INextable]:
        """None: every way ends within."""
        return []

    def _wire(self) -> None:
        plan = calling(self, "Plan", self._steps.plan, _RUN)
        decide = calling(self, "NextAction", self._steps.next_action, _RUN)
        create = calling(self, "CreateJobs", self._steps.create_jobs, _RUN)
        wait = self._wait(decide)
        report = calling(self, "Report", self._steps.report, _RUN)
        ended = self._ends()
        self._start.next(plan).next(decide).next(self._what_next(create, wait, report))
        create.next(self._created(wait, decide))
        wait.next(decide)
        report.next(ended)
        self._lead_failures(plan, decide, create, wait, report, to=ended)

    def _lead_failures(self, *steps: sfn.TaskStateBase, to: sfn.State) -> None:
        """A failed step is reported; what cannot be reported is told by the machine itself."""
        failure = calling(self, "ReportFailure", self._steps.report, {**_RUN, "error": "{% $error %}"})
        failure.next(to)
        for step in steps:
            caught(step, failure)
        unreported = self._tell_unreported()
        caught(failure, unreported)
        caught(self._start, unreported)

    def _preflight(self, mode: str) -> tasks.LambdaInvoke:
        payload = {
            "mode": mode,
            "execution_arn": f"{{% {_EXECUTION} %}}",
            "started_at": "{% $states.context.Execution.StartTime %}",
            "config": "{% $states.context.Execution.Input %}",
        }
        run_id = {"run_id": "{% $states.result.Payload.run_id %}"}
        return calling(self, "Preflight", self._steps.preflight, payload, run_id)

    def _wait(self, decide: sfn.State) -> tasks.LambdaInvoke:
        wait = waiting(
            self,
            "WaitForRun",
            self._steps.wait_for_run,
            {**_RUN, "token": "{% $states.context.Task.Token %}"},
            self._patience.timeout,
            self._patience.heartbeat,
        )
        subject = "Finetune Guard: a run hears nothing from its watch"
        told = telling(self, "TellOps", self._ops, subject, _UNHEARD)
        told.next(decide)
        told.add_catch(decide, errors=["States.ALL"])
        caught(wait, told, "States.HeartbeatTimeout", "States.Timeout")
        return wait

    def _tell_unreported(self) -> tasks.SnsPublish:
        subject = "Finetune Guard: a run failed and could not report it"
        cause = {"cause": f"{{% {_UNREPORTED} %}}"}
        told = telling(self, "TellOpsFailed", self._ops, subject, _UNREPORTED, cause)
        failed = failing(self, "FailedUnreported", "Failed")
        told.next(failed)
        told.add_catch(failed, errors=["States.ALL"], outputs=cause)
        return told

    def _what_next(self, create: sfn.State, wait: sfn.State, report: sfn.State) -> sfn.Choice:
        """The answer of NextAction; one that is not known is waited on, which loses nothing."""
        return (
            sfn.Choice.jsonata(self, "WhatNext")
            .when(says("action", "create"), create)
            .when(says("action", "finish"), report)
            .otherwise(wait)
        )

    def _created(self, wait: sfn.State, decide: sfn.State) -> sfn.Choice:
        """The answer of CreateJobs; one that is not known is decided again."""
        pause = sfn.WaitTime.duration(cdk.Duration.seconds(self._patience.quota))
        quota = sfn.Wait.jsonata(self, "WaitForQuota", time=pause)
        quota.next(decide)
        return (
            sfn.Choice.jsonata(self, "Created")
            .when(says("result", "wait"), wait)
            .when(says("result", "quota"), quota)
            .otherwise(decide)
        )

    def _ends(self) -> sfn.Choice:
        """The end that the report names; only an accepted run succeeds, with the report as its output."""
        completed = sfn.Pass.jsonata(self, "Completed", outputs="{% $states.input %}")
        return (
            sfn.Choice.jsonata(self, "HowItEnded")
            .when(says("outcome", "completed"), completed)
            .when(says("outcome", "refused"), failing(self, "Refused", "Refused"))
            .when(says("outcome", "stopped"), failing(self, "Stopped", "Stopped"))
            .otherwise(failing(self, "Failed", "Failed"))
        )
