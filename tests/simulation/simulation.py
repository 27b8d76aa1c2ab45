"""A night of the whole guard in one process: one seed, one world."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from finetune_guard.core.asking import open_question
from finetune_guard.core.decisions import Reply, RunStatus
from finetune_guard.core.job_request import JobRequest
from finetune_guard.core.observations import Control
from finetune_guard.core.runs import Run
from finetune_guard.usecases.answer_run import AnswerTools, answer_run
from finetune_guard.usecases.clean_up import CleanUpTools, clean_up
from finetune_guard.usecases.start_again import AgainTools, prospect, start_again
from finetune_guard.usecases.stop_run import StopTools, stop_run
from finetune_guard.usecases.watch import tick
from tests.fakes.clock import START
from tests.fakes.seam import Seam
from tests.fakes.world import World
from tests.simulation.execution import QUOTA_WAIT, Execution
from tests.simulation.faults import Drawn, Storm, Weather
from tests.simulation.lagging import LaggingStore
from tests.simulation.nature import Nature
from tests.simulation.night import Looked, Night, Promises
from tests.simulation.people import Act, Planned, planned
from tests.simulation.processes import Outcome, Process, Stage
from tests.simulation.promises import all_promises
from tests.simulation.runs import MACHINE, Starting, starting
from tests.simulation.timeline import Skewed, Timeline
from tests.usecases.long_run import leveled_judge
from tests.usecases.machine import watch_tools

T = TypeVar("T")

#: Minutes that a clock may be off, either way.
SKEW = 15.0
ROLES = ("watch", "steps", "people", "clean-up")
#: Jobs of other people, which are none of ours.
FOREIGN = 2
MOST_OPEN = 7
#: Hours after the night within which everything must come to an end.
CALM = 72


@dataclass(frozen=True)
class Scale:
    """How large a night is."""

    hours: int = 24
    runs: int = 24


class Simulation:
    """The world of one seed.

    Args:
        seed: Everything that is drawn comes from it.
        scale: How large.
        weather: What goes wrong; drawn from the seed where None.
        promises: What is checked.
        patient: Whether the night goes on after a broken promise.
    """

    def __init__(
        self,
        seed: int,
        scale: Scale = Scale(),
        weather: Weather | None = None,
        promises: Promises | None = None,
        patient: bool = False,
    ) -> None:
        random = Random(seed)
        storms, times, persons, runs, offs = (Random(random.getrandbits(64)) for _ in range(5))
        self.seed, self.scale, self.patient = seed, scale, patient
        self.steps = 0
        self.timeline = Timeline()
        self.timeline.after = self._checked
        self.storm = Storm(weather or Drawn(storms))
        self.stage = Stage(self.timeline, self.storm)
        self.world = self._made()
        self.offs = {role: timedelta(minutes=offs.uniform(-SKEW, SKEW)) for role in (*ROLES, "service")}
        self.world.clock = Skewed(self.timeline.clock, self.offs["service"])
        for fake in (self.world.jobs, self.world.metrics, self.world.workflow):
            fake.clock = self.world.clock
        self.night = Night(
            self.world,
            self.timeline.clock,
            all_promises() if promises is None else promises,
            lambda: self.stage.current,
            offs=self.offs,
        )
        self.nature = Nature(seed, self.timeline, self.world, self._told)
        self.executions: list[Execution] = []
        self._times = times
        self._hidden = 0
        for number in range(FOREIGN):
            self._foreign(number)
        self.world.seam.interrupt = self.stage
        self.world.seam.witness = self._witness
        self._plan(persons, runs)

    def _made(self) -> World:
        world = World(clock=self.timeline.clock, seam=Seam())
        world.jobs.most_open = MOST_OPEN
        world.store = LaggingStore(world.seam, self.timeline.clock, self.seed)
        return world

    def play(self) -> Night:
        """Plays the night, then the calm after it, until a promise is broken or all is quiet."""
        try:
            self.timeline.until(START + timedelta(hours=self.scale.hours))
            self._calm()
        except BrokenNight:
            pass
        return self.night

    def view(self, process: Process) -> World:
        """The world as a process sees it: with its own clock, and its own name as a writer of the table."""
        seen = copy(self.world)
        seen.clock = Skewed(self.timeline.clock, self.offs[process.role])
        seen.store = self.world.store.another_writer(process.name)
        return seen

    def _plan(self, persons: Random, runs: Random) -> None:
        minutes = self.scale.hours * 60
        for begins in starting(runs, self.scale.runs, max(1, minutes - 240)):
            self._at(begins.minute, lambda begins=begins: self._start(begins))
        for act in planned(persons, minutes):
            self._at(act.minute, lambda act=act: self._act(act))
        self._at(0, self._minute)
        self._at(30, self._hour)

    def _at(self, minute: float, act: Callable[[], None]) -> None:
        self.timeline.at(START + timedelta(minutes=minute), act)

    def _checked(self) -> None:
        """After each thing that happened."""
        self.steps += 1
        if self.night.broken and not self.patient:
            raise BrokenNight

    # The watch and the clean-up

    def _minute(self) -> None:
        """The schedule: each minute a tick, now and then none, two, or a late one; and waits are looked at."""
        drawn = self._times.random()
        if self.storm.calm or drawn > 0.09:
            self._tick()
        elif drawn > 0.06:
            self.timeline.soon(self._tick, seconds=self._times.uniform(60, 240))
        elif drawn > 0.03:
            self.timeline.soon(self._tick, seconds=0)
            self.timeline.soon(self._tick, seconds=0)
        for execution in self.executions:
            self._go(execution)
        self.timeline.soon(self._minute, minutes=1)

    def _told(self, arn: str) -> None:
        """Bedrock's event of a change, best effort."""
        self.night.ended.setdefault(arn, self.timeline.clock.now())
        for _ in range(self._times.choices((0, 1, 2), (5, 4, 1))[0]):
            self.timeline.soon(self._tick, seconds=self._times.uniform(1, 300))

    def _tick(self, ended: str = "") -> None:
        before, began = self.night.effects, self.timeline.clock.now()

        def act(process: Process) -> None:
            view = self.view(process)
            tools = replace(watch_tools(view), judge=leveled_judge)
            ticked = tick(tools, view.clock.now() + timedelta(seconds=40), ended)
            self.night.look(Looked(before, began, ticked, process))

        self.stage.run("watch", act)

    def _hour(self) -> None:
        def act(process: Process) -> None:
            view = self.view(process)
            clean_up(CleanUpTools(view.store, view.jobs, view.clock))

        self.stage.run("clean-up", act)
        self.timeline.soon(self._hour, minutes=60)

    # Executions

    def _start(self, begins: Starting) -> None:
        name = begins.run.execution_arn.rsplit(":", 1)[1]
        arn = self.world.workflow.start(MACHINE, name, "{}")
        given = replace(begins.run, started_at=self.timeline.clock.now() + self.offs["service"])
        execution = Execution(self.world, given.run_id, "Preflight", prefix=f"{name}-", arn=arn, given=given)
        self.executions.append(execution)
        self._go(execution)

    def _go(self, execution: Execution) -> None:
        """One state of an execution, in a process of its own."""
        now = self.timeline.clock.now()
        if execution.over or execution.busy or execution.rests_until > now:
            return
        execution.gives_up_waiting(now)
        if execution.state == "Waiting" and execution.token not in self.world.workflow.completed:
            return
        execution.busy = True
        outcome, _ = self.stage.run("steps", lambda process: self._step(execution, process))
        execution.busy = False
        now = self.timeline.clock.now()
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
            execution.rests_until = self.timeline.clock.now() + timedelta(seconds=seconds)
            self.timeline.at(execution.rests_until, lambda: self._go(execution))

    def _step(self, execution: Execution, process: Process) -> None:
        execution.as_seen_by(self.view(process))
        execution.step()

    # Persons

    def _act(self, planned_act: Planned) -> None:
        acts = {
            Act.STOP_RUN: self._stop_run,
            Act.STOP_BEHIND: self._stop_behind,
            Act.ANSWER: self._answer,
            Act.ABORT: self._abort,
            Act.RESUME: self._resume,
            Act.SWITCH_ON: lambda pick: self._switch(on=True),
            Act.SWITCH_OFF: lambda pick: self._switch(on=False),
        }
        acts[planned_act.act](planned_act.pick)

    def _person(self, act: Callable[[World], object]) -> None:
        self.stage.run("people", lambda process: act(self.view(process)) and None)

    def _stop_run(self, pick: float) -> None:
        run = _picked([run for run in self.night.runs.values() if not run.ended], pick)
        if run is not None:
            self._person(lambda view: stop_run(run.run_id, StopTools(view.store, view.clock, Nobody())))

    def _stop_behind(self, pick: float) -> None:
        """At the service's own console."""
        running = [arn for arn in self.night.created if self._status(arn) == "InProgress"]
        arn = _picked(running, pick)
        if arn is not None:
            self.world.jobs.edit(arn, status="Stopping")
            self.nature.stopping(arn)

    def _answer(self, pick: float) -> None:
        asking = [run for run in self.night.runs.values() if open_question(run) is not None]
        run = _picked(asking, pick)
        if run is not None:
            reply = Reply.PROCEED if pick < 0.7 else Reply.REFUSE
            self._person(lambda view: answer_run(run.run_id, reply, AnswerTools(view.store, view.clock)))

    def _abort(self, pick: float) -> None:
        execution = _picked([each for each in self.executions if not each.over], pick)
        if execution is None:
            return
        execution.end("ABORTED")
        for _ in range(self._times.choices((0, 1, 2), (3, 6, 1))[0]):
            seconds = self._times.uniform(1, 60)
            self.timeline.soon(lambda: self._tick(execution.arn), seconds=seconds)

    def _resume(self, pick: float) -> None:
        fit = [run for run in self.night.runs.values() if _may_be_taken_up(run)]
        run = _picked(fit, pick)
        if run is not None:
            self._person(lambda view: self._taken_up(run.run_id, view))

    def _taken_up(self, run_id: str, view: World) -> None:
        tools = AgainTools(view.store, view.workflow, view.clock)
        found = prospect(run_id, tools)
        if found.problem is not None:
            return
        arn = start_again(found.run, MACHINE, tools).execution_arn
        self._carried(run_id, arn)

    def _carried(self, run_id: str, arn: str) -> None:
        prefix = f"{arn.rsplit(':', 1)[1]}-"
        execution = Execution(self.world, run_id, "Preflight", prefix=prefix, arn=arn, resumes=run_id)
        self.executions.append(execution)
        self.timeline.soon(lambda: self._go(execution), seconds=1)

    def _switch(self, *, on: bool) -> None:
        self._person(lambda view: view.store.set_control(Control(kill_switch=on)))

    # The service

    def _foreign(self, number: int) -> None:
        request = JobRequest(
            job_name=f"somebody-elses-{number}",
            model_name=f"somebody-elses-{number}",
            token=f"foreign{number}",
            base_model_id="amazon.nova-lite-v1:0:300k",
            role_arn="arn:aws:iam::123456789012:role/other",
            training_uri="s3://other/train.jsonl",
            validation_uri=None,
            output_uri="s3://other/out",
            hyperparameters={},
            tags={},
        )
        self.world.jobs.create(request)

    def _status(self, arn: str) -> str:
        job = self.world.jobs.described.get(arn)
        return job.status if job else "gone"

    def _witness(self, call: str, given: tuple[object, ...], answer: object) -> None:
        known = len(self.night.created)
        self.night.witness(call, given, answer)
        if call == "jobs.create" and len(self.night.created) > known:
            self.nature.born(str(answer))
        elif call == "jobs.stop" and str(given[0]) in self.nature.fates:
            self.nature.stopping(str(given[0]))
        elif call == "workflow.heartbeat" and answer is True:
            for execution in self.executions:
                if execution.token == given[0]:
                    execution.heard = self.timeline.clock.now()

    # The calm

    def _calm(self) -> None:
        """Nothing goes wrong any more, nobody does anything, the kill switch is off."""
        self.storm.calm = True
        self._switch(on=False)
        last = self.timeline.clock.now() + timedelta(hours=CALM)
        while self.timeline.clock.now() < last and not self._quiet():
            self.timeline.until(self.timeline.clock.now() + timedelta(minutes=30))
        self.night.check("calm")
        self._checked()
        self._eight_days_later()
        self.night.check("end")
        self._checked()

    def _quiet(self) -> bool:
        ended = all(run.ended for run in self.night.runs.values())
        closed = all(written.job.closed for written in self.night.jobs.values())
        sent = all(self.night.published[alert] for alert in self.night.alerts)
        return ended and closed and sent and all(each.over for each in self.executions)

    def _eight_days_later(self) -> None:
        """A run can be taken up for a week; then what it would start from goes."""
        self.timeline.clock.advance(hours=8 * 24)

        def act(process: Process) -> None:
            view = self.view(process)
            clean_up(CleanUpTools(view.store, view.jobs, view.clock))

        for _ in range(2):
            self.stage.run("clean-up", act)


class BrokenNight(Exception):
    """A promise was broken; the night is over."""


class Nobody:
    """Waits for nothing."""

    def wait(self, timeout: float) -> bool:
        return True

    def set(self) -> None:
        return


def _may_be_taken_up(run: Run) -> bool:
    return run.aborted or (run.ended and run.status is not RunStatus.COMPLETED)


def _picked(of: list[T], pick: float) -> T | None:
    return of[int(pick * len(of))] if of else None
