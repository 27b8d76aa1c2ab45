"""Every question is asked of the fakes; what is broken is named, and keeps no other from being answered."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from finetune_guard.cli.target import Target
from finetune_guard.core.access.places import Answer
from finetune_guard.core.alerts import AlertState
from finetune_guard.core.breaker import Breaker
from finetune_guard.core.doctoring.checks import Check, Examination, State
from finetune_guard.core.doctoring.facts import Caller
from finetune_guard.core.doctoring.telling import PATIENCE, TESTED
from finetune_guard.core.errors import (
    AccessRefusedError,
    NotFoundError,
    NotSignedInError,
    ServiceUnavailableError,
)
from finetune_guard.core.observations import Control
from finetune_guard.core.runs import Run
from finetune_guard.usecases.doctor import examine
from finetune_guard.usecases.doctor_patient import Wishes
from tests import builders
from tests.cli.session import FakeSession
from tests.cli.waiting import nothing
from tests.fakes.health import ACCOUNT, ALERTS, REGION, ROLE, STACK, VERSION, WATCH
from tests.fakes.seam import Faults
from tests.fakes.store import Row, key_of
from tests.fakes.world import World

TRUST = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
}
SILENT = Wishes(VERSION, test_alert=False)


@pytest.fixture
def world() -> World:
    """A stack in which all is well; its last tick was a minute ago."""
    made = World()
    made.roles.put(ROLE, TRUST)
    made.telemetry.counted["Ticks"] = [made.clock.now() - timedelta(minutes=1)]
    return made


def examined(world: World, wishes: Wishes = SILENT, steps: int = 0, **target: str) -> Examination:
    """What the doctor says; each step is a wait in which the watch ticks."""
    session = FakeSession(world, [lambda: published(world)] * steps)
    return examine(session(Target(target.get("stack", STACK), REGION)), wishes)


def published(world: World) -> None:
    """What a tick of the watch does about what is to be sent."""
    now = world.clock.now()
    for alert in world.store.pending_alerts():
        world.store.claim_alert(alert, now, now + timedelta(minutes=2))
        world.store.mark_sent(alert, world.alerts.publish(alert), now)


def answer(examination: Examination, name: str) -> Check:
    [check] = [check for check in examination.checks if check.check == name]
    return check


def states(examination: Examination) -> dict[State, list[str]]:
    return {
        state: [check.check for check in examination.checks if check.state is state]
        for state in State
        if examination.count(state)
    }


def test_a_stack_that_is_well_is_found_well_and_nothing_is_written(world: World) -> None:
    found = examined(world)
    assert states(found) == {
        State.OK: [check.check for check in found.checks if check.check != "test alert"],
        State.NOT_CHECKED: ["test alert"],
    }
    assert len(found.checks) == 20
    assert found.ok
    writes = [call for call in world.seam.calls if ".add" in call or ".save" in call or ".publish" in call]
    assert writes == []


def test_a_test_alert_goes_the_way_of_every_alert_and_shows_that_the_watch_ticks(world: World) -> None:
    found = examined(world, Wishes(VERSION), steps=1)
    [sent] = world.store.alerts(TESTED)
    assert sent.state is AlertState.SENT
    assert [alert.alert_id for alert in world.alerts.published] == [sent.alert_id]
    assert answer(found, "test alert").state is State.OK
    assert "by the test alert" in answer(found, "ticks").seen


@pytest.mark.fault(85)
def test_an_alert_that_the_watch_does_not_publish_in_time_is_broken_and_stays_to_be_sent(
    world: World,
) -> None:
    session = FakeSession(world, [nothing] * 100)
    found = examine(session(Target(STACK, REGION)), Wishes(VERSION))
    assert answer(found, "test alert").state is State.BROKEN
    assert sum(session.waiter().waits) == PATIENCE
    assert len(world.store.pending_alerts()) == 1
    assert "by the metric" in answer(found, "ticks").seen


@pytest.mark.parametrize("deployed", ["0.9", ""])
def test_no_record_is_written_for_a_watch_of_another_version_which_might_not_read_it(
    world: World, deployed: str
) -> None:
    world.stacks.tell(Version=deployed)
    found = examined(world, Wishes(VERSION))
    assert answer(found, "test alert").state is State.NOT_CHECKED
    assert world.store.alerts(TESTED) == ()
    assert answer(found, "version").state is (State.BROKEN if deployed else State.WARNING)


BROKEN: dict[str, Callable[[World], object]] = {
    "stack": lambda world: world.stacks.change(status="UPDATE_ROLLBACK_FAILED"),
    "functions": lambda world: world.functions.deployed.pop(WATCH),
    "Bedrock role": lambda world: world.roles.trusts.clear(),
    "bucket guard-data": lambda world: world.buckets.put("guard-data", Answer.ABSENT),
    "ticks": lambda world: world.telemetry.counted["Ticks"].insert(
        0, world.telemetry.counted["Ticks"].pop() - timedelta(hours=1)
    ),
    "schedule": lambda world: world.schedules.change("tick", state="DISABLED"),
    "alarms": lambda world: world.telemetry.change("runs-failed", state="ALARM"),
    "dead letters": lambda world: world.queues.waiting.update({"https://sqs/lost-calls": 1}),
    "credentials": lambda world: setattr(world.identity, "who", Caller("999988887777", "arn:eve")),
    "alert readers": lambda world: world.subscriptions.known.pop(ALERTS),
    "records": lambda world: _damaged(world, builders.run()),
    "kill switch": lambda world: _damaged(world, Control()),
    "breaker": lambda world: _damaged(world, Breaker(version=1)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_named_with_what_to_do_and_all_else_is_answered(world: World, name: str) -> None:
    BROKEN[name](world)
    found = examined(world)
    assert states(found)[State.BROKEN] == [name]
    assert answer(found, name).advice
    assert found.count(State.OK) == 18
    assert not found.ok


def _damaged(world: World, record: Run | Control | Breaker) -> None:
    """Puts a record that nobody can read where this one would be."""
    world.store.rows[key_of(record)] = Row("{", 1, ("somebody", "{"))


def _fail(world: World, call: str, *errors: Exception) -> None:
    world.seam.interrupt = Faults().add(call, *errors)


def test_a_kill_switch_is_a_warning_and_breaks_nothing(world: World) -> None:
    world.store.set_control(Control(kill_switch=True))
    found = examined(world)
    assert states(found)[State.WARNING] == ["kill switch"]
    assert found.ok


@pytest.mark.parametrize(
    ("call", "name", "right"),
    [
        ("functions.facts", "functions", "lambda:GetFunctionConfiguration"),
        ("telemetry.alarms", "alarms", "cloudwatch:DescribeAlarms"),
        ("telemetry.newest", "ticks", "cloudwatch:GetMetricStatistics"),
        ("schedules.facts", "schedule", "scheduler:GetSchedule"),
        ("queues.messages", "dead letters", "sqs:GetQueueAttributes"),
        ("subscriptions.of", "alert readers", "sns:ListSubscriptionsByTopic"),
        ("roles.trust", "Bedrock role", "iam:GetRole"),
        ("jobs.base_models", "model access", "bedrock:ListFoundationModels"),
        ("store.control", "kill switch", "dynamodb:GetItem"),
    ],
)
def test_what_the_caller_may_not_ask_is_not_checked_with_the_right_that_it_takes(
    world: World, call: str, name: str, right: str
) -> None:
    _fail(world, call, AccessRefusedError("No.", "AccessDenied"))
    found = examined(world)
    assert states(found)[State.NOT_CHECKED] == sorted(
        [name, "test alert"], key=[check.check for check in found.checks].index
    )
    assert right in answer(found, name).seen
    assert "DoctorPolicyArn" in answer(found, name).advice
    assert found.ok


@pytest.mark.parametrize("error", [ServiceUnavailableError("Busy."), KeyError("Stacks")])
def test_an_answer_that_nobody_can_read_is_no_answer(world: World, error: Exception) -> None:
    _fail(world, "queues.messages", error)
    check = answer(examined(world), "dead letters")
    assert check.state is State.NOT_CHECKED
    assert type(error).__name__ in check.seen


def test_quotas_that_nobody_tells_are_no_reason_not_to_say_how_many_jobs_run(world: World) -> None:
    _fail(world, "quotas.customization", AccessRefusedError("No."))
    assert answer(examined(world), "room").state is State.OK


def test_without_credentials_nothing_else_is_asked(world: World) -> None:
    _fail(world, "identity.caller", NotSignedInError("Nobody is signed in here."))
    found = examined(world)
    assert world.seam.calls == ["identity.caller"]
    assert states(found)[State.BROKEN] == ["credentials"]
    assert found.count(State.NOT_CHECKED) == len(found.checks) - 2
    assert not found.could_run


def test_a_stack_that_is_not_there_is_named_and_what_needs_none_is_answered(world: World) -> None:
    found = examined(world, stack="Other")
    assert states(found)[State.BROKEN] == ["stack"]
    assert states(found)[State.OK] == ["credentials", "region", "model access", "room"]
    assert found.could_run
    assert "cdk deploy" in answer(found, "stack").seen


def test_a_stack_that_may_not_be_looked_at_is_not_checked(world: World) -> None:
    _fail(world, "stacks.facts", AccessRefusedError("No.", "AccessDenied"))
    check = answer(examined(world), "stack")
    assert check.state is State.NOT_CHECKED
    assert "cloudformation:DescribeStacks" in check.seen


def test_a_stack_that_does_not_name_something_is_of_another_version(world: World) -> None:
    world.stacks.tell(OpsTopicArn="")
    check = answer(examined(world), "ops readers")
    assert check.state is State.NOT_CHECKED
    assert "OpsTopicArn" in check.seen


def test_a_table_that_was_deleted_breaks_whatever_reads_it(world: World) -> None:
    gone = NotFoundError("There is no table runs.")
    world.seam.interrupt = Faults().add("store.control", gone).add("store.open_jobs", gone)
    assert states(examined(world))[State.BROKEN] == ["kill switch", "breaker"]


def test_every_role_that_may_be_passed_is_asked_about(world: World) -> None:
    other = f"arn:aws:iam::{ACCOUNT}:role/other"
    world.stacks.tell(BedrockRoleArns=f"{ROLE},{other}")
    world.roles.put(other, TRUST)
    world.roles.decisions["s3:PutObject"] = "implicitDeny"
    found = examined(world)
    assert answer(found, "Bedrock role").state is State.BROKEN
    assert answer(found, "Bedrock role other").state is State.WARNING
