import pytest

from finetune_guard.core.doctoring.account import judge_caller, judge_models, judge_region, judge_room
from finetune_guard.core.doctoring.checks import State
from finetune_guard.core.doctoring.facts import Caller
from finetune_guard.core.observations import FoundationModel
from tests.builders import BASE

ADA = Caller("111122223333", "arn:aws:iam::111122223333:user/ada")


def models(*ids: str) -> tuple[FoundationModel, ...]:
    return tuple(FoundationModel(name, ("FINE_TUNING",), "ACTIVE") for name in ids)


@pytest.mark.parametrize("owner", ["111122223333", None])
def test_a_caller_of_the_stacks_account_or_of_no_known_one_is_named(owner: str | None) -> None:
    check = judge_caller(ADA, owner)
    assert (check.state, check.advice) == (State.OK, "")
    assert "user/ada" in check.seen


def test_a_caller_of_another_account_is_told_which_to_sign_in_to() -> None:
    check = judge_caller(ADA, "999988887777")
    assert check.state is State.BROKEN
    assert check.advice == "Sign in to the account 999988887777."


@pytest.mark.parametrize(
    ("region", "state"), [("us-west-2", State.OK), ("eu-north-1", State.WARNING), ("", State.BROKEN)]
)
def test_a_region_is_one_in_which_a_known_base_can_be_fine_tuned(region: str, state: State) -> None:
    check = judge_region(region)
    assert check.state is state
    assert (check.advice == "") is (state is State.OK)


def test_where_nothing_can_be_fine_tuned_the_stack_is_in_the_wrong_place() -> None:
    assert judge_models((), None).state is State.BROKEN
    assert judge_models(models(BASE), None).seen.startswith("1 base models can")


@pytest.mark.parametrize("listed", [BASE, BASE.rpartition(":")[0]])
def test_a_base_that_is_asked_about_is_found_by_any_of_its_names(listed: str) -> None:
    assert judge_models(models("amazon.other", listed), "llama-3.1-8b").state is State.OK


@pytest.mark.parametrize("wanted", ["amazon.nova-micro-v1:0:128k", "nobody.knows"])
def test_a_base_that_is_not_listed_is_broken_and_those_that_are_listed_are_offered(wanted: str) -> None:
    check = judge_models(models(BASE), wanted)
    assert check.state is State.BROKEN
    assert wanted in check.seen
    assert BASE in check.advice


@pytest.mark.parametrize(
    ("running", "quota", "state"),
    [
        (0, 1, State.OK),
        (1, 1, State.WARNING),
        (1, None, State.OK),
        (2, None, State.WARNING),
        (0, 0, State.WARNING),
    ],
)
def test_room_is_left_while_fewer_jobs_run_than_may(running: int, quota: int | None, state: State) -> None:
    check = judge_room(running, quota)
    assert check.state is state
    assert ("are usual" in check.seen) is (quota is None)
