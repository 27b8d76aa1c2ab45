"""The doctor's questions, each asked of one service and judged by the core."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from finetune_guard.core.access.rights import Right, context_of, right_of_output, rights_of_data
from finetune_guard.core.access.trust import judge_trust
from finetune_guard.core.alerts import Alert
from finetune_guard.core.doctoring import account, deployment, telling, watching
from finetune_guard.core.doctoring.checks import Check
from finetune_guard.core.doctoring.facts import Caller, Kind, StackFacts
from finetune_guard.core.errors import (
    AccessRefusedError,
    GuardError,
    NotFoundError,
    ServiceError,
)
from finetune_guard.core.s3_location import SCHEME
from finetune_guard.ports import RunStore
from finetune_guard.usecases.doctor_patient import DoctorTools, Patient

#: Seconds between two looks whether the test alert was published.
LOOK_AGAIN = 2.0


def credentials(patient: Patient) -> Iterator[Check]:
    """Who asks."""
    who, found = patient.who, patient.found
    if isinstance(who, AccessRefusedError):
        advice = "Sign in, or name credentials that are valid: AWS_PROFILE, aws sso login."
        yield account.CREDENTIALS.broken(str(who), advice)
    elif isinstance(who, GuardError):
        yield account.CREDENTIALS.not_checked(str(who))
    else:
        yield account.judge_caller(who, found.account if isinstance(found, StackFacts) else None)


def region(patient: Patient) -> Iterator[Check]:
    """Where."""
    yield account.judge_region(patient.tools.region() or "")


def stack(patient: Patient) -> Iterator[Check]:
    """Whether it is deployed to the end."""
    if isinstance(patient.found, NotFoundError):
        yield deployment.STACK.broken(str(patient.found), "")
    elif isinstance(patient.found, GuardError):
        raise patient.found
    else:
        yield deployment.judge_stack(patient.stack)


def version(patient: Patient) -> Iterator[Check]:
    """Whether stack and command fit each other."""
    yield deployment.judge_version(patient.wishes.version, patient.stack.outputs)


def functions(patient: Patient) -> Iterator[Check]:
    """Whether they can run."""
    found = patient.each(Kind.FUNCTION, patient.tools.functions().facts)
    yield deployment.judge_functions(found, [layer.name for layer in patient.stack.of(Kind.LAYER)])


def models(patient: Patient) -> Iterator[Check]:
    """Whether there is anything to fine-tune."""
    yield account.judge_models(patient.tools.jobs().base_models(), patient.wishes.base_model)


def room(patient: Patient) -> Iterator[Check]:
    """Whether a job could start; a quota that nobody tells is no reason not to say how many run."""
    running = patient.tools.jobs().in_progress()
    try:
        quota = patient.tools.quotas().customization().jobs
    except ServiceError:
        quota = None
    yield account.judge_room(running, quota)


def roles(patient: Patient) -> Iterator[Check]:
    """Whether Bedrock can work with each role that may be passed to it."""
    stack, ask = patient.stack, patient.tools.roles()
    own, *elsewhere = patient.output("BucketNames").split(",")
    rights = _each_once(_rights(own, elsewhere, stack.partition))
    context = context_of(stack.region, stack.account)
    first, *others = patient.output("BedrockRoleArns").split(",")
    for role in (first, *others):
        trust = judge_trust(role, ask.trust(role), stack.region, stack.account)
        which, inside = ("", own) if role == first else (role.rpartition("/")[2], None)
        yield deployment.judge_rights(which, trust, ask.rulings(role, rights, context), inside)


def _each_once(rights: Iterable[Right]) -> tuple[Right, ...]:
    return tuple({(right.action, right.resource): right for right in rights}.values())


def _rights(own: str, elsewhere: Sequence[str], partition: str) -> Iterator[Right]:
    """What jobs do in the stack's own bucket, and in the deployer's."""
    for prefix in ("uploads/", "samples/"):
        yield from rights_of_data("", f"{SCHEME}{own}/{prefix}any.jsonl", "", partition)
    yield right_of_output("", f"{SCHEME}{own}/output/", partition)
    for bucket in elsewhere:
        yield from rights_of_data("", f"{SCHEME}{bucket}/any.jsonl", "", partition)
        yield right_of_output("", f"{SCHEME}{bucket}/", partition)


def buckets(patient: Patient) -> Iterator[Check]:
    """Whether each one is there and ours."""
    ask = patient.tools.buckets()
    for name in patient.output("BucketNames").split(","):
        yield deployment.judge_place(ask.facts(name, patient.stack.account), patient.stack)


def alert_readers(patient: Patient) -> Iterator[Check]:
    """Who is told about runs."""
    topic = patient.output("AlertTopicArn")
    found = patient.tools.subscriptions().of(topic)
    patient.readers = sum(each.confirmed for each in found)
    yield telling.judge_readers(telling.ALERT_READERS, found, topic)


def ops_readers(patient: Patient) -> Iterator[Check]:
    """Who is told about the guard itself."""
    topic = patient.output("OpsTopicArn")
    yield telling.judge_readers(telling.OPS_READERS, patient.tools.subscriptions().of(topic), topic)


def alert(patient: Patient) -> Iterator[Check]:
    """Only to a stack of the same version: a record that its watch could not read would stop every mail."""
    if not patient.wishes.test_alert:
        yield telling.TEST_ALERT.not_checked("You asked for none.")
    elif patient.stack.outputs.get(deployment.VERSION_OUTPUT) != patient.wishes.version:
        yield telling.TEST_ALERT.not_checked("None is sent to a stack of another version.")
    elif not isinstance(patient.who, Caller):
        yield telling.TEST_ALERT.not_checked("Nobody knows who you are.")
    else:
        asked = telling.trial_alert(patient.who, patient.tools.clock().now())
        patient.sent = _published(asked, patient.store, patient.tools)
        yield telling.judge_alert(patient.sent, patient.readers)


def _published(asked: Alert, store: RunStore, tools: DoctorTools) -> Alert:
    """The alert as it is once it is published, or when the patience is over."""
    store.add_alert(asked)
    until = asked.created_at + timedelta(seconds=telling.PATIENCE)
    while True:
        stored = store.alerts(asked.run_id)
        now = next((each for each in stored if each.alert_id == asked.alert_id), asked)
        if now.sent_at or tools.clock().now() >= until or tools.waiter().wait(LOOK_AGAIN):
            return now


def ticks(patient: Patient) -> Iterator[Check]:
    """Whether the watch has looked of late: by what it published, else by its metric, else by its records."""
    now = patient.tools.clock().now()
    if patient.sent and patient.sent.sent_at:
        yield watching.judge_ticks(patient.sent.sent_at, now, "the test alert")
        return
    assert patient.stack
    series = watching.ticks(patient.tools.stack_name())
    counted = patient.tools.telemetry().newest(series, now - watching.LOOKED_BACK, now)
    seen = watching.last_look(patient.store.open_jobs()) if counted is None else None
    how = "the metric Ticks" if seen is None else "the record of an open job"
    yield watching.judge_ticks(counted or seen, now, how)


def schedule(patient: Patient) -> Iterator[Check]:
    """Whether the clock calls the functions."""
    found = patient.each(Kind.SCHEDULE, patient.tools.schedules().facts)
    functions = [each.name for each in patient.stack.of(Kind.FUNCTION)]
    yield watching.judge_schedules(found, patient.output("WatchFunctionName"), functions)


def alarms(patient: Patient) -> Iterator[Check]:
    """Whether one rings."""
    resources = patient.stack.of(Kind.ALARM)
    told = patient.tools.telemetry().alarms([each.name for each in resources])
    by_name = {facts.name: facts for facts in told}
    yield telling.judge_alarms({each.short: by_name.get(each.name) for each in resources})


def letters(patient: Patient) -> Iterator[Check]:
    """Whether anything could not be delivered."""
    yield telling.judge_letters(patient.each(Kind.QUEUE, patient.tools.queues().messages))


def orders(patient: Patient) -> Iterator[Check]:
    """Whether the kill switch is on."""
    yield watching.judge_control(patient.store.control())


def breaker(patient: Patient) -> Iterator[Check]:
    """Whether stops are held back; while their count cannot be read, every one is."""
    patient.store.breaker()
    yield watching.judge_breaker(patient.store.open_jobs(), patient.tools.clock().now())


def records(patient: Patient) -> Iterator[Check]:
    """Whether what is open can be read; the watch leaves out what it cannot."""
    store = patient.store
    runs, jobs, pending = store.open_runs(), store.open_jobs(), store.pending_alerts()
    unread = (*runs.unreadable, *jobs.unreadable, *pending.unreadable)
    if unread:
        yield watching.unreadable([record.sentence for record in unread])
    else:
        yield watching.readable(len(runs), len(jobs), len(pending))
