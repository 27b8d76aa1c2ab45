"""Where in its data a job broke: early, where the rate may have done it, or later, where the data may."""

from finetune_guard.core.jobs import JobRecord, JobStatus

#: What breaks in the first part of a job may be the rate; later the rate has held, and it is rather the data.
EARLY = 1 / 3


def onset(job: JobRecord) -> float | None:
    """Share of the job's steps at which its first fault began that may stop a job, 0 to 1; None without one.

    A job that was completed is measured by its own last step, one that was not by its plan.
    """
    fatal = next((finding for finding in job.findings if finding.may_stop), None)
    seen, planned = job.seen.last_step, job.orders.planned_steps
    steps = seen if job.status is JobStatus.COMPLETED else planned or seen
    if fatal is None or fatal.first_step is None or not steps:
        return None
    return min(1.0, max(0.0, (fatal.first_step - job.seen.border) / steps))
