"""The contract of RolePolicies, on the fake and on IAM by moto, whose missing simulator is filled in here."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.responses import IamResponse

from finetune_guard.aws.iam_policies import IamPolicies
from finetune_guard.core.access.rights import Right
from finetune_guard.core.errors import NotFoundError
from finetune_guard.ports import RolePolicies
from tests.fakes.access import FakeRolePolicies

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
ROLE = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/jobs/own"
READ = Right("training_data_path", "s3://data/t.jsonl", "s3:GetObject", "arn:aws:s3:::data/t.jsonl")
WRITE = Right("output_data_path", "s3://data/out/", "s3:PutObject", "arn:aws:s3:::data/out/x.csv")
CONTEXT = {"s3:ResourceAccount": DEFAULT_ACCOUNT_ID}


@dataclass
class Place:
    """Roles, of which ROLE may read and not write; nothing is known of the tag of a team."""

    roles: RolePolicies


def _fake(_: pytest.FixtureRequest) -> Place:
    roles = FakeRolePolicies()
    roles.put(ROLE, TRUST)
    roles.decisions["s3:PutObject"] = "implicitDeny"
    roles.unknown = ("aws:PrincipalTag/team",)
    return Place(roles)


def _iam(request: pytest.FixtureRequest) -> Place:
    clients = request.getfixturevalue("clients")
    clients.iam.create_role(RoleName="own", Path="/jobs/", AssumeRolePolicyDocument=json.dumps(TRUST))
    shell = request.getfixturevalue("monkeypatch")
    shell.setattr(IamResponse, "simulate_principal_policy", _simulated, raising=False)
    return Place(IamPolicies(clients.iam))


def _simulated(asked: IamResponse) -> str:
    """What IAM answers, in the shape of its API reference; a role that is not there raises."""
    asked.backend.get_role_by_arn(asked._get_param("PolicySourceArn"))
    reads = "s3:GetObject" in str(asked._get_param("ActionNames"))
    return (
        "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults><member>"
        f"<EvalDecision>{'allowed' if reads else 'implicitDeny'}</EvalDecision>"
        "<MissingContextValues><member>aws:PrincipalTag/team</member></MissingContextValues>"
        "</member></EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
    )


WORLDS: dict[str, Callable[[pytest.FixtureRequest], Place]] = {"fake": _fake, "iam": _iam}


@pytest.fixture(params=WORLDS)
def roles(request: pytest.FixtureRequest) -> RolePolicies:
    return WORLDS[request.param](request).roles


def test_a_role_tells_whom_it_trusts(roles: RolePolicies) -> None:
    assert json.loads(roles.trust(ROLE)) == TRUST


@pytest.mark.fault(57)
def test_each_right_has_its_ruling_with_what_it_hangs_on(roles: RolePolicies) -> None:
    rulings = roles.rulings(ROLE, (READ, WRITE), CONTEXT)
    assert [(ruling.right, ruling.decision) for ruling in rulings] == [
        (READ, "allowed"),
        (WRITE, "implicitDeny"),
    ]
    assert rulings[0].unknown == ("aws:PrincipalTag/team",)


def test_an_absent_role_is_not_found(roles: RolePolicies) -> None:
    absent = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/none"
    with pytest.raises(NotFoundError, match="none"):
        roles.trust(absent)
    with pytest.raises(NotFoundError, match="none"):
        roles.rulings(absent, (READ,), CONTEXT)
