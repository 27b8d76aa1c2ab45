"""What persons do to a simulated world: at a terminal, in the Step Functions console, at the service."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from finetune_guard.core.asking import open_question
from finetune_guard.core.decisions import Reply, RunStatus
from finetune_guard.core.observations import Control
from finetune_guard.core.runs import Run
from finetune_guard.usecases.answer_run import AnswerTools, answer_run
from finetune_guard.usecases.start_again import AgainTools, prospect, start_again
from finetune_guard.usecases.stop_run import StopTools, stop_run
from tests.fakes.world import World
from tests.simulation.people import Act, Planned
from tests.simulation.processes import Process
from tests.simulation.runs import MACHINE

if TYPE_CHECKING:
    from tests.simulation.simulation import Simulation

T = TypeVar("T")


class Nobody:
    """Waits for nothing."""

    def wait(self, timeout: float) -> bool:
        return True

    def set(self) -> None:
        return


class Persons:
    """Does what was planned, to whomever it can be done to."""

    def __init__(self, simulation: "Simulation") -> None:
        self._simulation = simulation

    def act(self, planned_act: Planned) -> None:
        acts: dict[Act, Callable[[float], None]] = {
            Act.STOP_RUN: self._stop_run,
            Act.STOP_BEHIND: self._stop_behind,
            Act.ANSWER: self._answer,
            Act.ABORT: self._abort,
            Act.RESUME: self._resume,
        }
        if planned_act.act in acts:
            acts[planned_act.act](planned_act.pick)
        else:
            self.switch(on=planned_act.act is Act.SWITCH_ON)

    def _person(self, act: Callable[[World], object]) -> None:
        def acts(process: Process) -> None:
            act(self._simulation.view(process))

        self._simulation.stage.run("people", acts)

    def _stop_run(self, pick: float) -> None:
        run = _picked([run for run in self._simulation.night.runs.values() if not run.ended], pick)
        if run is not None:
            self._person(lambda view: stop_run(run.run_id, StopTools(view.store, view.clock, Nobody())))

    def _stop_behind(self, pick: float) -> None:
        """At the service's own console."""
        running = [arn for arn in self._simulation.night.created if self._runs(arn)]
        arn = _picked(running, pick)
        if arn is not None:
            self._simulation.world.jobs.edit(arn, status="Stopping")
            self._simulation.nature.stopping(arn)

    def _answer(self, pick: float) -> None:
        asking = [run for run in self._simulation.night.runs.values() if open_question(run) is not None]
        run = _picked(asking, pick)
        if run is not None:
            reply = Reply.PROCEED if pick < 0.7 else Reply.REFUSE
            self._person(lambda view: answer_run(run.run_id, reply, AnswerTools(view.store, view.clock)))

    def _abort(self, pick: float) -> None:
        execution = _picked([each for each in self._simulation.carrier.executions if not each.over], pick)
        if execution is None:
            return
        execution.end("ABORTED")
        for _ in range(self._simulation.times.choices((0, 1, 2), (3, 6, 1))[0]):
            seconds = self._simulation.times.uniform(1, 60)
            self._simulation.timeline.soon(lambda: self._simulation.tick(execution.arn), seconds=seconds)

    def _resume(self, pick: float) -> None:
        fit = [run for run in self._simulation.night.runs.values() if _may_be_taken_up(run)]
        run = _picked(fit, pick)
        if run is not None:
            self._person(lambda view: self._taken_up(run.run_id, view))

    def _taken_up(self, run_id: str, view: World) -> None:
        tools = AgainTools(view.store, view.workflow, view.clock)
        found = prospect(run_id, tools)
        if found.problem is not None:
            return
        arn = start_again(found.run, MACHINE, tools).execution_arn
        self._simulation.carrier.resume(run_id, arn)

    def _runs(self, arn: str) -> bool:
        job = self._simulation.world.jobs.described.get(arn)
        return job is not None and job.status == "InProgress"

    def switch(self, *, on: bool) -> None:
        self._person(lambda view: view.store.set_control(Control(kill_switch=on)))


def _may_be_taken_up(run: Run) -> bool:
    return run.aborted or (run.ended and run.status is not RunStatus.COMPLETED)


def _picked(of: list[T], pick: float) -> T | None:
    return of[int(pick * len(of))] if of else None
