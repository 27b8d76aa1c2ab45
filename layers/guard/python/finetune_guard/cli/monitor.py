"""`finetune-guard monitor`: watches any customization job from here."""

from pathlib import Path

import click

from finetune_guard.cli import options
from finetune_guard.cli.commands import examples
from finetune_guard.cli.monitoring import Watching, watch_job_here

EPILOG = examples(
    [
        ("watch a job by its name, its id or its ARN", "monitor --job-id my-finetune-job"),
        ("one JSON line for each look, for a program to read", "monitor --job-id 4x0example1 --json"),
        ("stop it when its loss fails beyond recovery", "monitor --job-id my-finetune-job --auto-stop"),
    ]
)


@click.command(epilog=EPILOG)
@click.option("--job-id", required=True, metavar="JOB", help="ARN, name or id of the job.")
@click.option("--auto-stop", is_flag=True, help="Stop the job when its loss fails beyond recovery.")
@options.interval(30.0)
@options.LOG_DIR
@options.with_tools
def monitor(
    tools: options.Tools,
    job_id: str,
    auto_stop: bool,
    interval: float,
    log_dir: Path,
) -> int:
    """Watch any customization job, with your own rights.

    Looks at the job's status, phases and metric files, judges the curve as the deployed watch would, and
    writes metrics.jsonl and events.jsonl. It needs no stack. What cannot be seen is said: Bedrock promises
    the loss of a supervised fine-tuning only when the job has completed. Without --auto-stop nothing is
    stopped; a stopped job keeps no model and cannot be resumed. Ctrl-C leaves the job going.
    """
    return watch_job_here(Watching(job_id, auto_stop, interval, log_dir), tools.session, tools.terminal)
