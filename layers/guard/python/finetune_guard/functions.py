"""What each Lambda does: its settings from the environment, its tools from bootstrap, one use case.

The files in lambdas/ parse and return; this module is where they meet the rest, so that a test can run a
whole function without AWS's runtime. Imports are inside, since each function pays for its own start only.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from finetune_guard import bootstrap
from finetune_guard.core.printable import safe_json
from finetune_guard.settings import (
    BucketSettings,
    PlanningSettings,
    StoreSettings,
    WaitSettings,
    WatchSettings,
)

if TYPE_CHECKING:
    from finetune_guard.core.jobs import JobRecord
    from finetune_guard.core.reporting import Result
    from finetune_guard.core.runs import Run
    from finetune_guard.usecases.advance import Advanced
    from finetune_guard.usecases.clean_up import CleanedUp
    from finetune_guard.usecases.create_jobs import Created
    from finetune_guard.usecases.judge import Judgement, MetricFile
    from finetune_guard.usecases.preflight import Asked
    from finetune_guard.usecases.ticked import Ticked

#: Position of region and account in an ARN.
REGION, ACCOUNT = 3, 4


def log_line(entry: Mapping[str, object]) -> str:
    """An entry of a log as one line of JSON.

    The logger's own form lets through what reads backwards, and loses a line that holds half a character.
    """
    return safe_json(json.dumps(entry, default=str, ensure_ascii=False, separators=(",", ":")))


def preflight(asked: "Asked") -> "Run":
    """The `Preflight` state."""
    from finetune_guard.usecases.preflight import PreflightTools, preflight  # noqa: PLC0415

    settings = PlanningSettings.read()
    where = asked.execution_arn.split(":")
    tools = PreflightTools(
        files=bootstrap.dataset_files(),
        buckets=bootstrap.buckets(),
        roles=bootstrap.role_policies(),
        jobs=bootstrap.training_jobs(),
        store=bootstrap.run_store(settings.table),
        clock=bootstrap.clock(),
        region=where[REGION],
        account=where[ACCOUNT],
        bucket=settings.bucket,
        data_buckets=_names(settings.data_buckets),
        role_arns=_names(settings.role_arns),
        quotas=bootstrap.quotas(),
    )
    return preflight(asked, tools)


def plan(run_id: str) -> "Run":
    """The `Plan` state."""
    from finetune_guard.usecases.plan import PlanTools, make_plan  # noqa: PLC0415

    settings = PlanningSettings.read()
    store = bootstrap.run_store(settings.table)
    tools = PlanTools(bootstrap.dataset_files(), store, settings.bucket, settings.role_arn)
    return make_plan(run_id, tools)


def advance(run_id: str) -> "Advanced":
    """The `Next` state."""
    from finetune_guard.usecases.advance import AdvanceTools, advance  # noqa: PLC0415

    settings = StoreSettings.read()
    return advance(run_id, AdvanceTools(bootstrap.run_store(settings.table), bootstrap.clock()))


def create_jobs(run_id: str) -> "Created":
    """The `CreateJobs` state."""
    from finetune_guard.usecases.create_jobs import CreateTools, create_jobs  # noqa: PLC0415

    settings = StoreSettings.read()
    store = bootstrap.run_store(settings.table)
    jobs, files = bootstrap.training_jobs(), bootstrap.dataset_files()
    tools = CreateTools(store, jobs, files, bootstrap.clock(), settings.stack)
    return create_jobs(run_id, tools)


def await_run(run_id: str, token: str) -> int:
    """The `WaitForRun` state."""
    from finetune_guard.usecases.await_run import AwaitTools, await_run  # noqa: PLC0415

    settings = WaitSettings.read()
    bell = bootstrap.watch_bell(settings.watch_function)
    return await_run(run_id, token, AwaitTools(bootstrap.run_store(settings.table), bell, bootstrap.clock()))


def report(run_id: str, error: str = "") -> "Result":
    """The `Report` state."""
    from finetune_guard.usecases.report import ReportTools, report  # noqa: PLC0415

    settings = BucketSettings.read()
    store, journal = bootstrap.run_store(settings.table), bootstrap.journal(settings.bucket)
    return report(run_id, ReportTools(store, journal, bootstrap.clock()), error)


def watch(deadline: datetime, ended_execution: str = "") -> "Ticked":
    """One tick."""
    from finetune_guard.usecases.watch import WatchTools, tick  # noqa: PLC0415

    settings = WatchSettings.read()
    tools = WatchTools(
        store=bootstrap.run_store(settings.table),
        jobs=bootstrap.training_jobs(),
        metrics=bootstrap.metric_source(),
        journal=bootstrap.journal(settings.bucket),
        alerts=bootstrap.alerts(settings.alert_topic),
        workflow=bootstrap.workflow(),
        clock=bootstrap.clock(),
        judge=_judge,
        stops_per_hour=settings.stops_per_hour,
        mails_per_hour=settings.mails_per_hour,
        workers=bootstrap.workers(),
    )
    return tick(tools, deadline, ended_execution)


def _judge(job: "JobRecord", files: "tuple[MetricFile, ...]") -> "Judgement":
    """Judges a curve; numpy is loaded here and not before, since most ticks see nothing new."""
    from finetune_guard.usecases.judge_curve import judge  # noqa: PLC0415

    return judge(job, files)


def clean_up() -> "CleanedUp":
    """One round of deleting throw-away models."""
    from finetune_guard.usecases.clean_up import CleanUpTools, clean_up  # noqa: PLC0415

    settings = StoreSettings.read()
    store = bootstrap.run_store(settings.table)
    return clean_up(CleanUpTools(store, bootstrap.training_jobs(), bootstrap.clock()))


def _names(joined: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in joined.split(",") if name.strip())
