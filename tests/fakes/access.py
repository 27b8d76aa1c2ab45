"""Buckets and roles in memory."""

import json
from collections.abc import Mapping, Sequence

from finetune_guard.core.access.places import Answer, BucketFacts
from finetune_guard.core.access.rights import Right, Ruling
from finetune_guard.core.errors import NotFoundError
from tests.fakes.seam import Seam, Seamed, outgoing


class FakeBuckets(Seamed):
    """Buckets that are open and in one region, but for those that a test puts.

    Attributes:
        region: Where a bucket is that no test speaks of.
        found: What S3 says of the others, by name.
        owners: Accounts of buckets that are not the caller's.
    """

    port = "buckets"

    def __init__(self, seam: Seam | None = None, region: str = "us-east-1") -> None:
        super().__init__(seam)
        self.region = region
        self.found: dict[str, BucketFacts] = {}
        self.owners: dict[str, str] = {}

    def put(self, name: str, answer: Answer = Answer.OPEN, region: str = "") -> None:
        self.found[name] = BucketFacts(name, answer, region or self.region)

    @outgoing
    def facts(self, bucket: str, account: str | None) -> BucketFacts:
        known = self.found.get(bucket, BucketFacts(bucket, Answer.OPEN, self.region))
        if known.answer is Answer.ABSENT:
            return BucketFacts(bucket, Answer.ABSENT)
        told = known.answer is Answer.OPEN and account is not None
        ours = self.owners.get(bucket, account) == account if told else None
        return BucketFacts(bucket, known.answer, known.region, ours)


class FakeRolePolicies(Seamed):
    """Roles that a test puts, each with its trust; what they may do is everything but what is put.

    Attributes:
        trusts: Trust policies by role ARN.
        decisions: What IAM says other than "allowed", by action.
        unknown: Condition keys that every decision hangs on.
    """

    port = "roles"

    def __init__(self, seam: Seam | None = None) -> None:
        super().__init__(seam)
        self.trusts: dict[str, str] = {}
        self.decisions: dict[str, str] = {}
        self.unknown: tuple[str, ...] = ()

    def put(self, role_arn: str, trust: Mapping[str, object]) -> None:
        self.trusts[role_arn] = json.dumps(trust)

    @outgoing
    def trust(self, role_arn: str) -> str:
        return self._known(role_arn)

    @outgoing
    def rulings(
        self, role_arn: str, rights: Sequence[Right], context: Mapping[str, str]
    ) -> tuple[Ruling, ...]:
        self._known(role_arn)
        return tuple(
            Ruling(right, self.decisions.get(right.action, "allowed"), self.unknown) for right in rights
        )

    def _known(self, role_arn: str) -> str:
        if role_arn not in self.trusts:
            raise NotFoundError(f"There is no role {role_arn}.", "NoSuchEntity")
        return self.trusts[role_arn]
