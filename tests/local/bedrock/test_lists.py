"""Lists, their pages and filters, and the foundation models."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.local.bedrock.harness import LLAMA, MICRO, Running


@pytest.fixture(scope="module")
def listed(waiting: Running) -> Iterator[list[str]]:
    yield [waiting.create(f"listed-{number}") for number in range(3)]


class TestLists:
    def names(self, waiting: Running, **asked: Any) -> list[str]:
        found = waiting.client.list_model_customization_jobs(**asked)["modelCustomizationJobSummaries"]
        return [summary["jobName"] for summary in found]

    def test_pages_follow_one_another_newest_first(self, waiting: Running, listed: list[str]) -> None:
        paginator = waiting.client.get_paginator("list_model_customization_jobs")
        pages = list(paginator.paginate(nameContains="listed-", PaginationConfig={"PageSize": 2}))

        seen = [[job["jobName"] for job in page["modelCustomizationJobSummaries"]] for page in pages]
        assert seen == [["listed-2", "listed-1"], ["listed-0"]]

    def test_the_order_can_be_turned(self, waiting: Running, listed: list[str]) -> None:
        names = self.names(waiting, nameContains="listed-", sortBy="CreationTime", sortOrder="Ascending")

        assert names == ["listed-0", "listed-1", "listed-2"]

    def test_a_status_narrows(self, waiting: Running, listed: list[str]) -> None:
        assert not self.names(waiting, nameContains="listed-", statusEquals="Completed")

    def test_times_narrow(self, waiting: Running, listed: list[str]) -> None:
        hour = timedelta(hours=1)

        assert not self.names(
            waiting,
            nameContains="listed-",
            creationTimeBefore=datetime.now(UTC) - hour,  # noqa: TID251
        )
        assert (
            len(
                self.names(waiting, nameContains="listed-", creationTimeAfter=datetime.now(UTC) - hour)  # noqa: TID251
            )
            == 3
        )

    def test_a_foreign_token_is_refused(self, waiting: Running) -> None:
        with pytest.raises(waiting.client.exceptions.ValidationException, match="nextToken"):
            self.names(waiting, nextToken="made-up")


class TestFoundationModels:
    def test_living_models_of_the_region_are_listed(self, waiting: Running) -> None:
        found = waiting.client.list_foundation_models(byCustomizationType="FINE_TUNING")["modelSummaries"]

        ids = {model["modelId"] for model in found}
        assert MICRO in ids
        assert LLAMA not in ids
        assert "amazon.titan-text-lite-v1:0:4k" not in ids
        assert {model["modelLifecycle"]["status"] for model in found} == {"ACTIVE"}

    def test_one_of_them_can_be_looked_at(self, waiting: Running) -> None:
        details = waiting.client.get_foundation_model(modelIdentifier=MICRO)["modelDetails"]

        assert details["customizationsSupported"] == ["FINE_TUNING", "DISTILLATION"]
        assert details["providerName"] == "Amazon"

    def test_one_of_another_region_is_not_found(self, waiting: Running) -> None:
        with pytest.raises(waiting.client.exceptions.ResourceNotFoundException):
            waiting.client.get_foundation_model(modelIdentifier=LLAMA)
