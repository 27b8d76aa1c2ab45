"""One page for a person who wonders whether all is well: alarms, runs, jobs, the watch, what it said."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.alarms import PAGES, Watched, of_guard
from infra.constructs.log_queries import EVERYTHING_WRONG

_FIVE = cdk.Duration.minutes(5)


class Dashboard(Construct):
    """The page.

    Attributes:
        dashboard: The dashboard.
    """

    def __init__(
        self, scope: Construct, id: str, watched: Watched, alarms: Sequence[cloudwatch.IAlarm]
    ) -> None:
        super().__init__(scope, id)
        self.dashboard = cloudwatch.Dashboard(self, "Dashboard", default_interval=cdk.Duration.hours(12))
        self.dashboard.add_widgets(
            cloudwatch.AlarmStatusWidget(title="Is the guard well?", alarms=list(alarms), width=24)
        )
        self.dashboard.add_widgets(self._what_to_do(alarms))
        self.dashboard.add_widgets(self._runs(list(watched.machines.values())), self._jobs(), self._alerts())
        self.dashboard.add_widgets(_health(watched), _pace(watched), _letters(watched))
        self.dashboard.add_widgets(_said(watched))

    def _what_to_do(self, alarms: Sequence[cloudwatch.IAlarm]) -> cloudwatch.TextWidget:
        names = ", ".join(sorted(alarm.node.id for alarm in alarms))
        stack = cdk.Stack.of(self).stack_name
        said = (
            f"**When one rings**: `{PAGES}/NAME.md` in the repository says what to do ({names}). "
            f"The questions to ask the logs are saved in Logs Insights, folder `{stack}`."
        )
        return cloudwatch.TextWidget(markdown=said, width=24, height=2)

    def _runs(self, machines: Sequence[sfn.StateMachine]) -> cloudwatch.GraphWidget:
        return _graph(
            "Runs",
            *(machine.metric_started(period=_FIVE, label="started") for machine in machines),
            *(machine.metric_succeeded(period=_FIVE, label="succeeded") for machine in machines),
            *(machine.metric_failed(period=_FIVE, label="not succeeded") for machine in machines),
        )

    def _jobs(self) -> cloudwatch.GraphWidget:
        return _graph(
            "Jobs",
            of_guard(self, "OpenJobs", "Maximum"),
            of_guard(self, "ClosedJobs"),
            of_guard(self, "StopsCalled"),
            of_guard(self, "OldestJudgementSeconds", "Maximum"),
        )

    def _alerts(self) -> cloudwatch.GraphWidget:
        return _graph("Alerts", of_guard(self, "AlertsSent"), of_guard(self, "AlertsPending", "Maximum"))


def _health(watched: Watched) -> cloudwatch.GraphWidget:
    return _graph(
        "Errors",
        *(
            function.function.metric_errors(period=_FIVE, statistic="Sum", label=function.spec.handler)
            for function in (watched.watch, *watched.functions)
        ),
    )


def _pace(watched: Watched) -> cloudwatch.GraphWidget:
    duration = watched.watch.function.metric_duration
    return _graph(
        "Milliseconds of a tick",
        duration(period=_FIVE, statistic="p50", label="half are faster"),
        duration(period=_FIVE, statistic="p99", label="99 of 100 are faster"),
    )


def _letters(watched: Watched) -> cloudwatch.GraphWidget:
    queues = {"calls that reached nobody": watched.lost_calls, "undelivered mail": watched.undelivered}
    return _graph(
        "Dead letters",
        *(
            queue.metric_approximate_number_of_messages_visible(period=_FIVE, label=label)
            for label, queue in queues.items()
        ),
    )


def _said(watched: Watched) -> cloudwatch.LogQueryWidget:
    functions = (watched.watch, *watched.functions)
    return cloudwatch.LogQueryWidget(
        title="Warnings and errors, newest first",
        log_group_names=[function.log_group.log_group_name for function in functions],
        query_lines=list(EVERYTHING_WRONG.lines),
        width=24,
    )


def _graph(title: str, *metrics: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=8)
