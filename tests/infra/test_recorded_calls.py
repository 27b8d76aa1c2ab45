"""Each function's recorded calls are what its role allows, no more and no less; the CLI's likewise."""

from collections.abc import Mapping

import boto3
import pytest

from tests.aws.called_operations import called
from tests.contracts import moto_world
from tests.infra.deployed import EVERY_FUNCTION, Deployed, Resource
from tests.infra.played_terminal import OPERATOR
from tests.infra.recorded import USES, Call, Grant, Named, Recorder, differences
from tests.infra.recording import Recording
from tests.infra.test_permissions import CALLS
from tests.infra.test_reach import DOCTOR as DOCTOR_CALLS
from tests.infra.test_reach import OPERATOR as OPERATOR_CALLS

_DEAD_LETTER = "Lambda makes this call, as the function, when an event could not be handled."
_IN_PARTS = "Only a file above 8 MiB goes in parts, and only one that fails is taken back."

#: What is allowed although no call of ours was recorded.
ALLOWED_UNCALLED: Mapping[tuple[str, str], str] = {
    ("watch", "sqs:SendMessage"): _DEAD_LETTER,
    ("clean_up", "sqs:SendMessage"): _DEAD_LETTER,
    ("plan", "s3:AbortMultipartUpload"): _IN_PARTS,
    (OPERATOR, "s3:AbortMultipartUpload"): _IN_PARTS,
}
#: What is called although it is not allowed.
CALLED_UNALLOWED: Mapping[tuple[str, str], str] = {
    (OPERATOR, "bedrock:StopModelCustomizationJob"): "monitor --auto-stop stops any job of the account; that "
    "right is the person's own to bring (docs/cli.md), or every operator could stop what is not ours.",
}

MAY: Mapping[str, set[str]] = {**CALLS, OPERATOR: OPERATOR_CALLS | DOCTOR_CALLS}
COMPARED = [
    (holder, action)
    for holder, actions in MAY.items()
    for action in sorted(actions)
    if (holder, action) not in ALLOWED_UNCALLED
]


@pytest.fixture(scope="module")
def calls(recorded: Recording) -> set[Call]:
    """Every call of every story."""
    return set(recorded.calls)


def _calls_of(holder: str, calls: set[Call]) -> set[Call]:
    return {call for call in calls if call.caller == holder and (holder, call.action) not in CALLED_UNALLOWED}


def _all_grants(holder: str, deployed: Deployed) -> set[Grant]:
    return Named(deployed).grants(_statements(holder, deployed))


def _statements(holder: str, deployed: Deployed) -> list[Resource]:
    if holder != OPERATOR:
        return deployed.statements(holder)
    policies = deployed.resources("AWS::IAM::ManagedPolicy").values()
    assert len(policies) == 2
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def _grants(holder: str, deployed: Deployed) -> set[Grant]:
    """What is compared: what every function has, and what is excused, is left out."""
    return {
        grant
        for grant in _all_grants(holder, deployed)
        if grant.action not in EVERY_FUNCTION and (holder, grant.action) not in ALLOWED_UNCALLED
    }


def test_every_operation_of_the_adapters_has_its_actions_and_no_other_operation_has() -> None:
    assert {(model.service_model.service_name, model.name) for model in called()} == set(USES)


def test_an_operation_that_nobody_has_listed_is_named_and_disturbs_no_caller() -> None:
    recorder = Recorder("1")
    with moto_world.aws(), pytest.MonkeyPatch.context() as shell:
        recorder.install(shell)
        with recorder.by("watch"):
            boto3.Session().client("s3").list_buckets()
    assert (recorder.unlisted, recorder.calls) == ({("s3", "ListBuckets")}, set())


@pytest.mark.parametrize("holder", MAY)
def test_the_recorded_calls_are_what_is_allowed_both_ways(
    holder: str, deployed: Deployed, calls: set[Call]
) -> None:
    assert differences(_calls_of(holder, calls), _grants(holder, deployed)) == []


@pytest.mark.parametrize("holder", MAY)
def test_the_recorded_actions_are_those_that_are_listed(holder: str, calls: set[Call]) -> None:
    excused = {action for who, action in ALLOWED_UNCALLED if who == holder}
    assert {call.action for call in _calls_of(holder, calls)} == MAY[holder] - excused


@pytest.mark.parametrize(("holder", "action"), ALLOWED_UNCALLED)
def test_an_excused_right_is_there_and_was_not_used(
    holder: str, action: str, deployed: Deployed, calls: set[Call]
) -> None:
    assert action in {grant.action for grant in _all_grants(holder, deployed)}
    assert action not in {call.action for call in calls if call.caller == holder}


@pytest.mark.parametrize(("holder", "action"), CALLED_UNALLOWED)
def test_an_excused_call_was_made_and_is_not_allowed(
    holder: str, action: str, deployed: Deployed, calls: set[Call]
) -> None:
    assert action not in {grant.action for grant in _all_grants(holder, deployed)}
    assert action in {call.action for call in calls if call.caller == holder}


@pytest.mark.parametrize(("holder", "action"), COMPARED)
def test_an_action_taken_away_is_named(
    holder: str, action: str, deployed: Deployed, calls: set[Call]
) -> None:
    left = {grant for grant in _grants(holder, deployed) if grant.action != action}
    found = differences(_calls_of(holder, calls), left)
    assert found
    assert all(line.startswith(f"too narrow: {action} on ") for line in found)


@pytest.mark.parametrize("holder", MAY)
def test_an_action_too_many_is_named(holder: str, deployed: Deployed, calls: set[Call]) -> None:
    more = _grants(holder, deployed) | {Grant("s3:DeleteObject", "*")}
    found = differences(_calls_of(holder, calls), more)
    assert found == ["too wide: s3:DeleteObject on * is never called"]


@pytest.mark.parametrize("holder", MAY)
def test_every_single_resource_taken_away_is_named(holder: str, deployed: Deployed, calls: set[Call]) -> None:
    grants, made = _grants(holder, deployed), _calls_of(holder, calls)
    for grant in grants:
        assert any(f" {grant.action} on " in line for line in differences(made, grants - {grant})), grant


def test_a_resource_too_many_is_named() -> None:
    made = {Call("plan", "s3:GetObject", "arn:aws:s3:::ours/uploads/a")}
    grants = {Grant("s3:GetObject", f"arn:aws:s3:::ours/{prefix}/*") for prefix in ("uploads", "runs")}
    assert differences(made, grants) == ["too wide: s3:GetObject on arn:aws:s3:::ours/runs/* is never called"]


@pytest.mark.parametrize(
    ("pattern", "resource", "covered"),
    [
        ("*", "arn:aws:s3:::ours", True),
        ("*", "*", True),
        ("arn:aws:s3:::ours/*", "*", False),
        ("arn:aws:s3:::ours", "arn:aws:s3:::ours/a", False),
        ("arn:aws:s3:::ours/*.csv", "arn:aws:s3:::ours/a/b.csv", True),
        ("arn:aws:s3:::ours/*.csv", "arn:aws:s3:::ours/a/bacsv", False),
        ("arn:aws:s3:::ours/a?c", "arn:aws:s3:::ours/abc", True),
        ("arn:aws:s3:::ours/a?c", "arn:aws:s3:::ours/ac", False),
    ],
)
def test_a_pattern_is_read_as_iam_reads_it(pattern: str, resource: str, covered: bool) -> None:
    assert Grant("s3:GetObject", pattern).covers(Call("plan", "s3:GetObject", resource)) is covered
    assert not Grant("s3:PutObject", pattern).covers(Call("plan", "s3:GetObject", resource))
