"""What goes on beside a new run: runs of the same name, and jobs that take the account's room."""

from collections.abc import Iterator

from finetune_guard.core.config_text import OURS, shown
from finetune_guard.core.names import slug
from finetune_guard.core.runs import Problem, Run

#: Jobs that Bedrock has been seen to run at a time in one account and region; AWS documents no number.
USUAL_ROOM = 2
LISTED = "ListModelCustomizationJobs, asked just now"


def judge_names(job_name: str, runs: tuple[Run, ...]) -> Iterator[Problem]:
    """A run of the same name that is still going on; both would train and both would be billed."""
    name = slug(job_name, len(job_name))
    going_on = (run for run in runs if not run.ended)
    same = [run.run_id for run in going_on if slug(run.job_name, len(run.job_name)) == name]
    if not same:
        return
    message = (
        f"A run of this name is going on ({', '.join(same[:3])}); a second one trains and bills beside it."
    )
    advice = "Wait for its end, stop it with `finetune-guard stop RUN`, or go on if both are wanted."
    yield Problem("AC017", "warning", "job_name", shown(job_name), message, advice, OURS)


def judge_room(running: int, quota: int | None) -> Iterator[Problem]:
    """A full account: the run would wait until a job of it ends.

    Args:
        running: Customization jobs that are in progress in this account and region.
        quota: How many the account may have, where Service Quotas told; USUAL_ROOM otherwise.
    """
    room = USUAL_ROOM if quota is None else quota
    if running < room:
        return
    whose = "that are usual" if quota is None else "that the account may have"
    message = (
        f"{running} customization jobs are in progress, of {room} {whose}; a new run would wait until one "
        "ends."
    )
    advice = "Nothing has to be done, or ask AWS for a higher quota."
    yield Problem("AC018", "warning", "", f"{running} jobs", message, advice, LISTED)
