"""The kinds of state that the workflow is made of, each with its timeout, its retries and its way out.

Written in JSONata. Three things are so because a local engine differs from AWS there: the result leaves
through a Pass, since an engine may ignore the output of a Succeed; every timeout is a literal; and no Catch
names a class of ours, since an engine may not tell it.
"""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from infra.constructs.guard_function import GuardFunction

#: What Lambda itself answers when it is busy or broken (Step Functions guide, "Handle transient Lambda
#: service exceptions").
BUSY = [
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
]

#: Seconds that a task is given beyond its function's own timeout, for the start of a cold one.
MARGIN = 60

#: Characters of a Fail's cause; the service takes 32,768 bytes, and a character has at most four.
LONGEST_CAUSE = 8_000

ANSWER = "{% $states.result.Payload %}"


def calling(
    scope: Construct,
    name: str,
    step: GuardFunction,
    payload: Mapping[str, str],
    assign: Mapping[str, str] | None = None,
) -> tasks.LambdaInvoke:
    """Calls a step; its answer is the state's output."""
    task = tasks.LambdaInvoke.jsonata(
        scope,
        name,
        lambda_function=step.function,
        payload=sfn.TaskInput.from_object(payload),
        assign=assign,
        outputs=ANSWER,
        retry_on_service_exceptions=False,
        task_timeout=seconds(step.timeout_seconds + MARGIN),
    )
    return retried(task)


def waiting(
    scope: Construct, name: str, step: GuardFunction, payload: Mapping[str, str], timeout: int, heartbeat: int
) -> tasks.LambdaInvoke:
    """Calls a step and waits until somebody who has the token ends the wait; times in seconds."""
    task = tasks.LambdaInvoke.jsonata(
        scope,
        name,
        lambda_function=step.function,
        integration_pattern=sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
        payload=sfn.TaskInput.from_object(payload),
        retry_on_service_exceptions=False,
        task_timeout=seconds(timeout),
        heartbeat_timeout=seconds(heartbeat),
    )
    # States.TaskFailed, retried below, matches a lost heartbeat too and would hide it behind another wait.
    task.add_retry(errors=["States.HeartbeatTimeout"], max_attempts=0)
    return retried(task)


def telling(
    scope: Construct,
    name: str,
    topic: sns.ITopic,
    subject: str,
    message: str,
    outputs: Mapping[str, str] | None = None,
) -> tasks.SnsPublish:
    """Publishes a message, a JSONata expression, without any function of ours."""
    task = tasks.SnsPublish.jsonata(
        scope,
        name,
        topic=topic,
        subject=subject,
        message=sfn.TaskInput.from_text(f"{{% {message} %}}"),
        task_timeout=seconds(MARGIN),
        outputs=outputs,
    )
    task.add_retry(errors=["States.TaskFailed"], max_attempts=3)
    return task


def failing(scope: Construct, name: str, error: str) -> sfn.Fail:
    """An end that is not a success; the cause is the one that it was handed."""
    cause = f"{{% $substring($states.input.cause, 0, {LONGEST_CAUSE}) %}}"
    return sfn.Fail.jsonata(scope, name, error=error, cause=cause)


def caught(task: sfn.TaskStateBase, handler: sfn.State, *errors: str) -> None:
    """Goes to `handler` on these errors, on any if none is named; `$error` then tells what happened."""
    task.add_catch(
        handler, errors=list(errors or ("States.ALL",)), assign={"error": "{% $states.errorOutput %}"}
    )


def says(field: str, answer: str) -> sfn.Condition:
    """Whether a step answered so."""
    return sfn.Condition.jsonata(f"{{% $states.input.{field} = '{answer}' %}}")


def seconds(number: int) -> sfn.Timeout:
    """A timeout as a literal in the definition."""
    return sfn.Timeout.duration(cdk.Duration.seconds(number))


def retried(task: tasks.LambdaInvoke) -> tasks.LambdaInvoke:
    """Retries what a second try may cure; every step gives the same answer however often it is called."""
    task.add_retry(
        errors=BUSY,
        interval=cdk.Duration.seconds(2),
        max_attempts=6,
        backoff_rate=2,
        jitter_strategy=sfn.JitterType.FULL,
    )
    task.add_retry(
        errors=["States.TaskFailed"],
        interval=cdk.Duration.seconds(5),
        max_attempts=2,
        backoff_rate=3,
        jitter_strategy=sfn.JitterType.FULL,
    )
    return task
