"""One synthesis for all of tests/infra, with cdk-nag and empty layers, since a template needs no wheel."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
import pytest
from cdk_nag import AwsSolutionsChecks

from infra.layer_build import LayerPackage, LayerPackages
from infra.settings import committed_context, read_options
from infra.stack import GuardStack
from tests.infra.deployed import Deployed
from tests.infra.recording import Recording, recording
from tests.infra.topics import told


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was looked at; only where these checks were asked for by their folder (`make aws-check`)."""
    stats = terminalreporter.stats
    reports = [report for kind in ("passed", "failed", "error", "skipped") for report in stats.get(kind, ())]
    terminalreporter.section("what an AWS account would refuse, or what would fail only there")
    for line in told(reports):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> LayerPackages:
    """Layers with nothing in them."""
    return empty_layers(tmp_path_factory.mktemp("layers"))


@pytest.fixture(scope="session")
def deployed(packages: LayerPackages, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """The stack as `cdk deploy` makes it without options; cdk-nag has passed it."""
    return synthesise({}, packages, tmp_path_factory.mktemp("cdk.out"))


@pytest.fixture(scope="session")
def furnished(packages: LayerPackages, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """The stack of a deployer who uses every option; cdk-nag has passed it."""
    options: Mapping[str, object] = {
        "alertEmails": ["ml@example.com", "lead@example.com"],
        "opsEmails": "ops@example.com",
        "dataBuckets": "training-data,more-data",
        "dataKeys": "arn:aws:kms:us-east-1:111122223333:key/0f3a",
        "bedrockRoleArns": "arn:aws:iam::111122223333:role/OtherBedrockRole",
        "bedrockEventSources": "finetune-guard.local",
        "logDays": "90",
        "waitTimeoutMinutes": "90",
        "heartbeatMinutes": "60",
        "quotaWaitSeconds": "5",
        "stopsPerHour": "10",
        "mailsPerHour": "60",
        "removal": "destroy",
        "pointInTimeRecovery": "false",
    }
    return synthesise(options, packages, tmp_path_factory.mktemp("cdk.out"))


@pytest.fixture(scope="session")
def recorded(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> Recording:
    """Every call of every story on the stack without options."""
    return recording(deployed, tmp_path_factory, testrun_uid)


def synthesise(options: Mapping[str, object], packages: LayerPackages, folder: Path) -> Deployed:
    """Synthesises as app.py does."""
    context = {**committed_context(), **options}
    app = cdk.App(context=context, outdir=str(folder), builtin_cloud_formation_validation=False)
    stack = GuardStack(app, read_options(app.node.get_all_context()), packages)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()
    template = json.loads((folder / f"{stack.stack_name}.template.json").read_text())
    return Deployed(stack, template, folder)


def empty_layers(place: Path) -> LayerPackages:
    """Layers with nothing in them, in a folder."""
    return LayerPackages(*(_empty(place, name) for name in ("guard", "numeric", "runtime")))


def _empty(place: Path, name: str) -> LayerPackage:
    archive = place / f"{name}.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("python/.keep", "")
    return LayerPackage(name, f"{name}0", place, archive)
