from dataclasses import replace

import pytest

from finetune_guard.core.access.places import Answer, BucketFacts
from finetune_guard.core.access.rights import Right, Ruling
from finetune_guard.core.access.trust import judge_trust
from finetune_guard.core.doctoring.checks import State
from finetune_guard.core.doctoring.deployment import (
    RUNTIME,
    judge_functions,
    judge_place,
    judge_rights,
    judge_stack,
    judge_version,
)
from finetune_guard.core.doctoring.facts import FunctionFacts, StackFacts

ARN = "arn:aws:cloudformation:us-west-2:111122223333:stack/FinetuneGuard/1"
STACK = StackFacts(ARN, "UPDATE_COMPLETE", {}, ())
LAYERS = ("arn:layer:guard:2", "arn:layer:numeric:1")
WELL = FunctionFacts("Active", "Successful", RUNTIME, LAYERS)
LISTING = Right("", "", "s3:ListBucket", "arn:aws:s3:::own")
WRITING = Right("", "", "s3:PutObject", "arn:aws:s3:::data/x")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("CREATE_COMPLETE", State.OK),
        ("UPDATE_COMPLETE", State.OK),
        ("UPDATE_ROLLBACK_COMPLETE", State.WARNING),
        ("UPDATE_IN_PROGRESS", State.WARNING),
        ("UPDATE_ROLLBACK_IN_PROGRESS", State.WARNING),
        ("ROLLBACK_COMPLETE", State.BROKEN),
        ("UPDATE_ROLLBACK_FAILED", State.BROKEN),
        ("DELETE_FAILED", State.BROKEN),
        ("DELETE_COMPLETE", State.BROKEN),
    ],
)
def test_a_stack_is_well_only_where_its_last_deployment_came_to_its_end(status: str, state: State) -> None:
    check = judge_stack(replace(STACK, status=status, reason="Because."))
    assert check.state is state
    assert check.seen.endswith("Because.")
    assert (check.advice == "") is (state is State.OK)


def test_the_versions_of_stack_and_command_must_be_one() -> None:
    assert judge_version("1.0", {"Version": "1.0"}).state is State.OK
    assert judge_version("1.0", {}).state is State.WARNING
    other = judge_version("1.0", {"Version": "0.9"})
    assert other.state is State.BROKEN
    assert "0.9" in other.advice and "cdk deploy" in other.advice


@pytest.mark.parametrize(
    ("facts", "state", "told"),
    [
        (WELL, State.OK, "1 functions"),
        (replace(WELL, state="Inactive"), State.OK, "1 functions"),
        (None, State.BROKEN, "Not there: Watch"),
        (replace(WELL, state="Failed", reason="no key"), State.BROKEN, "Watch (Failed, last update"),
        (replace(WELL, last_update="Failed"), State.BROKEN, "last update Failed"),
        (replace(WELL, last_update="InProgress"), State.WARNING, "Being updated: Watch"),
        (replace(WELL, state="Pending", layers=()), State.WARNING, "Being updated: Watch"),
        (replace(WELL, runtime="python3.9"), State.BROKEN, "by hand"),
        (replace(WELL, layers=LAYERS[:1]), State.BROKEN, "by hand"),
        (replace(WELL, layers=("arn:layer:guard:1", LAYERS[1])), State.BROKEN, "by hand"),
    ],
)
def test_a_function_must_be_there_awake_and_as_it_was_deployed(
    facts: FunctionFacts | None, state: State, told: str
) -> None:
    check = judge_functions({"Watch": facts}, LAYERS)
    assert check.state is state
    assert told in check.seen
    assert (check.advice == "") is (state is State.OK)


def test_the_order_of_layers_does_not_matter_and_no_function_at_all_is_broken() -> None:
    assert judge_functions({"Watch": WELL}, LAYERS[::-1]).state is State.OK
    assert judge_functions({}, LAYERS).state is State.BROKEN


def test_of_many_that_are_ill_three_are_named_and_the_rest_counted() -> None:
    check = judge_functions(dict.fromkeys("abcde"), LAYERS)
    assert check.seen == "Not there: a, b, c and 2 more."


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (BucketFacts("own", Answer.OPEN, "us-west-2", ours=True), State.OK),
        (BucketFacts("own", Answer.ABSENT), State.BROKEN),
        (BucketFacts("own", Answer.OPEN, "us-east-1", ours=True), State.BROKEN),
        (BucketFacts("own", Answer.OPEN, "us-west-2", ours=False), State.BROKEN),
        (BucketFacts("own", Answer.FORBIDDEN, "us-west-2"), State.WARNING),
    ],
)
def test_a_bucket_must_be_there_in_the_region_of_the_account_and_open(
    found: BucketFacts, state: State
) -> None:
    check = judge_place(found, STACK)
    assert (check.check, check.state) == ("bucket own", state)


def test_a_role_that_may_all_is_well_and_one_that_bedrock_may_not_use_is_broken() -> None:
    assert judge_rights("", (), [Ruling(LISTING, "allowed")], "own").state is State.OK
    distrust = judge_trust("arn:aws:iam::1:role/r", '{"Statement": []}', "us-west-2", "1")
    check = judge_rights("", distrust, [Ruling(LISTING, "allowed")], "own")
    assert (check.check, check.state) == ("Bedrock role", State.BROKEN)
    assert "does not trust" in check.seen


@pytest.mark.parametrize(
    ("right", "decision", "own", "state"),
    [
        (LISTING, "implicitDeny", "own", State.BROKEN),
        (LISTING, "implicitDeny", None, State.WARNING),
        (WRITING, "implicitDeny", "own", State.WARNING),
        (WRITING, "explicitDeny", None, State.BROKEN),
    ],
)
def test_a_right_that_nothing_else_could_give_must_be_the_roles_own(
    right: Right, decision: str, own: str | None, state: State
) -> None:
    check = judge_rights("other", (), [Ruling(right, decision)], own)
    assert (check.check, check.state) == ("Bedrock role other", state)
    assert right.action in check.seen


def test_a_ruling_that_hangs_on_what_nobody_knows_is_no_fault() -> None:
    ruling = Ruling(LISTING, "implicitDeny", ("aws:PrincipalTag/team",))
    assert judge_rights("", (), [ruling], "own").state is State.OK
