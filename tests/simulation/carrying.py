"""Carries executions: each state in a process of its own, tried again when it fails."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from tests.fakes.world import World
from tests.simulation.execution import QUOTA_WAIT, Execution
from tests.simulation.processes import Outcome, Process, Stage
from tests.simulation.runs import MACHINE, Starting
from tests.simulation.timeline import Timeline


class Carrier:
    """Step Functions, as far as it moves executions.

    Attributes:
        executions: All that there have been.
    """

    def __init__(
        self, timeline: Timeline, stage: Stage, world: World, view: Callable[[Process], World]
    ) -> None:
        self._timeline, self._stage, self._world, self._view = timeline, stage, world, view
        self.executions: list[Execution] = []

    def resume(self, run_id: str, arn: str) -> None:
        """An execution that takes up a run was started."""
        prefix = f"{arn.rsplit(':', 1)[1]}-"
        execution = Execution(self._world, run_id, "Preflight", prefix=prefix, arn=arn, resumes=run_id)
        self.executions.append(execution)
        self._timeline.soon(partial(self.go, execution), seconds=1)

    def start(self, begins: Starting) -> None:
        """A person starts a run."""
        name = begins.run.execution_arn.rsplit(":", 1)[1]
        arn = self._world.workflow.start(MACHINE, name, "{}")
        given = replace(begins.run, started_at=self._world.clock.now())
        execution = Execution(self._world, given.run_id, "Preflight", prefix=f"{name}-", arn=arn, given=given)
        self.executions.append(execution)
        self.go(execution)

    def go(self, execution: Execution) -> None:
        """One state of an execution, in a process of its own."""
        now = self._timeline.clock.now()
        if execution.over or execution.busy or execution.rests_until > now:
            return
        execution.gives_up_waiting(now)
        if execution.state == "Waiting" and execution.token not in self._world.workflow.completed:
            return
        execution.busy = True
        outcome, _ = self._stage.run("steps", partial(self._step, execution))
        execution.busy = False
        now = self._timeline.clock.now()
        if execution.over:
            return
        if outcome is not Outcome.LIVED:
            again = execution.failed()
            self._rest(execution, again)
            return
        execution.failures = 0
        if execution.state == "Waiting":
            execution.began_to_wait(now)
        self._rest(execution, QUOTA_WAIT if execution.state == "WaitForQuota" else 1.0)

    def _rest(self, execution: Execution, seconds: float | None) -> None:
        if seconds is not None:
            execution.rests_until = self._timeline.clock.now() + timedelta(seconds=seconds)
            self._timeline.at(execution.rests_until, partial(self.go, execution))

    def _step(self, execution: Execution, process: Process) -> None:
        execution.as_seen_by(self._view(process))
        execution.step()
