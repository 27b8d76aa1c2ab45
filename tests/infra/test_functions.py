"""What every function is: its environment, its one file, its log."""

import dataclasses
import json
from collections.abc import Mapping

import pytest

from finetune_guard import settings
from tests.infra.deployed import Deployed, many, text_of

#: What each function reads from its environment (finetune_guard.functions).
SETTINGS: Mapping[str, type[settings.Settings]] = {
    "preflight": settings.PlanningSettings,
    "plan": settings.PlanningSettings,
    "next_action": settings.StoreSettings,
    "create_jobs": settings.StoreSettings,
    "wait_for_run": settings.WaitSettings,
    "report": settings.BucketSettings,
    "watch": settings.WatchSettings,
    "clean_up": settings.StoreSettings,
}


@pytest.mark.parametrize("handler", SETTINGS)
def test_a_function_finds_in_its_environment_what_it_reads_and_nothing_else(
    handler: str, furnished: Deployed
) -> None:
    environment = furnished.functions()[handler]["Environment"]["Variables"]
    ours = {name for name in environment if name.startswith(settings.PREFIX)}
    assert ours == set(SETTINGS[handler].variables())


@pytest.mark.parametrize("handler", SETTINGS)
def test_what_must_be_set_is_set_even_without_options(handler: str, deployed: Deployed) -> None:
    environment = deployed.functions()[handler]["Environment"]["Variables"]
    values = {name: text_of(value) for name, value in environment.items()}
    read = SETTINGS[handler].read(values)
    assert all(getattr(read, f.name) for f in dataclasses.fields(read) if f.default is dataclasses.MISSING)


def test_every_function_is_listed_here(deployed: Deployed) -> None:
    assert set(deployed.functions()) == set(SETTINGS)


@pytest.mark.parametrize("handler", SETTINGS)
def test_every_function_logs_json_traces_and_runs_on_what_the_layers_are_built_for(
    handler: str, deployed: Deployed
) -> None:
    function = deployed.functions()[handler]
    assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["LoggingConfig"]["LogFormat"] == "JSON"
    assert function["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"] == "FinetuneGuard"
    assert function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == "FinetuneGuard"
    assert len(function["Layers"]) == 3
    assert function["Timeout"] <= 900
    assert function["MemorySize"] >= 512


@pytest.mark.fault(14)
def test_every_function_has_time_and_memory_for_a_cold_start(deployed: Deployed) -> None:
    for function in deployed.functions().values():
        assert function["Timeout"] >= 30
        assert function["MemorySize"] >= 512


def test_every_function_has_a_log_group_of_its_own_that_forgets(deployed: Deployed) -> None:
    groups = deployed.resources("AWS::Logs::LogGroup")
    used = [f["LoggingConfig"]["LogGroup"]["Ref"] for f in deployed.functions().values()]
    assert len(set(used)) == len(SETTINGS)
    assert {group["RetentionInDays"] for group in groups.values()} == {30}


def test_the_asset_of_a_function_is_its_one_file(deployed: Deployed) -> None:
    assets = json.loads((deployed.folder / "FinetuneGuard.assets.json").read_text())["files"]
    folders = [
        deployed.folder / asset["source"]["path"]
        for asset in assets.values()
        if asset["source"]["packaging"] == "zip"
    ]
    files = sorted(path.name for folder in folders for path in folder.rglob("*") if path.is_file())
    assert files == sorted(f"{handler}.py" for handler in SETTINGS)
    assert all(path.stat().st_size < 4_096 for folder in folders for path in folder.iterdir())


def test_statements_name_their_resources(deployed: Deployed) -> None:
    """A star alone is left to calls that have no resource to name."""
    bare = {
        action
        for handler in SETTINGS
        for statement in deployed.statements(handler)
        if many(statement["Resource"]) == ["*"] and statement["Effect"] == "Allow"
        for action in many(statement["Action"])
    }
    assert bare == {
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "bedrock:ListFoundationModels",
        "bedrock:ListModelCustomizationJobs",
        "servicequotas:ListServiceQuotas",
        "states:SendTaskSuccess",
        "states:SendTaskHeartbeat",
    }
