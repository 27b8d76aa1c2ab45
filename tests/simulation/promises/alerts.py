"""Alerts: one a finding, sent at least once, not twice in normal working (docs/architecture.md; I3)."""

from collections.abc import Iterator

from finetune_guard.core.alerts import Alert
from finetune_guard.core.findings import Severity
from finetune_guard.core.jobs import JobRecord
from tests.simulation.effects import Effect
from tests.simulation.night import Night

#: A mail may come twice only where its sender was disturbed at one of these.
SENDING = ("store.claim_alert", "alerts.publish", "store.mark_sent")


def a_finding_is_in_an_alert_before_it_is_in_the_record(night: Night, effect: Effect) -> Iterator[str]:
    job, before = effect.answer, effect.before
    if not isinstance(job, JobRecord) or not isinstance(before, JobRecord) or before.version >= job.version:
        return
    known = {(finding.signal, finding.severity) for finding in before.findings}
    told = {
        (alert.finding.signal, alert.finding.severity)
        for alert in night.alerts.values()
        if alert.finding and (alert.run_id, alert.job) == (job.key.run_id, job.key.short)
    }
    for finding in job.findings:
        if finding.severity is not Severity.INFO and (finding.signal, finding.severity) not in known | told:
            yield f"{effect.about} has the finding {finding.signal}, and no alert tells of it."


def a_mail_comes_twice_only_after_a_fault(night: Night, effect: Effect) -> Iterator[str]:
    """After a reply that was lost or late, or a sender that died; and no more often than that."""
    alert = effect.given[0]
    if not isinstance(alert, Alert):
        return
    senders = night.published[alert.alert_id]
    undisturbed = [process.name for process in senders if not process.disturbed_at(*SENDING)]
    if len(undisturbed) > 1:
        yield f"{alert.kind} of {effect.about} was sent by {', '.join(undisturbed)}, and nothing was lost."


def every_alert_is_sent(night: Night, effect: Effect) -> Iterator[str]:
    for alert in night.alerts.values():
        if not night.published[alert.alert_id]:
            yield f"{alert.kind} of {alert.run_id} {alert.job} was never sent."


def no_mail_quotes_a_failure_message(night: Night, effect: Effect) -> Iterator[str]:
    """What the service says of a failure may quote a record (I6)."""
    alert = effect.given[0]
    if isinstance(alert, Alert) and "secret" in alert.text + alert.subject:
        yield f"{alert.kind} of {effect.about} quotes what the service said."


PROMISES = {
    "store.save_job": (a_finding_is_in_an_alert_before_it_is_in_the_record,),
    "alerts.publish": (a_mail_comes_twice_only_after_a_fault, no_mail_quotes_a_failure_message),
    "end": (every_alert_is_sent,),
}
