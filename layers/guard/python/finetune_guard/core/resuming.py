"""Taking up a run: what is complete is adopted, what is open is watched, what came to nothing is redone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from finetune_guard.core.config_text import OURS, shown
from finetune_guard.core.decisions import Mode, RunStatus
from finetune_guard.core.next_action import Finish, next_action
from finetune_guard.core.runs import Problem, Run
from finetune_guard.core.segmenting import NO_MODEL

#: The key of an execution's input that names the run to take up, in place of a config.
RESUME = "resume"
#: Machine → mode, as infra names them; a person is told the machine.
MACHINES = {Mode.MINI_RUN: "MiniRun", Mode.FULL_RUN: "FullRun", Mode.REHEARSE_THEN_RUN: "RehearseThenRun"}


def run_to_resume(document: object) -> str | None:
    """The run that an execution's input asks to take up; None where it is a config."""
    if not isinstance(document, Mapping) or set(document) != {RESUME}:
        return None
    return str(document[RESUME])


def resumed(run: Run, execution_arn: str) -> Run:
    """The run, carried by another execution; what came to nothing before is tried again."""
    return replace(
        run,
        execution_arn=execution_arn,
        executions=(*run.executions, run.execution_arn),
        attempt=run.attempt + 1,
        aborted=False,
        status=RunStatus.RUNNING,
        ended_at=None,
        wait=None,
        report_uri="",
        kept="",
    )


def not_resumable(run: Run, mode: Mode, execution_arn: str, now: datetime) -> Problem | None:
    """Why a run cannot be taken up; None where it can."""
    if run.mode is not mode:
        advice = f"Start {MACHINES[run.mode]} with the same input, or: finetune-guard resume {run.run_id}"
        return _problem(run.run_id, f"Run {run.run_id} belongs to another machine.", advice)
    if not run.ended and not run.aborted:
        what = f"Run {run.run_id} is going on; its execution is {run.execution_arn}."
        advice = "If that execution has ended, the watch sees it within five minutes: try again then."
        return _problem(run.run_id, what, advice)
    last = run.decisions[-1].decision.policy if run.decisions else ""
    action = next_action(resumed(run, execution_arn), now)
    if isinstance(action, Finish) and action.decision.policy in (last, NO_MODEL):
        what = f"Run {run.run_id} is over, and nothing of it can be taken up: {action.decision.reason}"
        return _problem(run.run_id, what, "Start a new run.")
    return None


def no_such_run(run_id: str) -> Problem:
    """The problem of an input that names no run."""
    return _problem(run_id, "There is no such run in this stack's table.", "finetune-guard runs lists them.")


def _problem(run_id: str, message: str, advice: str) -> Problem:
    return Problem("RE001", "error", RESUME, shown(run_id), message, advice, OURS)
