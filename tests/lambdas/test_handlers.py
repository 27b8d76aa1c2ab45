"""The handlers: what they take from an event, what they call, what they return and measure."""

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

import lambdas.clean_up
import lambdas.create_jobs
import lambdas.next_action
import lambdas.plan
import lambdas.preflight
import lambdas.report
import lambdas.wait_for_run
import lambdas.watch
from finetune_guard import bootstrap, functions
from finetune_guard.core.decisions import Mode
from finetune_guard.usecases.advance import Advanced
from finetune_guard.usecases.clean_up import CleanedUp
from finetune_guard.usecases.create_jobs import Created
from finetune_guard.usecases.preflight import Asked
from finetune_guard.usecases.ticked import Ticked

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ARN = "arn:aws:states:us-east-1:111122223333:execution:MiniRun:one"
TOKEN = "the-secret-token"


class Context(LambdaContext):
    """What Lambda tells a function about itself."""

    def __init__(self) -> None:
        self._function_name = "watch"
        self._memory_limit_in_mb = 512
        self._invoked_function_arn = "arn:aws:lambda:us-east-1:111122223333:function:watch"
        self._aws_request_id = "one"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 55_000


@dataclass(frozen=True)
class Checked:
    """As much of a run as a handler looks at."""

    run_id: str = "bot-1"
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """As much of a result as a handler looks at."""

    run_id: str
    outcome: str


@dataclass(frozen=True)
class Calls:
    """What the handlers called, in order."""

    made: list[tuple[Any, ...]]
    monkeypatch: pytest.MonkeyPatch

    def answer(self, name: str, value: object) -> None:
        def call(*args: object) -> object:
            self.made.append((name, *args))
            return value

        self.monkeypatch.setattr(functions, name, call)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "FinetuneGuard")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "FinetuneGuard")
    return Calls([], monkeypatch)


def _call(module: ModuleType, event: Mapping[str, object]) -> object:
    """As Lambda does: a module is loaded with the function's environment, then its handler is called."""
    return importlib.reload(module).handler(event, Context())


def test_preflight_hands_over_what_the_execution_was_started_with(calls: Calls) -> None:
    calls.answer("preflight", Checked())
    config = {"job_name": "bot", "hyperparameters": {"learningRate": "0.0001"}}
    event = {"mode": "mini-run", "execution_arn": ARN, "started_at": "2026-11-24T12:00:00Z", "config": config}
    assert _call(lambdas.preflight, event) == {"run_id": "bot-1"}
    assert calls.made == [("preflight", Asked(config, Mode.MINI_RUN, ARN, NOW))]


def test_plan_returns_the_runs_id_and_no_more(calls: Calls) -> None:
    calls.answer("plan", Checked())
    assert _call(lambdas.plan, {"run_id": "bot-1"}) == {"run_id": "bot-1"}


def test_next_action_returns_the_way_that_the_machine_goes(calls: Calls) -> None:
    calls.answer("advance", Advanced("bot-1", "create"))
    assert _call(lambdas.next_action, {"run_id": "bot-1"}) == {
        "run_id": "bot-1",
        "action": "create",
        "outcome": "",
    }


def test_create_jobs_returns_whether_to_wait(calls: Calls) -> None:
    calls.answer("create_jobs", Created("bot-1", "quota"))
    assert _call(lambdas.create_jobs, {"run_id": "bot-1"}) == {"run_id": "bot-1", "result": "quota"}


def _logged(caplog: pytest.LogCaptureFixture) -> str:
    """Everything that went into the log, extra fields among it."""
    return " ".join(str(vars(record)) for record in caplog.records)


def test_the_token_is_stored_and_never_logged(
    calls: Calls, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    calls.answer("await_run", 7)
    assert _call(lambdas.wait_for_run, {"run_id": "bot-1", "token": TOKEN}) == {"run_id": "bot-1", "wait": 7}
    assert calls.made == [("await_run", "bot-1", TOKEN)]
    assert "waiting" in _logged(caplog)
    assert TOKEN not in _logged(caplog) + "".join(capsys.readouterr())


def test_report_is_called_without_an_error_when_the_run_ended_by_itself(calls: Calls) -> None:
    calls.answer("report", Told("bot-1", "completed"))
    assert _call(lambdas.report, {"run_id": "bot-1"}) == {"run_id": "bot-1", "outcome": "completed"}
    assert calls.made == [("report", "bot-1", "")]


@pytest.mark.fault(87)
def test_report_hands_over_the_errors_name_and_not_its_cause(
    calls: Calls, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    calls.answer("report", Told("bot-1", "failed"))
    _call(lambdas.report, {"run_id": "bot-1", "error": {"Error": "KeyError", "Cause": "a prompt"}})
    assert calls.made == [("report", "bot-1", "KeyError")]
    assert "KeyError" in _logged(caplog)
    assert "a prompt" not in _logged(caplog) + "".join(capsys.readouterr())


def _watch(calls: Calls, event: Mapping[str, object], ticked: Ticked | None = None) -> object:
    class Stopped:
        @staticmethod
        def now() -> datetime:
            return NOW

    calls.monkeypatch.setattr(bootstrap, "clock", Stopped)
    calls.answer("watch", ticked or Ticked())
    return _call(lambdas.watch, event)


@pytest.mark.fault(11)
def test_a_tick_is_told_to_end_before_lambda_ends_it(calls: Calls) -> None:
    _watch(calls, {"source": "finetune-guard.schedule"})
    [(_, deadline, ended)] = calls.made
    assert NOW < deadline == NOW + timedelta(seconds=55) - lambdas.watch.SPARE
    assert ended == ""


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"source": "aws.bedrock", "detail": {"jobStatus": "Completed"}},
        {"source": "aws.s3", "detail": {"object": {"key": "output/x.csv"}}},
    ],
)
def test_any_event_is_a_tick_like_every_other(event: Mapping[str, object], calls: Calls) -> None:
    _watch(calls, event)
    assert calls.made[0][2] == ""


@pytest.mark.fault(79)
def test_an_ended_execution_is_handed_over_as_a_hint(calls: Calls) -> None:
    _watch(calls, {"source": "aws.states", "detail": {"executionArn": ARN, "status": "ABORTED"}})
    assert calls.made[0][2] == ARN


@pytest.mark.fault(84)
def test_a_ticks_metrics_are_strict_json_with_the_names_that_alarms_look_for(
    calls: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    _watch(calls, {}, Ticked(open_jobs=3, pending=2, overdue_seconds=61.5, errors=["bot-1: it failed"]))
    written = [json.loads(line, parse_constant=pytest.fail) for line in capsys.readouterr().out.splitlines()]
    [emf] = [line for line in written if "_aws" in line]
    values = {name: emf[name] for name in ("Ticks", "OpenJobs", "AlertsPending", "TickErrors")}
    assert values == {"Ticks": [1.0], "OpenJobs": [3.0], "AlertsPending": [2.0], "TickErrors": [1.0]}
    assert emf["OldestJudgementSeconds"] == [61.5]
    assert emf["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
    assert emf["service"] == "FinetuneGuard"


def test_what_a_tick_could_not_do_is_logged_as_an_error(
    calls: Calls, caplog: pytest.LogCaptureFixture
) -> None:
    _watch(calls, {}, Ticked(errors=["bot-1: it failed"]))
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "bot-1: it failed" in _logged(caplog)


def test_the_clean_up_counts_what_it_deleted(calls: Calls) -> None:
    calls.answer("clean_up", CleanedUp(("arn:model",), ()))
    assert _call(lambdas.clean_up, {}) == {"deleted": ["arn:model"], "errors": []}


@pytest.mark.parametrize(
    ("outcome", "failed"), [("failed", 1.0), ("refused", 0.0), ("stopped", 0.0), ("completed", 0.0)]
)
def test_only_a_run_that_failed_counts_for_the_alarm(
    outcome: str, failed: float, calls: Calls, capsys: pytest.CaptureFixture[str]
) -> None:
    calls.answer("report", Told("bot-1", outcome))
    _call(lambdas.report, {"run_id": "bot-1"})
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["RunsFailed"] for line in written if "RunsFailed" in line] == [[failed]]
