"""Reads the losses of a run from the metrics logs that the watch has kept."""

from dataclasses import dataclass

from finetune_guard.core.errors import InvalidInputError, NotFoundError, ServiceError
from finetune_guard.core.journal_keys import log_key
from finetune_guard.core.metrics_log import MetricLine, read_metric_lines
from finetune_guard.core.run_curve import Logs
from finetune_guard.core.runs import Run
from finetune_guard.ports import Journal


@dataclass(frozen=True, slots=True)
class RunLogs:
    """What was read.

    Attributes:
        logs: The rows of each job that has a log, by the job's name.
        trouble: Why more could not be read; "" where all was.
    """

    logs: Logs
    trouble: str = ""


def read_logs(run: Run, journal: Journal) -> RunLogs:
    """The metrics logs of a run's jobs. A log that cannot be read is left out: a run is told all the same."""
    logs: dict[str, tuple[MetricLine, ...]] = {}
    trouble = ""
    for job in run.jobs:
        name = job.request.job_name
        try:
            logs[name] = read_metric_lines(journal.read(log_key(name)))
        except NotFoundError:
            continue
        except (InvalidInputError, ServiceError) as exc:
            trouble = str(exc)
    return RunLogs(logs, trouble)
