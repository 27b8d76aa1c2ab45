"""The account's quotas of Bedrock's model customization (Service Quotas, ListServiceQuotas)."""

from typing import TYPE_CHECKING, Final

from finetune_guard.aws.errors import translated
from finetune_guard.core.hyperparameters.quotas import account_quotas

if TYPE_CHECKING:
    from mypy_boto3_service_quotas import ServiceQuotasClient

    from finetune_guard.core.observations import AccountQuotas

SERVICE: Final = "bedrock"
#: As many as the service takes.
A_PAGE: Final = 100
#: Bedrock has about a thousand quotas; more than this is not read.
MOST: Final = 4000


class ServiceQuotas:
    """Quotas of one account and region."""

    def __init__(self, client: "ServiceQuotasClient") -> None:
        self._client = client

    def customization(self) -> "AccountQuotas":
        """The quotas in force; see Quotas.customization. Codes differ by base, so names are read."""
        found: list[tuple[str, float]] = []
        with translated("read the account's Bedrock quotas in", self._client.meta.region_name):
            pages = self._client.get_paginator("list_service_quotas").paginate(
                ServiceCode=SERVICE, PaginationConfig={"PageSize": A_PAGE, "MaxItems": MOST}
            )
            for page in pages:
                found += [
                    (quota.get("QuotaName", ""), quota.get("Value", 0.0)) for quota in page.get("Quotas", ())
                ]
        return account_quotas(found)
