"""The saved questions to the logs ask for what is really logged, and reach the logs that have it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from infra.constructs.log_queries import EVERYTHING_WRONG, QUERIES, LogQuery
from tests.infra.deployed import Deployed, text_of
from tests.infra.logged_lines import CALLS, lines_of

#: What the Python runtime writes of an exception that nobody caught (aws-lambda-python-runtime-interface-
#: client, bootstrap.py, log_error; the format of the function is JSON).
_UNCAUGHT = {
    "timestamp": "2026-11-24T12:00:00Z",
    "log_level": "ERROR",
    "errorMessage": "'run_id'",
    "errorType": "KeyError",
    "requestId": "one",
    "stackTrace": ["..."],
}
#: What Lambda writes at the end of each call (Lambda guide, "platform.report").
_REPORT = {
    "time": "2026-11-24T12:00:00Z",
    "type": "platform.report",
    "record": {
        "requestId": "one",
        "metrics": {"durationMs": 101.5, "billedDurationMs": 300, "memorySizeMB": 512, "maxMemoryUsedMB": 33},
        "status": "success",
    },
}
#: What CloudWatch Logs Insights has of every line (its guide, "Supported logs and discovered fields").
_OF_EVERY_LINE = {"@timestamp", "@message", "@log", "@logStream", "@ingestionTime"}
_WORDS = {"fields", "filter", "sort", "limit", "desc", "asc", "and", "or", "in", "ispresent"}


def _fields(line: Mapping[str, Any] | list[Any], above: str = "") -> Iterator[str]:
    """As CloudWatch Logs Insights names them: nested with dots, lists by number."""
    items = line.items() if isinstance(line, Mapping) else enumerate(line)
    for key, value in items:
        if isinstance(value, Mapping | list):
            yield from _fields(value, f"{above}{key}.")
        else:
            yield f"{above}{key}"


@pytest.fixture(scope="module")
def logged() -> dict[str, set[str]]:
    """Handler → every field of the lines that a call of it writes, and of those that are written about it."""
    return {handler: _fields_of(lines_of(handler)) for handler in CALLS}


def _fields_of(lines: list[str]) -> set[str]:
    assert lines
    written = [json.loads(line) for line in lines]
    return _OF_EVERY_LINE.union(*map(_fields, [*written, _UNCAUGHT, _REPORT]))


def _asked(query: LogQuery) -> set[str]:
    bare = re.sub(r'"[^"]*"', "", query.text)
    return set(re.findall(r"@?[A-Za-z_][\w.]*", bare)) - _WORDS


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_every_field_of_a_question_is_one_that_is_logged(
    query: LogQuery, logged: Mapping[str, set[str]]
) -> None:
    asked = _asked(query)
    somewhere = set().union(*(logged[handler] for handler in query.handlers or logged))
    assert asked - somewhere == set()
    assert len(asked) > len(_OF_EVERY_LINE & asked)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_every_log_that_is_asked_has_something_that_is_asked_for(
    query: LogQuery, logged: Mapping[str, set[str]]
) -> None:
    own = _asked(query) - _OF_EVERY_LINE
    assert [handler for handler in query.handlers if not own & logged[handler]] == []


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_saved_question_is_that_of_the_pages_on_the_logs_that_it_names(
    query: LogQuery, deployed: Deployed
) -> None:
    [saved] = [
        saved
        for saved in deployed.resources("AWS::Logs::QueryDefinition").values()
        if saved["Name"] == f"FinetuneGuard/{query.name}"
    ]
    assert saved["QueryString"] == query.text
    groups = {text_of(name) for name in saved["LogGroupNames"]}
    handlers = query.handlers or deployed.functions()
    assert groups == {text_of(deployed.functions()[h]["LoggingConfig"]["LogGroup"]) for h in handlers}


def test_every_saved_question_is_one_of_these(deployed: Deployed) -> None:
    assert len(deployed.resources("AWS::Logs::QueryDefinition")) == len(QUERIES)


def test_the_dashboard_asks_for_everything_that_went_wrong(deployed: Deployed) -> None:
    [dashboard] = deployed.resources("AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(text_of(dashboard["DashboardBody"]))["widgets"]
    [asked] = [widget["properties"]["query"] for widget in widgets if widget["type"] == "log"]
    assert " ".join(asked.split()).endswith("| " + " ".join(EVERYTHING_WRONG.text.split()))
