import io
import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from local.ticker import PATIENCE, Ends, run, tick

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_stepfunctions import SFNClient

GONE = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
BUSY = ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "busy"}}, "Invoke")


class Watch:
    """A Lambda client whose one function answers as it is told."""

    def __init__(self, answer: Callable[[int], object]) -> None:
        self.answer = answer
        self.called: list[str] = []
        self.told: list[str] = []

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803  (as boto3 has it)
        self.called.append(FunctionName)
        self.told.append(json.loads(Payload)["detail"]["executionArn"])
        answer = self.answer(len(self.called))
        if isinstance(answer, Exception):
            raise answer
        return cast(dict[str, Any], answer)


class Executions:
    """A Step Functions client with one machine; newest executions first, as AWS lists them."""

    def __init__(self, **statuses: str) -> None:
        self.statuses = statuses
        self.gone = False

    def list_executions(self, stateMachineArn: str) -> dict[str, Any]:  # noqa: N803  (as boto3 has it)
        if self.gone:
            raise GONE
        listed = [{"executionArn": arn, "status": status} for arn, status in self.statuses.items()]
        return {"executions": listed[::-1] if stateMachineArn == "machine" else []}


def ends_of(executions: Executions) -> Ends:
    return Ends(cast("SFNClient", executions), ["machine"])


def nothing_ends() -> Ends:
    return ends_of(Executions())


def client(watch: Watch) -> "LambdaClient":
    return cast("LambdaClient", watch)


def said(text: bytes, **more: str) -> dict[str, object]:
    return {"Payload": io.BytesIO(text), **more}


def test_a_tick_that_answers_is_logged_as_it_answers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ticker")

    assert tick(client(Watch(lambda _: said(b'{"judged": 3}'))), "watch", nothing_ends())

    assert caplog.messages == ['{"judged": 3}']


def test_a_tick_that_fails_is_told_and_the_next_one_comes_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert tick(client(Watch(lambda _: said(b"{}", FunctionError="Unhandled"))), "watch", nothing_ends())

    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_watch_that_is_busy_counts_as_there() -> None:
    assert tick(client(Watch(lambda _: BUSY)), "watch", nothing_ends())


def test_an_engine_that_is_gone_counts_as_gone() -> None:
    assert not tick(client(Watch(lambda _: GONE)), "watch", nothing_ends())


def test_the_ticker_ends_once_the_engine_has_been_gone_for_long() -> None:
    watch = Watch(lambda _: GONE)

    run(client(watch), "watch", nothing_ends(), seconds=0)

    assert watch.called == ["watch"] * PATIENCE


def test_an_answer_in_between_starts_the_patience_anew() -> None:
    watch = Watch(lambda count: BUSY if count == PATIENCE else GONE)

    run(client(watch), "watch", nothing_ends(), seconds=0)

    assert len(watch.called) == 2 * PATIENCE


def test_each_execution_that_has_ended_unasked_is_told_once_the_oldest_first() -> None:
    executions = Executions(a="ABORTED", b="RUNNING", c="SUCCEEDED", d="TIMED_OUT")
    watch, ends = Watch(lambda _: said(b"{}")), ends_of(executions)

    for _ in range(3):
        tick(client(watch), "watch", ends)
    executions.statuses["b"] = "FAILED"
    for _ in range(2):
        tick(client(watch), "watch", ends)

    assert watch.told == ["a", "d", "", "b", ""]


@pytest.mark.parametrize("answer", [BUSY, GONE, said(b"{}", FunctionError="Unhandled")])
def test_an_end_that_the_watch_did_not_hear_of_is_told_again(answer: object) -> None:
    watch, ends = Watch(lambda count: answer if count == 1 else said(b"{}")), ends_of(Executions(a="ABORTED"))

    for _ in range(3):
        tick(client(watch), "watch", ends)

    assert watch.told == ["a", "a", ""]


def test_where_executions_cannot_be_listed_the_watch_ticks_all_the_same() -> None:
    executions = Executions(a="ABORTED")
    executions.gone = True
    watch = Watch(lambda _: said(b"{}"))

    assert tick(client(watch), "watch", ends_of(executions))
    assert watch.told == [""]


def test_what_a_tick_says_is_heard_and_what_fails_is_not() -> None:
    heard: list[str] = []

    assert tick(client(Watch(lambda _: said(b"{}"))), "watch", nothing_ends(), heard.append)
    failing = Watch(lambda _: said(b"no", FunctionError="Unhandled"))
    assert tick(client(failing), "watch", nothing_ends(), heard.append)

    assert heard == ["{}"]


def test_a_count_that_the_engine_refuses_is_told_and_the_tick_counts_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuses(_: str) -> None:
        raise BUSY

    assert tick(client(Watch(lambda _: said(b"{}"))), "watch", nothing_ends(), refuses)

    assert [record.levelname for record in caplog.records] == ["WARNING"]
