"""A hostile text in a log of a function is a text in one line of JSON."""

import io
import json
from uuid import uuid4

import pytest
from aws_lambda_powertools import Logger

from finetune_guard.functions import log_line
from lambdas import clean_up, create_jobs, next_action, plan, preflight, report, wait_for_run, watch
from tests.security.hostile import TEXTS, unsafe

HANDLERS = (clean_up, create_jobs, next_action, plan, preflight, report, wait_for_run, watch)


@pytest.mark.fault(74)
@pytest.mark.parametrize("name", TEXTS)
def test_an_entry_is_one_line_of_json_that_reads_as_what_was_logged(name: str) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="utf-8", write_through=True)
    logger = Logger(service=str(uuid4()), stream=stream, json_serializer=log_line)

    logger.info("ticked", extra={"tick": {"errors": [TEXTS[name]]}})

    [line, rest] = written.getvalue().decode().split("\n")
    assert rest == ""
    assert unsafe(line) == []
    assert json.loads(line)["tick"]["errors"] == [TEXTS[name].replace("\ud800", "\ufffd")]


def test_every_function_logs_in_this_form() -> None:
    assert all(handler.logger.registered_formatter.json_serializer is log_line for handler in HANDLERS)
