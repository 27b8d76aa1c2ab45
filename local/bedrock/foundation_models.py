"""The operations on foundation models: those of the catalogue that the service still has."""

from collections.abc import Mapping
from datetime import UTC, datetime, time

from local.bedrock.catalog import BaseModel, Catalog
from local.bedrock.clock import now
from local.bedrock.errors import NOT_FOUND, ServiceError
from local.bedrock.requests import ListFoundationModels, ModelIdentifier, Wire
from local.bedrock.settings import Settings


class Lifecycle(Wire, frozen=True):
    """ACTIVE, or LEGACY once an end is announced."""

    status: str
    end_of_life_time: datetime | None = None


class FoundationModel(Wire, frozen=True, omit_defaults=False):
    """A foundation model as both operations show it."""

    model_arn: str
    model_id: str
    model_name: str
    provider_name: str
    input_modalities: tuple[str, ...]
    output_modalities: tuple[str, ...]
    response_streaming_supported: bool
    customizations_supported: tuple[str, ...]
    inference_types_supported: tuple[str, ...]
    model_lifecycle: Lifecycle


class FoundationModelOperations:
    """List and Get of foundation models: those of the catalogue that the service still has."""

    def __init__(self, catalog: Catalog, settings: Settings) -> None:
        self._catalog = catalog
        self._settings = settings

    def listed(self, region: str, request: ListFoundationModels) -> Mapping[str, object]:
        """The models of a region that pass the filters."""
        found = [_details(region, model) for model in self._here(region)]
        if request.by_customization_type:
            found = [item for item in found if request.by_customization_type in item.customizations_supported]
        if request.by_provider:
            found = [item for item in found if item.provider_name.lower() == request.by_provider.lower()]
        if request.by_output_modality:
            found = [item for item in found if request.by_output_modality in item.output_modalities]
        return {"modelSummaries": found}

    def get(self, region: str, request: ModelIdentifier) -> Mapping[str, object]:
        """One model."""
        wanted_id = request.model_identifier.split(":foundation-model/")[-1]
        for model in self._here(region):
            if model.model_id == wanted_id:
                return {"modelDetails": _details(region, model)}
        raise ServiceError(NOT_FOUND, f"Could not find the foundation model '{wanted_id}' in {region}.")

    def _here(self, region: str) -> list[BaseModel]:
        today, all_of_them = now().date(), self._settings.retired_models
        models = self._catalog.models.values()
        return [
            model for model in models if region in model.regions and (all_of_them or not model.gone(today))
        ]


def _details(region: str, model: BaseModel) -> FoundationModel:
    provider, _, name = model.model_id.partition(".")
    text = ("TEXT",)
    return FoundationModel(
        model_arn=model.arn(region),
        model_id=model.model_id,
        # The shape allows twenty characters.
        model_name=name.split("-v")[0].replace("-", " ").title()[:20],
        provider_name=provider.title(),
        input_modalities=text if model.is_text else ("TEXT", "IMAGE"),
        output_modalities=text if model.is_text else ("IMAGE",),
        response_streaming_supported=model.is_text,
        customizations_supported=model.customization_types,
        inference_types_supported=("PROVISIONED",),
        model_lifecycle=_lifecycle(model),
    )


def _lifecycle(model: BaseModel) -> Lifecycle:
    ended = model.lifecycle.end_of_life
    if ended is None:
        return Lifecycle("ACTIVE")
    return Lifecycle("LEGACY", datetime.combine(ended, time(), UTC))
