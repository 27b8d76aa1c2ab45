"""The stack as a whole: outputs, limits, names."""

import json

import pytest

from finetune_guard import __version__
from finetune_guard.core.decisions import AutoStop
from finetune_guard.core.doctoring.deployment import RUNTIME
from finetune_guard.core.doctoring.watching import ticks
from infra.constructs.guard_function import NAMESPACE
from infra.constructs.outputs import AUTO_STOP
from infra.layer_build import LayerPackages
from infra.settings import OptionsError, read_options
from tests.infra.conftest import synthesise
from tests.infra.deployed import Deployed, text_of


def test_the_outputs_are_those_that_others_build_on(deployed: Deployed) -> None:
    assert set(deployed.template["Outputs"]) == {
        "MiniRunArn",
        "FullRunArn",
        "RehearseThenRunArn",
        "MiniRunConsole",
        "FullRunConsole",
        "RehearseThenRunConsole",
        "DashboardConsole",
        "AutoStopDefault",
        "EmailConfirmationsAsked",
        "TableName",
        "BucketName",
        "BucketNames",
        "AlertTopicArn",
        "OpsTopicArn",
        "WatchFunctionName",
        "BedrockRoleArn",
        "BedrockRoleArns",
        "OperatorPolicyArn",
        "DoctorPolicyArn",
        "Removal",
        "Version",
    }


def test_a_console_link_leads_to_its_machine(deployed: Deployed) -> None:
    link = text_of(deployed.template["Outputs"]["MiniRunConsole"]["Value"])
    arn = text_of(deployed.template["Outputs"]["MiniRunArn"]["Value"])
    assert link.startswith("https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/")
    assert link.endswith(f"/statemachines/view/{arn}")


@pytest.mark.fault(69)
def test_the_deployer_is_told_how_many_confirmations_were_asked_for(
    deployed: Deployed, furnished: Deployed
) -> None:
    assert furnished.template["Outputs"]["EmailConfirmationsAsked"]["Value"] == "3"
    nobody = deployed.template["Outputs"]["EmailConfirmationsAsked"]
    assert nobody["Value"] == "0"
    assert "NOBODY" in nobody["Description"]


def test_the_auto_stop_mode_that_is_told_is_one_that_there_is() -> None:
    assert AutoStop(AUTO_STOP) is AutoStop.SHADOW


def test_the_template_fits_into_cloudformation(furnished: Deployed) -> None:
    """1 MB, 500 resources, 200 outputs (CloudFormation quotas)."""
    assert furnished.template_path.stat().st_size < 1_000_000
    assert len(furnished.template["Resources"]) < 500
    assert len(furnished.template["Outputs"]) < 200


def test_two_stacks_in_one_account_share_no_name_and_no_tag(
    packages: LayerPackages, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = synthesise({"stackName": "GuardDev"}, packages, tmp_path_factory.mktemp("other"))
    text = json.dumps(other.template)
    assert "GuardDev" in text
    assert '"aws:RequestTag/finetune-guard:stack": "GuardDev"' in text
    assert "/aws/vendedlogs/states/GuardDev/MiniRun" in text
    assert '"finetune-guard:stack": "FinetuneGuard"' not in text


def test_a_synthesis_needs_no_account(deployed: Deployed) -> None:
    manifest = json.loads((deployed.folder / "manifest.json").read_text())
    assert manifest["artifacts"]["FinetuneGuard"]["environment"] == "aws://unknown-account/unknown-region"


def test_a_wrong_option_stops_the_deployment_before_anything_is_made() -> None:
    with pytest.raises(OptionsError):
        read_options({"stackName": "no spaces please"})


def test_the_stack_tells_the_version_of_the_package_and_what_becomes_of_its_storage(
    deployed: Deployed, furnished: Deployed
) -> None:
    assert deployed.template["Outputs"]["Version"]["Value"] == __version__
    told = [stack.template["Outputs"]["Removal"]["Value"] for stack in (deployed, furnished)]
    assert told == ["retain", "destroy"]


def test_the_doctor_expects_the_runtime_and_looks_for_the_metric_that_are_deployed(
    deployed: Deployed,
) -> None:
    assert {function["Runtime"] for function in deployed.functions().values()} == {RUNTIME}
    assert ticks("FinetuneGuard").namespace == NAMESPACE
