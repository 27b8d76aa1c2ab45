"""What happens to a job: steps from one record to the next, and the model that completion makes."""

from datetime import datetime

import msgspec

from local.bedrock.identifiers import custom_model_arn, new_id
from local.bedrock.jobs import CustomModel, Job, Phase, Status
from local.bedrock.store import Store


def phase(job: Job, which: Phase, status: Status, at: datetime) -> Job:
    """A phase began or ended."""
    details = job.details.with_status(which, status, at)
    return msgspec.structs.replace(job, details=details, last_modified_time=at)


def stopping(job: Job, at: datetime) -> Job:
    """Somebody asked for a stop."""
    return msgspec.structs.replace(
        job, status=Status.STOPPING, details=job.details.ended(Status.STOPPING, at), last_modified_time=at
    )


def stopped(job: Job, at: datetime) -> Job:
    """The stop is through; there is no model."""
    return _ended(job, Status.STOPPED, at)


def failed(job: Job, message: str, at: datetime) -> Job:
    """The job failed in the phase that was running; the service's message holds 2,048 characters at most."""
    return msgspec.structs.replace(_ended(job, Status.FAILED, at), failure_message=message[:2048])


def completed(
    store: Store, job: Job, training_loss: str, validation_losses: tuple[str, ...], at: datetime
) -> Job:
    """The job is done: its model is stored, with the weights that the worker left in the job's folder."""
    model_id = new_id()
    arn = custom_model_arn(job.region, job.account, job.model_id, model_id)
    ended = msgspec.structs.replace(
        _ended(job, Status.COMPLETED, at),
        output_model_arn=arn,
        training_loss=training_loss,
        validation_losses=validation_losses,
    )
    weights = store.weights(model_id)
    weights.parent.mkdir(parents=True)
    (store.job_folder(job.job_id) / "weights.npz").replace(weights)
    name, tags = job.request.custom_model_name, job.request.custom_model_tags
    store.save_model(CustomModel(model_id, arn, name, job.region, ended, at, tags))
    return ended


def _ended(job: Job, status: Status, at: datetime) -> Job:
    return msgspec.structs.replace(
        job, status=status, details=job.details.ended(status, at), last_modified_time=at, end_time=at
    )
