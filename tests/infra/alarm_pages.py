"""`python -m tests.infra.alarm_pages`: writes what each page of docs/alarms quotes of stack and mails.

What rings it, the mail and the question to the logs are written from the template and from the mails' own
functions; causes, commands and when to escalate are written by hand around that.
"""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from finetune_guard.core.jobs import JobStatus, StopOrder, StopReason
from finetune_guard.core.wording import CONFIRMATION_DUE, news, unheeded
from infra.constructs.log_queries import QUERIES, LogQuery
from tests import builders
from tests.generated_part import with_part
from tests.infra.conftest import empty_layers, synthesise
from tests.infra.deployed import Deployed, Resource

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "alarms"
MARKS = ("<!-- made -->", "<!-- /made -->")
MINUTE = 60

#: Pages of what no alarm tells: mails of a machine, by the state that sends them, and mails about a job.
OF_MACHINES = {"RunUnheard": "TellOps", "RunUnreported": "TellOpsFailed"}
OF_JOBS = ("JobLost", "StopNotConfirmed")

_CAPITALS = ("", "Words in capitals: [names](../operations.md#names-that-the-commands-want).")
_COMPARED = {"LessThanThreshold": "less than", "GreaterThanThreshold": "more than"}
_MISSING = {
    "breaching": "a minute without a value counts as one",
    "notBreaching": "a minute without a value does not count",
}
_STATISTICS = {"Sum": "sum", "Maximum": "highest value"}


def alarms(deployed: Deployed) -> dict[str, Resource]:
    """Alarm → its properties."""
    found = deployed.resources("AWS::CloudWatch::Alarm").items()
    return {name.removeprefix("Alarms")[:-8]: alarm for name, alarm in found}


def made_parts(deployed: Deployed) -> dict[str, list[str]]:
    """Page → the lines of it that are made."""
    rung = {name: list(_of_alarm(name, alarm)) for name, alarm in alarms(deployed).items()}
    told = {name: list(_of_machine(deployed, state)) for name, state in OF_MACHINES.items()}
    return {**rung, **told, "JobLost": list(_job_lost()), "StopNotConfirmed": list(_stop_not_confirmed())}


def page(name: str, written: str, parts: Mapping[str, list[str]]) -> str:
    """A page with its made part as it should be."""
    return with_part(written, MARKS, [*parts[name], *_CAPITALS], FOLDER / f"{name}.md")


def _of_alarm(name: str, alarm: Resource) -> Iterator[str]:
    yield f'> **ALARM: "FinetuneGuard-Alarms{name}…" in US East (N. Virginia)**\\'
    yield f"> … Description: {alarm['AlarmDescription']}"
    yield ""
    yield f"**It rings when** {_rule(alarm)}."
    queries = {query.name: query for query in QUERIES}
    if name in queries:
        yield from _question(queries[name])


def _rule(alarm: Resource) -> str:
    minutes, period = alarm["EvaluationPeriods"], alarm["Period"]
    assert period == MINUTE and minutes == alarm["DatapointsToAlarm"]
    times = "in one minute" if minutes == 1 else f"in {minutes} minutes one after the other"
    return (
        f"the {_STATISTICS[alarm['Statistic']]} of `{alarm['MetricName']}` ({alarm['Namespace']}) is "
        f"{_COMPARED[alarm['ComparisonOperator']]} {alarm['Threshold']:g} {times}; "
        f"{_MISSING[alarm['TreatMissingData']]}"
    )


def _question(query: LogQuery) -> Iterator[str]:
    asked = ", ".join(f"`{handler}`" for handler in query.handlers) or "every function"
    yield ""
    yield f"**Ask the logs** of {asked} (Logs Insights, saved queries, `FinetuneGuard/{query.name}`):"
    yield ""
    yield "```text"
    yield query.text
    yield "```"


def _of_machine(deployed: Deployed, state: str) -> Iterator[str]:
    subjects = {
        deployed.definition(machine)["States"][state]["Arguments"]["Subject"]
        for machine in deployed.machines()
    }
    [subject] = subjects
    yield f"> **{subject}**"
    yield from _question(next(query for query in QUERIES if query.name == "OneRun"))


def _job_lost() -> Iterator[str]:
    before = builders.running()
    [mail] = news(before, replace(before, status=JobStatus.LOST), builders.START)
    yield from _mail(mail.subject, mail.text)


def _stop_not_confirmed() -> Iterator[str]:
    order = StopOrder(StopReason.PERSON, "A person asked for it.", builders.START)
    job = builders.running(stop=order)
    mail = unheeded(job, builders.START + 2 * CONFIRMATION_DUE)
    assert mail
    yield from _mail(mail.subject, mail.text)


def _mail(subject: str, text: str) -> Iterator[str]:
    yield f"> **{subject}**\\"
    yield f"> {text.partition(chr(10))[0]}"


def main() -> None:
    """Writes the made part of every page."""
    with tempfile.TemporaryDirectory() as folder:
        parts = made_parts(synthesise({}, empty_layers(Path(folder)), Path(folder) / "cdk.out"))
    for name in parts:
        path = FOLDER / f"{name}.md"
        path.write_text(page(name, path.read_text("utf-8"), parts), "utf-8")


if __name__ == "__main__":
    main()
