"""What a job may start from: a foundation model of the catalogue, or a custom model of the stand-in."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from local.bedrock.catalog import BaseModel, Catalog
from local.bedrock.clock import now
from local.bedrock.errors import NOT_FOUND, VALIDATION, ServiceError
from local.bedrock.identifiers import find_model
from local.bedrock.jobs import Job
from local.bedrock.settings import Settings
from local.bedrock.store import Store
from local.bedrock.weights import BASE_WEIGHTS


@dataclass(frozen=True, slots=True)
class Base:
    """A starting point.

    Attributes:
        model: The foundation model at the root.
        arn: What was named: a foundation model's or a custom model's ARN.
        weights: Where training starts from.
    """

    model: BaseModel
    arn: str
    weights: Path


class Bases:
    """Resolves baseModelIdentifier."""

    def __init__(self, catalog: Catalog, store: Store, settings: Settings) -> None:
        self._catalog = catalog
        self._store = store
        self._settings = settings

    def of(self, region: str, identifier: str) -> Base:
        """The starting point that an identifier means.

        Raises:
            ServiceError: ValidationException saying what is wrong with it.
        """
        model_id = identifier.rsplit(":foundation-model/", maxsplit=1)[-1]
        model = self._catalog.models.get(model_id)
        if model is None:
            return self._custom(region, identifier)
        self._check(region, model)
        return Base(model, model.arn(region), BASE_WEIGHTS)

    def of_job(self, job: Job) -> Base:
        """The starting point of a job that exists: not checked again, it was when the job was created."""
        model = self._catalog.models[job.model_id]
        if job.base_arn == model.arn(job.region):
            return Base(model, job.base_arn, BASE_WEIGHTS)
        return Base(model, job.base_arn, self._store.weights(job.base_arn.rsplit("/", 1)[-1]))

    def _custom(self, region: str, identifier: str) -> Base:
        try:
            custom = find_model(self._store.models(region), identifier)
        except ServiceError as exc:
            assert exc.code == NOT_FOUND
            near = get_close_matches(identifier, self._catalog.models, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise ServiceError(
                VALIDATION, f"The provided base model identifier '{identifier}' is invalid.{hint}"
            ) from exc
        return Base(
            self._catalog.models[custom.job.model_id], custom.arn, self._store.weights(custom.model_id)
        )

    def _check(self, region: str, model: BaseModel) -> None:
        if region not in model.regions:
            places = " or ".join(model.regions)
            raise ServiceError(
                VALIDATION, f"The base model {model.model_id} cannot be customized in {region}; use {places}."
            )
        if model.gone(now().date()) and not self._settings.retired_models:
            raise ServiceError(
                VALIDATION, f"The base model {model.model_id} has reached the end of its life."
            )
        if not model.is_text:
            raise ServiceError(
                VALIDATION, f"This stand-in trains text models only; {model.model_id} is trained on images."
            )
