"""A deployment over an older one replaces or deletes nothing that holds data."""

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from infra.layer_build import LayerPackages
from tests.infra.conftest import synthesise
from tests.infra.deployed import Deployed
from tests.infra.stateful import KEPT, STATEFUL, described, losses, replacing, written

Template = dict[str, Any]
TABLE, BUCKET = "AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket"


@pytest.fixture
def kept() -> Mapping[str, Mapping[str, Any]]:
    kept: Mapping[str, Mapping[str, Any]] = json.loads(KEPT.read_text())
    return kept


def test_nothing_that_holds_data_is_lost_by_the_next_deployment(
    deployed: Deployed, kept: Mapping[str, Mapping[str, Any]]
) -> None:
    assert losses(kept, described(deployed.template)) == []


def test_what_is_kept_is_the_whole_of_it_in_the_form_that_is_written(deployed: Deployed) -> None:
    assert KEPT.read_text() == written(described(deployed.template)), (
        "look at what changed; if it is meant: .venv/bin/python -m tests.infra.write_stateful"
    )


@pytest.mark.parametrize(
    "options",
    [
        {"alertEmails": "a@example.com", "dataBuckets": "one,two", "logDays": "90"},
        {"permissionsBoundary": "Boundary", "qualifier": "team1", "pointInTimeRecovery": "false"},
    ],
)
def test_another_option_replaces_nothing_either(
    options: Mapping[str, object],
    packages: LayerPackages,
    tmp_path_factory: pytest.TempPathFactory,
    kept: Mapping[str, Mapping[str, Any]],
) -> None:
    other = synthesise(options, packages, tmp_path_factory.mktemp("other"))
    assert losses(kept, described(other.template)) == []


def _named(template: Template, kind: str) -> str:
    return str(next(name for name, resource in template["Resources"].items() if resource["Type"] == kind))


def _renamed(template: Template) -> None:
    template["Resources"]["Other"] = template["Resources"].pop(_named(template, TABLE))


def _other_key(template: Template) -> None:
    keys = template["Resources"][_named(template, TABLE)]["Properties"]["KeySchema"]
    keys[1]["AttributeName"] = "other"


def _given_a_name(template: Template) -> None:
    template["Resources"][_named(template, BUCKET)]["Properties"]["BucketName"] = "mine"


def _kept_no_longer(template: Template) -> None:
    template["Resources"][_named(template, TABLE)]["DeletionPolicy"] = "Delete"


def _another_kind(template: Template) -> None:
    template["Resources"][_named(template, TABLE)]["Type"] = "AWS::SQS::Queue"


BREAKS: Mapping[str, tuple[Callable[[Template], None], str]] = {
    "a new logical id": (_renamed, "is gone: a new name, or taken away"),
    "another key": (_other_key, "would be made anew: KeySchema was"),
    "a name of its own": (_given_a_name, "would be made anew: BucketName was None and would be mine"),
    "no longer retained": (_kept_no_longer, "would be kept no longer"),
    "another kind": (_another_kind, "and would be AWS::SQS::Queue"),
}


@pytest.mark.parametrize("which", BREAKS)
def test_each_way_to_lose_data_is_named(
    which: str, deployed: Deployed, kept: Mapping[str, Mapping[str, Any]]
) -> None:
    spoil, said = BREAKS[which]
    template: Template = copy.deepcopy(dict(deployed.template))
    spoil(template)
    [loss] = losses(kept, described(template))
    assert said in loss


def test_what_replaces_a_table_or_a_bucket_is_read_from_their_schemas() -> None:
    assert {"KeySchema", "TableName"} <= set(replacing(TABLE))
    assert "BucketName" in replacing(BUCKET)


def test_every_kind_that_the_stack_retains_is_among_those_that_hold_data(deployed: Deployed) -> None:
    retained = {
        resource["Type"]
        for resource in deployed.template["Resources"].values()
        if resource.get("DeletionPolicy") == "Retain"
    }
    assert retained <= {*STATEFUL, "AWS::Lambda::LayerVersion"}
    assert {TABLE, BUCKET} <= retained
