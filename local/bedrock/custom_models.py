"""The operations on custom models."""

from collections.abc import Mapping

import msgspec

from local.bedrock.errors import CONFLICT, ServiceError
from local.bedrock.identifiers import find_model
from local.bedrock.jobs import CustomModel, training_metrics, validation_metrics
from local.bedrock.paging import page, wanted
from local.bedrock.requests import ListModels, ModelIdentifier
from local.bedrock.store import Store


class CustomModelOperations:
    """Get, List and Delete of custom models."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, region: str, request: ModelIdentifier) -> Mapping[str, object]:
        """What is known of a custom model."""
        model = find_model(self._store.models(region), request.model_identifier)
        asked = model.job.request
        known = {
            "modelArn": model.arn,
            "modelName": model.name,
            "jobName": asked.job_name,
            "jobArn": model.job.arn,
            "baseModelArn": model.job.base_arn,
            "customizationType": asked.customization_type,
            "hyperParameters": model.job.hyper_parameters,
            "trainingDataConfig": asked.training_data_config,
            "validationDataConfig": asked.validation_data_config,
            "outputDataConfig": asked.output_data_config,
            "trainingMetrics": training_metrics(model.job),
            "validationMetrics": validation_metrics(model.job),
            "creationTime": model.creation_time,
            "modelStatus": "Active",
        }
        return {name: value for name, value in known.items() if value is not None}

    def listed(self, region: str, request: ListModels) -> Mapping[str, object]:
        """A page of the custom models of a region."""
        found = [
            model
            for model in self._store.models(region)
            if not model.deleted
            and wanted(request, model.name, model.creation_time)
            and request.base_model_arn_equals in {None, model.job.base_arn}
            and request.foundation_model_arn_equals in {None, model.job.foundation_arn}
            and request.model_status in {None, "Active"}
        ]
        part, token = page(request, found, lambda model: model.model_id)
        return {"modelSummaries": [_summary(model) for model in part], **token}

    def delete(self, region: str, request: ModelIdentifier) -> Mapping[str, str]:
        """Deletes a custom model, unless a job is training on from it; its name stays taken."""
        with self._store.lock:
            model = find_model(self._store.models(region), request.model_identifier)
            users = [job for job in self._store.jobs(region) if job.base_arn == model.arn]
            busy = [job for job in users if not job.status.is_terminal]
            if busy:
                raise ServiceError(
                    CONFLICT, f"The model {model.arn} is the base of {busy[0].arn}, which is running."
                )
            self._store.save_model(msgspec.structs.replace(model, deleted=True))
        self._store.weights(model.model_id).unlink(missing_ok=True)
        return {}


def _summary(model: CustomModel) -> Mapping[str, object]:
    return {
        "modelArn": model.arn,
        "modelName": model.name,
        "creationTime": model.creation_time,
        "baseModelArn": model.job.base_arn,
        # The shape allows no colon here: what stands before the version's.
        "baseModelName": model.job.model_id.split(":")[0],
        "customizationType": model.job.request.customization_type,
        "ownerAccountId": model.job.account,
        "modelStatus": "Active",
    }
