"""What AWS's own services do for the stack is what they may: machines, clocks, events, topics, Bedrock."""

from collections.abc import Iterator

import pytest

from tests.infra.deployed import Deployed, Resource, text_of
from tests.infra.recorded import Call, Grant, Named, differences
from tests.infra.services import Visit, bedrock_calls, invitations, role_of, service_calls, visits

#: Everybody who acts with a role: name, calls, what the role allows.
Held = list[tuple[str, set[Call], set[Grant]]]

BUCKETS = ("training-data", "more-data")
KEYS = ("arn:aws:kms:us-east-1:111122223333:key/0f3a",)


def _kinds(deployed: Deployed) -> Iterator[tuple[str, set[Call], object]]:
    """Who acts with a role of ours: name, calls, role."""
    for name, calls in service_calls(deployed).items():
        yield name, calls, role_of(deployed, name)


def _bedrock_role(deployed: Deployed) -> Resource:
    [name] = [name for name in deployed.resources("AWS::IAM::Role") if name.startswith("BedrockRole")]
    return {"Ref": name}


def _held(deployed: Deployed, which: str) -> Held:
    """Every service that acts with a role: its calls and what the role allows."""
    named = Named(deployed)
    buckets, keys = (BUCKETS, KEYS) if which == "furnished" else ((), ())
    everybody = [
        *_kinds(deployed),
        ("bedrock", bedrock_calls(deployed, buckets, keys), _bedrock_role(deployed)),
    ]
    return [(n, calls, named.grants(deployed.role_statements(role))) for n, calls, role in everybody]


@pytest.fixture(params=["deployed", "furnished"])
def held(request: pytest.FixtureRequest) -> Held:
    return _held(request.getfixturevalue(request.param), request.param)


def test_three_machines_two_clocks_and_bedrock_act_with_a_role(held: Held) -> None:
    assert len(held) == 6
    assert all(calls for _, calls, _ in held)


def test_what_a_service_calls_is_what_its_role_allows_both_ways(held: Held) -> None:
    assert {name: differences(calls, grants) for name, calls, grants in held if calls} == {
        name: [] for name, _, _ in held
    }


def test_every_single_right_of_a_service_that_is_taken_away_is_named(held: Held) -> None:
    tried = 0
    for name, calls, grants in held:
        for grant in grants:
            found = differences(calls, grants - {grant})
            assert any(f"too narrow: {grant.action} on " in line for line in found), (name, grant)
            tried += 1
    assert tried > 60


def test_a_right_too_many_of_a_service_is_named(held: Held) -> None:
    for name, calls, grants in held:
        more = {*grants, Grant("s3:DeleteObject", "arn:aws:s3:::*")}
        assert differences(calls, more) == ["too wide: s3:DeleteObject on arn:aws:s3:::* is never called"], (
            name
        )


@pytest.mark.parametrize("which", ["deployed", "furnished"])
def test_whoever_comes_in_a_name_of_its_own_is_let_in_and_nobody_else(
    which: str, request: pytest.FixtureRequest
) -> None:
    stack = request.getfixturevalue(which)
    assert visits(stack) == invitations(stack)
    assert len(visits(stack)) >= 8


def test_each_invitation_that_is_taken_away_would_be_missed(furnished: Deployed) -> None:
    """Each is asked for by exactly one rule, subscription, alarm or log, so none is there for another."""
    asked, invited = visits(furnished), invitations(furnished)
    assert all(asked - (invited - {one}) == {one} for one in invited)
    assert {one.service for one in invited} == {"events", "sns", "cloudwatch", "logging.s3"}


def test_an_invitation_for_another_rule_is_not_the_one_that_is_asked_for(deployed: Deployed) -> None:
    [one, *_] = sorted(invitations(deployed))
    other = one._replace(on_behalf_of="<Other.Arn>")
    assert visits(deployed) - {other} == visits(deployed)
    assert isinstance(other, Visit)


#: Kind of resource → the service that acts with its role.
ACTS: dict[str, str] = {
    "AWS::Lambda::Function": "lambda.amazonaws.com",
    "AWS::StepFunctions::StateMachine": "states.amazonaws.com",
    "AWS::Scheduler::Schedule": "scheduler.amazonaws.com",
}


def _trusted(deployed: Deployed, role: object) -> str:
    assert isinstance(role, dict)
    name = text_of(role).strip("<>").removesuffix(".Arn")
    [trust] = deployed.resources("AWS::IAM::Role")[name]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Action"] == "sts:AssumeRole"
    return str(trust["Principal"]["Service"])


def test_each_role_is_trusted_to_the_service_that_acts_with_it(deployed: Deployed) -> None:
    used = {"bedrock.amazonaws.com": [_bedrock_role(deployed)]}
    for kind, service in ACTS.items():
        roles = [
            r.get("Role") or r.get("RoleArn") or r["Target"]["RoleArn"]
            for r in deployed.resources(kind).values()
        ]
        used[service] = roles
    assert sum(len(roles) for roles in used.values()) == len(deployed.resources("AWS::IAM::Role"))
    for service, roles in used.items():
        assert {_trusted(deployed, role) for role in roles} == {service}


def test_a_role_that_is_shared_out_to_others_is_bound_to_the_account(deployed: Deployed) -> None:
    """Lambda's own trust has no account to name: the service assumes a role only for its own function."""
    free = [
        name
        for name, role in deployed.resources("AWS::IAM::Role").items()
        for trust in role["AssumeRolePolicyDocument"]["Statement"]
        if trust["Principal"]["Service"] != "lambda.amazonaws.com"
        and trust.get("Condition", {}).get("StringEquals", {}).get("aws:SourceAccount")
        != {"Ref": "AWS::AccountId"}
    ]
    assert free == []
