"""Accounts that ask for more: a boundary on every role, a bootstrap stack of its own, another partition."""

import json
import re
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import custom_resources

from infra.layer_build import LayerPackages
from infra.permissions import bound
from infra.settings import OptionsError, read_options
from tests.infra.conftest import synthesise
from tests.infra.deployed import ACCOUNT, Deployed, text_of

BOUNDARY = "arn:aws:iam::111122223333:policy/team/Boundary"


def _bounds(template: dict[str, dict[str, dict[str, object]]]) -> dict[str, str]:
    """Role → the boundary that it has."""
    roles = {n: r for n, r in template["Resources"].items() if r["Type"] == "AWS::IAM::Role"}
    return {name: _bound(role["Properties"]) for name, role in roles.items()}


def _bound(properties: object) -> str:
    assert isinstance(properties, dict)
    return text_of(properties.get("PermissionsBoundary", ""))


@pytest.fixture(scope="module")
def bounded(packages: LayerPackages, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    options = {"permissionsBoundary": BOUNDARY, "qualifier": "team1"}
    return synthesise(options, packages, tmp_path_factory.mktemp("bounded"))


def test_no_role_is_left_without_the_boundary(bounded: Deployed) -> None:
    bounds = _bounds(dict(bounded.template))
    assert len(bounds) >= 14
    assert set(bounds.values()) == {BOUNDARY}


def test_without_the_option_no_role_has_one(deployed: Deployed) -> None:
    assert set(_bounds(dict(deployed.template)).values()) == {""}


def test_a_role_that_the_cdk_makes_on_its_own_is_bounded_too(tmp_path: Path) -> None:
    """The role of its provider of custom resources is written without the CDK's own class of roles."""
    app = cdk.App(outdir=str(tmp_path), builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Other")
    custom_resources.AwsCustomResource(
        stack,
        "Call",
        on_create=custom_resources.AwsSdkCall(
            service="S3",
            action="listBuckets",
            physical_resource_id=custom_resources.PhysicalResourceId.of("1"),
        ),
        policy=custom_resources.AwsCustomResourcePolicy.from_sdk_calls(resources=["*"]),
    )
    cdk.CustomResourceProvider.get_or_create(
        stack,
        "Custom::Any",
        code_directory=_code(tmp_path),
        runtime=cdk.CustomResourceProviderRuntime.NODEJS_22_X,
    )
    bound(stack, BOUNDARY)
    app.synth()
    bounds = _bounds(json.loads((tmp_path / "Other.template.json").read_text()))
    assert len(bounds) == 2
    assert set(bounds.values()) == {BOUNDARY}


def _code(tmp_path: Path) -> str:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "index.js").write_text("exports.handler = async () => ({});\n")
    return str(folder)


def test_a_role_that_comes_after_and_was_forgotten_would_be_seen(bounded: Deployed) -> None:
    broken = json.loads(json.dumps(bounded.template))
    role = next(r for r in broken["Resources"].values() if r["Type"] == "AWS::IAM::Role")
    del role["Properties"]["PermissionsBoundary"]
    assert "" in _bounds(broken).values()


def test_a_boundary_by_its_name_is_one_of_the_account(
    packages: LayerPackages, tmp_path_factory: pytest.TempPathFactory
) -> None:
    named = synthesise({"permissionsBoundary": "Boundary"}, packages, tmp_path_factory.mktemp("named"))
    assert set(_bounds(dict(named.template)).values()) == {f"arn:aws:iam::{ACCOUNT}:policy/Boundary"}


def test_assets_and_roles_of_the_deployment_are_those_of_the_named_bootstrap(bounded: Deployed) -> None:
    manifest = json.loads((bounded.folder / "manifest.json").read_text())
    stack = manifest["artifacts"]["FinetuneGuard"]["properties"]
    assert stack["bootstrapStackVersionSsmParameter"] == "/cdk-bootstrap/team1/version"
    assert "cdk-team1-deploy-role" in stack["assumeRoleArn"]
    assets = (bounded.folder / "FinetuneGuard.assets.json").read_text()
    assert "cdk-team1-assets-" in assets
    assert "hnb659fds" not in assets + json.dumps(manifest) + json.dumps(bounded.template)


def test_the_default_bootstrap_is_the_one_of_the_cdk(deployed: Deployed) -> None:
    assert "cdk-hnb659fds-assets-" in (deployed.folder / "FinetuneGuard.assets.json").read_text()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("permissionsBoundary", "arn:aws:iam::111122223333:role/Boundary"),
        ("permissionsBoundary", "two words"),
        ("permissionsBoundary", "x" * 129),
        ("qualifier", "elevenchars"),
        ("qualifier", "a b"),
    ],
)
def test_what_iam_or_the_cdk_would_refuse_is_refused_at_synthesis(option: str, value: str) -> None:
    with pytest.raises(OptionsError, match=option):
        read_options({option: value})


def _foreign(template: object) -> set[str]:
    """ARNs and domains that are of one partition only, but for service principals, which are of all."""
    text = json.dumps(template)
    found = set(re.findall(r"arn:aws(?:-[a-z-]+)?:[a-z0-9-]+", text))
    return found | set(re.findall(r"[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?(?=/)", text))


def test_no_arn_of_the_template_is_of_one_partition(deployed: Deployed, bounded: Deployed) -> None:
    assert _foreign(deployed.template) == set()
    assert _foreign(bounded.template) == {"arn:aws:iam"}, "the boundary's own"


def test_an_arn_of_one_partition_would_be_seen() -> None:
    assert _foreign({"Resource": "arn:aws:s3:::mine"}) == {"arn:aws:s3"}


def test_a_role_has_neither_name_nor_path_so_that_rules_about_them_are_the_boundarys(
    deployed: Deployed,
) -> None:
    roles = deployed.resources("AWS::IAM::Role").values()
    assert [role for role in roles if "RoleName" in role or "Path" in role] == []
