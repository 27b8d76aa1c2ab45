"""Looks whether a deployed stack can do its work: every question is asked, whatever became of the others.

Nothing is changed but for one test alert, which goes the way of every alert: it is written into the table,
and the watch publishes it. So it also shows that the watch ticks and may publish.
"""

from collections.abc import Callable
from typing import TypeVar

from finetune_guard.core.doctoring import account, deployment, telling, watching
from finetune_guard.core.doctoring.checks import Check, Examination, Question
from finetune_guard.core.errors import AccessRefusedError, GuardError, NotFoundError, UnreadableRecordError
from finetune_guard.usecases import doctor_looks as looks
from finetune_guard.usecases.doctor_patient import (
    DoctorTools,
    Look,
    NoOutputError,
    NoStackError,
    Patient,
    Wishes,
)

T = TypeVar("T")


def examine(tools: DoctorTools, wishes: Wishes) -> Examination:
    """Asks every question.

    Args:
        tools: Whom to ask.
        wishes: What for.
    """
    who = _learned(lambda: tools.identity().caller())
    signed_in = not isinstance(who, AccessRefusedError)
    found = _learned(lambda: tools.stacks().facts(tools.stack_name())) if signed_in else None
    patient = Patient(tools, wishes, who, found)
    checks = [check for asked in _QUESTIONS for check in _answers(*asked, patient)]
    return Examination(tuple(checks))


def _learned(ask: Callable[[], T]) -> T | GuardError:
    """The answer, or why there is none."""
    try:
        return ask()
    except GuardError as exc:
        return exc


def _answers(question: Question, right: str, look: Look, patient: Patient) -> tuple[Check, ...]:
    if right and isinstance(patient.who, AccessRefusedError):
        return (question.not_checked("Nobody is signed in."),)
    try:
        return tuple(look(patient))
    except Exception as exc:  # one answer that nobody foresaw must not keep the others from being read
        return (_no_answer(question, right, exc),)


def _no_answer(question: Question, right: str, exc: Exception) -> Check:
    if isinstance(exc, NoStackError):
        return question.not_checked("The stack could not be read.")
    if isinstance(exc, NoOutputError):
        return question.not_checked(str(exc), "Deploy this version: cdk deploy")
    if isinstance(exc, UnreadableRecordError):
        return question.broken(str(exc), watching.MEND)
    if isinstance(exc, NotFoundError):
        return question.broken(str(exc), deployment.MADE_AGAIN)
    if isinstance(exc, AccessRefusedError):
        why = f"You may not ask: {right} is refused ({exc.code or type(exc).__name__})."
        return question.not_checked(why, "Attach the policies OperatorPolicyArn and DoctorPolicyArn.")
    return question.not_checked(f"No answer that can be read: {type(exc).__name__}: {exc}"[:300])


#: Every question, the right that it takes, and how it is asked; "" where it takes none.
_QUESTIONS: tuple[tuple[Question, str, Look], ...] = (
    (account.CREDENTIALS, "", looks.credentials),
    (account.REGION, "", looks.region),
    (deployment.STACK, "cloudformation:DescribeStacks, ListStackResources", looks.stack),
    (deployment.VERSION, "cloudformation:DescribeStacks", looks.version),
    (deployment.FUNCTIONS, "lambda:GetFunctionConfiguration", looks.functions),
    (account.MODELS, "bedrock:ListFoundationModels", looks.models),
    (account.ROOM, "bedrock:ListModelCustomizationJobs", looks.room),
    (deployment.ROLE, "iam:GetRole, iam:SimulatePrincipalPolicy", looks.roles),
    (deployment.BUCKET, "s3:ListBucket", looks.buckets),
    (telling.ALERT_READERS, "sns:ListSubscriptionsByTopic", looks.alert_readers),
    (telling.OPS_READERS, "sns:ListSubscriptionsByTopic", looks.ops_readers),
    (telling.TEST_ALERT, "dynamodb:PutItem, Query", looks.alert),
    (watching.TICKS, "cloudwatch:GetMetricStatistics", looks.ticks),
    (watching.SCHEDULE, "scheduler:GetSchedule", looks.schedule),
    (telling.ALARMS, "cloudwatch:DescribeAlarms", looks.alarms),
    (telling.LETTERS, "sqs:GetQueueAttributes", looks.letters),
    (watching.KILL_SWITCH, "dynamodb:GetItem", looks.orders),
    (watching.BREAKER, "dynamodb:GetItem, Query", looks.breaker),
    (watching.RECORDS, "dynamodb:Query", looks.records),
)
