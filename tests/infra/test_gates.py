"""Other people's judges over our template: cdk-nag, cfn-lint, an ASL validator."""

import json
import subprocess
from pathlib import Path

import aws_cdk as cdk
import cfnlint.api
import cfnlint.config
import pytest
from aws_cdk import aws_sqs as sqs
from cdk_nag import AwsSolutionsChecks

from infra.constructs.machines import MODES
from tests.infra.deployed import Deployed

ROOT = Path(__file__).parents[2]


def test_cdk_nag_has_passed_the_stack_and_would_not_pass_any(deployed: Deployed, tmp_path: Path) -> None:
    report = json.loads((deployed.folder / "validation-report.json").read_text())
    assert report["pluginReports"] == []
    app = cdk.App(outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    sqs.Queue(cdk.Stack(app, "Open"), "Queue")
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()


def test_cdk_nag_has_passed_the_stack_with_every_option(furnished: Deployed) -> None:
    report = json.loads((furnished.folder / "validation-report.json").read_text())
    assert report["pluginReports"] == []


@pytest.mark.parametrize("which", ["deployed", "furnished"])
def test_cfn_lint_finds_no_error(which: str, request: pytest.FixtureRequest) -> None:
    template = request.getfixturevalue(which).template_path.read_text()
    found = cfnlint.api.lint(template, regions=["us-east-1", "us-west-2"])
    assert [f"{match.rule.id} {match.message}" for match in found if match.rule.id.startswith("E")] == []


@pytest.mark.parametrize("machine", MODES)
def test_an_asl_validator_accepts_each_machine(machine: str, deployed: Deployed, tmp_path: Path) -> None:
    path = tmp_path / f"{machine}.json"
    path.write_text(json.dumps(deployed.definition(machine)))
    validator = ROOT / "node_modules" / ".bin" / "asl-validator"
    judged = subprocess.run([validator, "--json-path", path], capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_the_asl_validator_would_not_accept_just_anything(deployed: Deployed, tmp_path: Path) -> None:
    broken = json.loads(json.dumps(deployed.definition("MiniRun")))
    broken["States"]["NextAction"]["Next"] = "Nowhere"
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(broken))
    validator = ROOT / "node_modules" / ".bin" / "asl-validator"
    judged = subprocess.run([validator, "--json-path", path], capture_output=True, text=True, check=False)
    assert judged.returncode != 0
