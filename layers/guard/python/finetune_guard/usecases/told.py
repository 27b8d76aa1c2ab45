"""What was told of a job, as the bucket has it: it outlives the job's record."""

from finetune_guard.core.errors import InvalidInputError, NotFoundError
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.journal_keys import events_key
from finetune_guard.core.metrics_log import EventLine, read_event_lines
from finetune_guard.ports import Journal


def told_of(job: JobRecord, journal: Journal) -> tuple[EventLine, ...]:
    """The job's events, oldest first; none where there are none or they cannot be read: they only explain.

    Raises:
        ServiceError: The bucket cannot be asked.
    """
    try:
        return read_event_lines(journal.read(events_key(job.request.job_name)))
    except (NotFoundError, InvalidInputError):
        return ()
