"""What `rebuild` does: looks, tells what is absent, writes it where that is ordered."""

from typing import TypedDict

from finetune_guard.cli.session import Session
from finetune_guard.cli.terminal import EXIT, Terminal
from finetune_guard.usecases.rebuild import Missing, RebuildTools, Survey, survey, write

_LOST = (
    "Not to be had again: which mails were sent, so some may come twice; answers that no job followed, which "
    "are asked for again; orders to stop that the watch had not seen; the kill switch, which is off now."
)
_WAITS = (
    "A run whose execution still waits is taken on once its wait has heard nothing for an hour "
    "(heartbeatMinutes). One whose execution has ended is mailed as aborted: finetune-guard resume RUN."
)


class Absent(TypedDict):
    """What the table lacks of one run."""

    run_id: str
    run: bool
    jobs: list[str]


class Rebuilt(TypedDict):
    """The object of `rebuild --json`."""

    schema_version: int
    written: bool
    runs: list[Absent]
    base_models: list[str]
    whole: int
    left_out: list[str]


def rebuild_here(run_ids: tuple[str, ...], yes: bool, session: Session, terminal: Terminal) -> int:
    """Tells what is absent, and writes it; the exit code."""
    tools = RebuildTools(session.store(), session.jobs(), session.journal(), session.judge(), session.clock())
    found = survey(tools, run_ids)
    if yes:
        write(found, tools.store)
    _tell(found, yes, terminal)
    terminal.emit(_result(found, yes))
    return EXIT.failure if found.left_out else EXIT.fine


def _tell(found: Survey, written: bool, terminal: Terminal) -> None:
    verb = "Written" if written else "Absent"
    for missing in found.runs:
        terminal.say(f"{verb}: {_words(missing)}")
    for facts in found.bases:
        terminal.say(f"{verb}: what is known of {facts.base_model_id}, from {facts.jobs_seen} jobs")
    for sentence in found.left_out:
        terminal.aside(f"Left out: {sentence}")
    terminal.say("1 run has all its records." if found.whole == 1 else f"{found.whole} runs have all theirs.")
    if not found.runs and not found.bases:
        return
    terminal.say(_LOST)
    terminal.say(_WAITS if written else "Nothing was written. To write it: finetune-guard rebuild --yes")


def _words(missing: Missing) -> str:
    jobs = ", ".join(job.key.told for job in missing.jobs)
    parts = [part for part in ("its record" if missing.itself else "", jobs) if part]
    return f"run {missing.run.run_id} ({missing.run.status}): {'; '.join(parts)}"


def _result(found: Survey, written: bool) -> Rebuilt:
    return Rebuilt(
        schema_version=1,
        written=written,
        runs=[
            Absent(
                run_id=missing.run.run_id,
                run=missing.itself,
                jobs=[job.key.short for job in missing.jobs],
            )
            for missing in found.runs
        ],
        base_models=[facts.base_model_id for facts in found.bases],
        whole=found.whole,
        left_out=list(found.left_out),
    )
