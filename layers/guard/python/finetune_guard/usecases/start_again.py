"""Takes up a run again from a terminal: says first whether that can be, then starts its machine."""

from dataclasses import dataclass

from finetune_guard.core import wire
from finetune_guard.core.next_action import Action, next_action
from finetune_guard.core.resuming import RESUME, not_resumable, resumed
from finetune_guard.core.runs import Problem, Run
from finetune_guard.ports import Clock, RunStore, Workflow
from finetune_guard.usecases.start_run import Started, execution_name


@dataclass(frozen=True, slots=True)
class AgainTools:
    """What taking up a run needs of the world."""

    store: RunStore
    workflow: Workflow
    clock: Clock


@dataclass(frozen=True, slots=True)
class Prospect:
    """What would become of a run that is taken up again.

    Attributes:
        run: As it is.
        problem: Why it cannot be taken up; None where it can.
        action: What it would do first; None where it cannot be taken up.
    """

    run: Run
    problem: Problem | None
    action: Action | None = None


def prospect(run_id: str, tools: AgainTools) -> Prospect:
    """Whether a run can be taken up again, and what it would do first.

    Raises:
        NotFoundError: No such run.
    """
    run, now = tools.store.run(run_id), tools.clock.now()
    problem = not_resumable(run, run.mode, "", now)
    if problem:
        return Prospect(run, problem)
    return Prospect(run, None, next_action(resumed(run, ""), now))


def start_again(run: Run, machine_arn: str, tools: AgainTools) -> Started:
    """Starts the run's machine with the run's id in place of a config.

    Args:
        run: The run.
        machine_arn: The machine of its mode.
        tools: What it needs of the world.

    Raises:
        NotFoundError: There is no such machine.
        AccessRefusedError: The caller may not start it.
        NameTakenError: It was taken up in the same microsecond.
    """
    name = execution_name(run.run_id, tools.clock.now())
    arn = tools.workflow.start(machine_arn, name, wire.dumps({RESUME: run.run_id}))
    return Started(run.run_id, arn)
