"""The `Report` state: writes the report, records the mail, returns the result.

The watch does the same where no machine is left to do it. A run counts as told only after its mail is
recorded: until then the watch finds it among those it looks at.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from finetune_guard.core import wire
from finetune_guard.core.decisions import DatedDecision, Decision, DecisionKind, RunStatus
from finetune_guard.core.end_mail import end_alert
from finetune_guard.core.journal_keys import report_key
from finetune_guard.core.keeping import best_so_far
from finetune_guard.core.reporting import Result, report_of, result_of
from finetune_guard.core.runs import Run
from finetune_guard.ports import Clock, Journal, RunStore

#: Longest part of a machine's error that a mail carries; never the whole cause, which may hold data.
LONGEST_ERROR = 200


@dataclass(frozen=True, slots=True)
class ReportTools:
    """What `report` needs of the world."""

    store: RunStore
    journal: Journal
    clock: Clock


def report(run_id: str, tools: ReportTools, error: str = "") -> Result:
    """Tells a run's end; the same run again gives the same report.

    Args:
        run_id: The run.
        tools: What it needs of the world.
        error: The error name with which the machine failed, "" when it did not.

    Raises:
        NotFoundError: No such run.
    """
    run = tools.store.run(run_id)
    if not run.ended:
        failed = _failed(run, error, tools.clock.now())
        run = _saved(failed, run, tools.store)
    told = _tell(run, tools)
    return result_of(told if told == run else _saved(told, run, tools.store))


def _tell(run: Run, tools: ReportTools) -> Run:
    """Writes the report and records the mail that names it; the run with the place of its report."""
    key = report_key(run.run_id)
    uri = run.report_uri or tools.journal.keep(key, b"{}", "application/json")
    told = replace(run, report_uri=uri)
    tools.journal.keep(key, wire.dumps(report_of(told)).encode(), "application/json")
    tools.store.add_alert(end_alert(told))
    return told


def _failed(run: Run, error: str, now: datetime) -> Run:
    what = error[:LONGEST_ERROR] or "an unknown error"
    reason = f"The workflow failed with {what}; the execution's history has the details."
    decision = Decision(DecisionKind.REFUSE, "workflow.failed", reason)
    decisions = (*run.decisions, DatedDecision(decision, "run", now))
    kept = best_so_far(run, now)
    return replace(run, decisions=decisions, status=RunStatus.FAILED, ended_at=now, wait=None, kept=kept)


def _saved(changed: Run, run: Run, store: RunStore) -> Run:
    return replace(store.save_run(changed), jobs=run.jobs)
