"""What the services around fine-tuning are asked, as Protocols."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from finetune_guard.core.access.rights import Right, Ruling
from finetune_guard.core.job_request import JobRequest
from finetune_guard.core.observations import AccountQuotas, FoundationModel, JobDescription


class TrainingJobs(Protocol):
    """Bedrock's customization jobs and the models they make."""

    def create(self, request: JobRequest) -> str:
        """Starts a job and returns its ARN; the same token again returns the same ARN.

        Raises:
            NameTakenError: Another job or model has the name.
            QuotaReachedError: No further job may be scheduled now.
            RequestRejectedError: The service finds the request invalid.
            AccessRefusedError: The caller may not create it, or may not pass the role.
            NotFoundError: The model that it would start from is not there.
            ServiceUnavailableError: Throttled or broken; the job may or may not exist.
        """

    def get(self, identifier: str) -> JobDescription:
        """Describes a job named by ARN, name or id.

        Raises:
            NotFoundError: There is no such job.
            ServiceError: Otherwise, as for create.
        """

    def stop(self, identifier: str) -> None:
        """Asks for a stop; confirmed only by `get`.

        Raises:
            NameTakenError: The job cannot be stopped in its state (the service's ConflictException).
            ServiceError: Otherwise, as for create.
        """

    def delete_model(self, model_arn: str) -> None:
        """Deletes a custom model; a model that is not there counts as deleted."""

    def base_models(self) -> tuple[FoundationModel, ...]:
        """The base models that can be fine-tuned in this region."""

    def in_progress(self) -> int:
        """How many jobs of this account and region are in progress, whoever created them."""


class Quotas(Protocol):
    """What the account may use of model customization."""

    def customization(self) -> AccountQuotas:
        """The quotas in force in this region, raised or lowered as they may be.

        Raises:
            ServiceError: They cannot be read; the catalogue's have to do.
        """


class RolePolicies(Protocol):
    """What IAM knows of a role."""

    def trust(self, role_arn: str) -> str:
        """The role's trust policy, JSON.

        Raises:
            NotFoundError: There is no such role.
            AccessRefusedError: The caller may not ask.
        """

    def rulings(
        self, role_arn: str, rights: Sequence[Right], context: Mapping[str, str]
    ) -> tuple[Ruling, ...]:
        """What the role's own policies say of each right.

        Args:
            role_arn: The role.
            rights: What it needs.
            context: What its calls would carry, by IAM condition key.

        Raises:
            NotFoundError: There is no such role.
            AccessRefusedError: The caller may not ask.
        """
