"""What rings when the guard itself is in trouble; each alarm tells the ops topic (docs/alarms).

Each alarm looks at one metric, without metric math: what several would tell together ends in one place. A
throttled or dropped tick is a lost call, and a failed step is a failed run. A machine that cannot even report
publishes to the ops topic itself, and what ends an execution from outside wakes the watch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.guard_function import NAMESPACE, GuardFunction

_MINUTE = cdk.Duration.minutes(1)
#: Where it is told what to do; the description of an alarm is all that its mail says of ours.
PAGES = "docs/alarms"
_QUIET = cloudwatch.TreatMissingData.NOT_BREACHING


@dataclass(frozen=True, slots=True)
class Watched:
    """What the alarms and the dashboard look at."""

    watch: GuardFunction
    functions: Sequence[GuardFunction]
    machines: Mapping[str, sfn.StateMachine]
    lost_calls: sqs.IQueue
    undelivered: sqs.IQueue


def of_guard(construct: Construct, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
    """A metric that a function of ours writes into its own log (lambdas/)."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"service": cdk.Stack.of(construct).stack_name},
        statistic=statistic,
        period=_MINUTE,
    )


def page_of(alarm: str) -> str:
    """Where it is told what to do when an alarm rings."""
    return f"{PAGES}/{alarm}.md"


class Alarms(Construct):
    """The alarms.

    Attributes:
        all: Every alarm.
    """

    def __init__(self, scope: Construct, id: str, watched: Watched, ops_topic: sns.ITopic) -> None:
        super().__init__(scope, id)
        self._tell = actions.SnsAction(ops_topic)
        self.all = [
            self._tick_missing(),
            self._watch_errors(watched.watch),
            self._judging_errors(),
            self._letters("LostCalls", watched.lost_calls, "A tick, an event or a clean-up came to nothing."),
            self._letters("UndeliveredMail", watched.undelivered, "SNS could not deliver a message."),
            self._runs_failed(),
            self._alerts_pending(),
            self._jobs_overdue(),
        ]

    def _tick_missing(self) -> cloudwatch.Alarm:
        what = "No tick for five minutes: nobody watches the jobs, and waiting runs do not go on."
        missing = cloudwatch.TreatMissingData.BREACHING
        return self._alarm("TickMissing", of_guard(self, "Ticks"), what, below=1, minutes=5, missing=missing)

    def _watch_errors(self, watch: GuardFunction) -> cloudwatch.Alarm:
        errors = watch.function.metric_errors(period=_MINUTE, statistic="Sum")
        return self._alarm("WatchErrors", errors, "The watch itself failed, three ticks in a row.", minutes=3)

    def _judging_errors(self) -> cloudwatch.Alarm:
        what = "A job, a run or an alert could not be dealt with, three ticks in a row; the log says which."
        return self._alarm("TickErrors", of_guard(self, "TickErrors"), what, minutes=3)

    def _letters(self, id: str, queue: sqs.IQueue, what: str) -> cloudwatch.Alarm:
        visible = queue.metric_approximate_number_of_messages_visible(period=_MINUTE, statistic="Maximum")
        return self._alarm(id, visible, what)

    def _runs_failed(self) -> cloudwatch.Alarm:
        """Not the machines' own metric: there refused and stopped runs count too, which have their mail."""
        what = "A run failed for a reason that is neither its config nor its curve; its mail says which."
        return self._alarm("RunsFailed", of_guard(self, "RunsFailed"), what)

    def _alerts_pending(self) -> cloudwatch.Alarm:
        what = "Alerts about runs could not be published for ten minutes; they are kept and tried again."
        return self._alarm("AlertsPending", of_guard(self, "AlertsPending", "Maximum"), what, minutes=10)

    def _jobs_overdue(self) -> cloudwatch.Alarm:
        """Two intervals and some slack: a job is to be judged at least every two minutes."""
        age = of_guard(self, "OldestJudgementSeconds", "Maximum")
        what = "An open job has not been judged for more than three minutes, twice in a row."
        return self._alarm("JobsOverdue", age, what, above=180, minutes=2)

    def _alarm(
        self,
        id: str,
        metric: cloudwatch.IMetric,
        what: str,
        *,
        above: float = 0,
        below: float | None = None,
        minutes: int = 1,
        missing: cloudwatch.TreatMissingData = _QUIET,
    ) -> cloudwatch.Alarm:
        under = below is not None
        compare = cloudwatch.ComparisonOperator
        alarm = cloudwatch.Alarm(
            self,
            id,
            metric=metric,
            alarm_description=f"{what} What to do: {page_of(id)}",
            threshold=above if below is None else below,
            comparison_operator=compare.LESS_THAN_THRESHOLD if under else compare.GREATER_THAN_THRESHOLD,
            evaluation_periods=minutes,
            datapoints_to_alarm=minutes,
            treat_missing_data=missing,
        )
        alarm.add_alarm_action(self._tell)
        return alarm
