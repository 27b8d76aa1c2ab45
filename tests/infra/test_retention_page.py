"""What is kept is what the page says, in both environments."""

from collections.abc import Mapping

import pytest

from infra.layer_build import LayerPackages
from tests.infra.conftest import synthesise
from tests.infra.deployed import Deployed
from tests.infra.retention_page import (
    EMPTY_KINDS,
    ENVIRONMENTS,
    HOLDS,
    KINDS,
    PAGE,
    holding,
    kept,
    page,
    removed,
)


@pytest.fixture(scope="module")
def both(
    deployed: Deployed, packages: LayerPackages, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Deployed]:
    dev = synthesise({"environment": "dev"}, packages, tmp_path_factory.mktemp("cdk.out"))
    return {"prod": deployed, "dev": dev}


def test_the_page_has_the_table_of_the_templates(both: Mapping[str, Deployed]) -> None:
    written = PAGE.read_text("utf-8")
    assert page(written, both) == written, "write it anew: python -m tests.infra.retention_page"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_everything_that_can_hold_something_is_explained(
    environment: str, both: Mapping[str, Deployed]
) -> None:
    assert set(holding(both[environment])) == set(HOLDS)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_other_kind_of_resource_is_known_to_hold_nothing(
    environment: str, both: Mapping[str, Deployed]
) -> None:
    kinds = {resource["Type"] for resource in both[environment].template["Resources"].values()}
    assert kinds - EMPTY_KINDS - set(KINDS) == set()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_nothing_outlives_the_stack_but_what_the_table_says(
    environment: str, both: Mapping[str, Deployed]
) -> None:
    resources = both[environment].template["Resources"].values()
    stays = {r["Type"] for r in resources if r.get("DeletionPolicy", "Delete") != "Delete"}
    assert stays == ({"AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket"} if environment == "prod" else set())


def test_a_dev_stack_keeps_a_week_of_logs_no_backup_and_nothing_when_it_is_removed(
    both: Mapping[str, Deployed],
) -> None:
    prod, dev = holding(both["prod"]), holding(both["dev"])
    assert (kept(prod["Watch/Watch/Logs"]), kept(dev["Watch/Watch/Logs"])) == ("30 days", "7 days")
    assert kept(dev["RunStore/Table"]) == "for ever; no backup"
    assert (removed(prod["RunStore/Table"]), removed(dev["RunStore/Table"])) == (
        "stays, protected",
        "deleted",
    )
    assert both["prod"].stack.termination_protection
    assert not both["dev"].stack.termination_protection
