"""Who the credentials are, as STS says; the one call that needs no right."""

from typing import TYPE_CHECKING

from finetune_guard.aws.errors import translated
from finetune_guard.core.doctoring.facts import Caller

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient


class StsIdentity:
    """Identity over STS."""

    def __init__(self, client: "STSClient") -> None:
        self._client = client

    def caller(self) -> Caller:
        """Who asks; see Identity.caller."""
        with translated("ask who you are in", self._client.meta.region_name):
            answer = self._client.get_caller_identity()
        return Caller(answer["Account"], answer["Arn"])
