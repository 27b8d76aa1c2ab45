"""What callers ask, as typed values: the members of botocore's input shapes that the stand-in acts on."""

from datetime import datetime

import msgspec


class Wire(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A value with the wire's own names (`jobName` for job_name); what is None is left out of JSON."""


class Location(Wire, frozen=True):
    """Where data lies."""

    s3_uri: str


class TrainingData(Wire, frozen=True):
    """Only an S3 URI is supported; the shape also allows invocation logs, for distillation."""

    s3_uri: str | None = None


class Validators(Wire, frozen=True, omit_defaults=False):
    """Up to ten validation files."""

    validators: tuple[Location, ...] = ()


class Tag(Wire, frozen=True, omit_defaults=False):
    """A label on a job or a model."""

    key: str
    value: str


class CreateJob(Wire, frozen=True):
    """CreateModelCustomizationJob."""

    job_name: str
    custom_model_name: str
    role_arn: str
    base_model_identifier: str
    training_data_config: TrainingData
    output_data_config: Location
    client_request_token: str | None = None
    customization_type: str = "FINE_TUNING"
    custom_model_kms_key_id: str | None = None
    job_tags: tuple[Tag, ...] = ()
    custom_model_tags: tuple[Tag, ...] = ()
    validation_data_config: Validators = Validators()
    hyper_parameters: dict[str, str] = {}
    vpc_config: dict[str, list[str]] | None = None


class JobIdentifier(Wire, frozen=True):
    """Get and Stop."""

    job_identifier: str


class ModelIdentifier(Wire, frozen=True):
    """GetCustomModel, DeleteCustomModel and GetFoundationModel."""

    model_identifier: str


class Listing(Wire, frozen=True):
    """What both lists can be narrowed by."""

    creation_time_after: datetime | None = None
    creation_time_before: datetime | None = None
    name_contains: str | None = None
    max_results: int = 100
    next_token: str | None = None
    sort_order: str = "Descending"


class ListJobs(Listing, frozen=True):
    """ListModelCustomizationJobs."""

    status_equals: str | None = None


class ListModels(Listing, frozen=True):
    """ListCustomModels."""

    base_model_arn_equals: str | None = None
    foundation_model_arn_equals: str | None = None
    model_status: str | None = None


class ListFoundationModels(Wire, frozen=True):
    """ListFoundationModels."""

    by_provider: str | None = None
    by_customization_type: str | None = None
    by_output_modality: str | None = None


class TagChange(Wire, frozen=True):
    """TagResource, UntagResource and ListTagsForResource."""

    resource_arn: str = msgspec.field(name="resourceARN")
    tags: tuple[Tag, ...] = ()
    tag_keys: tuple[str, ...] = ()
