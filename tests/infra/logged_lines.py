"""The lines that a call of each function writes, by calling the real handlers over stubbed use cases."""

import importlib
import io
from collections.abc import Mapping
from contextlib import redirect_stdout

import pytest

from finetune_guard import functions
from finetune_guard.core.decisions import Mode
from finetune_guard.core.reporting import Outcome
from finetune_guard.usecases.advance import Advanced
from finetune_guard.usecases.clean_up import CleanedUp
from finetune_guard.usecases.create_jobs import Created
from finetune_guard.usecases.ticked import Ticked
from tests.lambdas.test_handlers import Checked, Context, Told

_ERRORS = ("one", "two", "three", "four")
_RUN = "support-bot-0f3a9b12cd"
#: Handler → the event that it is called with, and what its use case answers.
CALLS: Mapping[str, tuple[Mapping[str, object], object]] = {
    "watch": ({}, Ticked(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1.0, list(_ERRORS))),
    "clean_up": ({}, CleanedUp(("arn",), _ERRORS)),
    "preflight": (
        {
            "mode": Mode.MINI_RUN.value,
            "execution_arn": "arn:aws:states:us-east-1:111122223333:execution:MiniRun:one",
            "started_at": "2026-11-24T12:00:00Z",
            "config": {},
        },
        Checked(_RUN),
    ),
    "plan": ({"run_id": _RUN}, Checked(_RUN)),
    "next_action": ({"run_id": _RUN}, Advanced(_RUN, "finish", "failed")),
    "create_jobs": ({"run_id": _RUN}, Created(_RUN, "wait")),
    "wait_for_run": ({"run_id": _RUN, "token": "secret"}, 7),
    "report": ({"run_id": _RUN, "error": {"Error": "KeyError"}}, Told(_RUN, Outcome.FAILED)),
}
_USE_CASES = {"next_action": "advance", "wait_for_run": "await_run"}


def lines_of(handler: str, answer: object = None) -> list[str]:
    """Every line, metrics among them.

    Args:
        handler: The function.
        answer: What its use case answers; None for one that fills every field.
    """
    event, full = CALLS[handler]
    written = io.StringIO()
    with pytest.MonkeyPatch.context() as shell, redirect_stdout(written):
        shell.setenv("POWERTOOLS_SERVICE_NAME", "FinetuneGuard")
        shell.setenv("POWERTOOLS_METRICS_NAMESPACE", "FinetuneGuard")
        shell.setattr(functions, _USE_CASES.get(handler, handler), lambda *_: answer or full)
        module = importlib.reload(importlib.import_module(f"lambdas.{handler}"))
        shell.setattr(module.logger.registered_handler, "stream", written)
        module.handler(event, Context())
    return written.getvalue().splitlines()
