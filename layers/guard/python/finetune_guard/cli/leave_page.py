"""What a destroyed stack would leave, for people and for machines."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TypedDict

from finetune_guard.core.destroying import LeftBehind, Remaining, Storage, Unwatched
from finetune_guard.core.leaving import Fate
from finetune_guard.core.spending import dollars

_FATES = {
    Fate.KEPT: "the result of its run",
    Fate.DELETED_LATER: "to be thrown away, which nobody would do",
    Fate.NOT_TO_BE_USED: "not to be used",
}


class LeaveResult(TypedDict):
    """The object of `leave --json`."""

    schema_version: int
    ok: bool
    running: tuple[Unwatched, ...]
    waiting_runs: tuple[str, ...]
    models: tuple[Remaining, ...]
    usd_per_month: Decimal | None
    storage: Storage
    unread: tuple[str, ...]
    newest_only: int | None


def leave_result(found: LeftBehind) -> LeaveResult:
    """What a machine reads."""
    return LeaveResult(
        schema_version=1,
        ok=found.safe,
        running=found.running,
        waiting_runs=found.waiting_runs,
        models=found.models,
        usd_per_month=found.usd_per_month,
        storage=found.storage,
        unread=found.unread,
        newest_only=found.newest_only,
    )


def leave_lines(found: LeftBehind) -> Iterator[str]:
    """What a person reads."""
    yield from _running(found)
    yield from _unread(found)
    if found.waiting_runs:
        yield f"Open runs, which may start a job at any moment: {', '.join(found.waiting_runs)}."
        yield "  Wait for their ends, or: finetune-guard stop RUN"
    yield from _models(found)
    yield _storage(found.storage)
    yield "Our metrics stay until they expire. Functions, logs, alarms, topics and their subscriptions go."
    yield (
        "The policies OperatorPolicyArn and DoctorPolicyArn must be detached from everybody first, or the "
        "stack cannot be destroyed."
    )


def _running(found: LeftBehind) -> Iterator[str]:
    if not found.running:
        yield "No job runs of those that can be read." if found.unread else "No job of this stack runs."
        return
    yield f"{len(found.running)} of its jobs run and bill; without the stack nobody watches or stops them:"
    for job in found.running:
        cost = "of unknown cost" if job.usd_at_end is None else f"about {dollars(job.usd_at_end)} at its end"
        yield f"  {job.run_id}, {job.part}: {job.seen}, {cost}, job {job.job_name}"
        yield f"    now: {job.stop}"
        yield f"    later: {job.stop_without_stack}"


def _unread(found: LeftBehind) -> Iterator[str]:
    """Sentences of records, each with what mends it."""
    if found.unread:
        yield f"{len(found.unread)} records cannot be read; what they are of may run and bill:"
    for sentence in found.unread:
        yield f"  {sentence}"


def _models(found: LeftBehind) -> Iterator[str]:
    if found.newest_only is not None:
        yield (
            f"Of the ended runs only the newest {found.newest_only} were looked at. Models that older ones "
            "kept stay too; those of this stack carry its tag: aws bedrock list-custom-models"
        )
    if not found.models:
        yield "No model of it is in the account." if found.newest_only is None else "Of these no model stays."
        return
    sum_ = (
        "at a price nobody knows"
        if found.usd_per_month is None
        else f"{dollars(found.usd_per_month)} a month"
    )
    yield f"{len(found.models)} models stay, {sum_}:"
    for model in found.models:
        yield f"  {model.run_id}, {model.part}: {_FATES[model.fate]}"
        yield f"    {model.delete}"


def _storage(storage: Storage) -> str:
    names = f"the table {storage.table} and the bucket {storage.bucket}"
    if storage.removal == "retain":
        return f"By the option removal=retain {names} stay, with their costs, and so does the access log."
    if storage.removal == "destroy":
        return f"By the option removal=destroy {names} go; a bucket must be emptied by hand first."
    return f"The stack does not tell what becomes of {names}."
