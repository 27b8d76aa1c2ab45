import io
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from local.ticker import PATIENCE, run, tick

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

GONE = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
BUSY = ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "busy"}}, "Invoke")


class Watch:
    """A Lambda client whose one function answers as it is told."""

    def __init__(self, answer: Callable[[int], object]) -> None:
        self.answer = answer
        self.called: list[str] = []

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803  (as boto3 has it)
        self.called.append(FunctionName)
        answer = self.answer(len(self.called))
        if isinstance(answer, Exception):
            raise answer
        return cast(dict[str, Any], answer)


def client(watch: Watch) -> "LambdaClient":
    return cast("LambdaClient", watch)


def said(text: bytes, **more: str) -> dict[str, object]:
    return {"Payload": io.BytesIO(text), **more}


def test_a_tick_that_answers_is_logged_as_it_answers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ticker")

    assert tick(client(Watch(lambda _: said(b'{"judged": 3}'))), "watch")

    assert caplog.messages == ['{"judged": 3}']


def test_a_tick_that_fails_is_told_and_the_next_one_comes_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert tick(client(Watch(lambda _: said(b"{}", FunctionError="Unhandled"))), "watch")

    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_watch_that_is_busy_counts_as_there() -> None:
    assert tick(client(Watch(lambda _: BUSY)), "watch")


def test_an_engine_that_is_gone_counts_as_gone() -> None:
    assert not tick(client(Watch(lambda _: GONE)), "watch")


def test_the_ticker_ends_once_the_engine_has_been_gone_for_long() -> None:
    watch = Watch(lambda _: GONE)

    run(client(watch), "watch", seconds=0)

    assert watch.called == ["watch"] * PATIENCE


def test_an_answer_in_between_starts_the_patience_anew() -> None:
    watch = Watch(lambda count: BUSY if count == PATIENCE else GONE)

    run(client(watch), "watch", seconds=0)

    assert len(watch.called) == 2 * PATIENCE
