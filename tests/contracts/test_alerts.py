"""The contract of Alerts, on the fake and on SNS by moto."""

from dataclasses import replace

import pytest

from finetune_guard.aws.sns_alerts import SnsAlerts
from finetune_guard.core.alerts import LONGEST_SUBJECT, Alert, AlertKind, subject_line
from finetune_guard.core.errors import RequestRejectedError
from finetune_guard.core.findings import Severity
from finetune_guard.ports import Alerts
from tests import builders
from tests.fakes.people import FakeAlerts

ALERT = Alert(
    alert_id="a" * 24,
    kind=AlertKind.STOPPING,
    severity=Severity.CRITICAL,
    run_id="support-bot-0123456789",
    job="full-0-0",
    subject="STOPPING support-bot: divergence",
    text="The loss rose from 1.9 to 5.1 and stayed there.\n",
    created_at=builders.START,
)


@pytest.fixture(params=["fake", "sns"])
def alerts(request: pytest.FixtureRequest) -> Alerts:
    if request.param == "fake":
        return FakeAlerts()
    clients = request.getfixturevalue("clients")
    return SnsAlerts(clients.sns, clients.sns.create_topic(Name="alerts")["TopicArn"])


def test_each_publication_has_an_id_of_its_own(alerts: Alerts) -> None:
    first, second = alerts.publish(ALERT), alerts.publish(ALERT)
    assert first
    assert second
    assert first != second


@pytest.mark.fault(73)
@pytest.mark.parametrize("title", ["x" * 500, "two\nlines", "Verlust wächst: 学習", "\x07bell", "💥" * 99])
def test_any_title_made_a_subject_by_the_core_is_taken(alerts: Alerts, title: str) -> None:
    subject = subject_line(title)
    assert len(subject) <= LONGEST_SUBJECT
    assert alerts.publish(replace(ALERT, subject=subject))


@pytest.mark.fault(73)
def test_a_text_that_fits_no_message_is_refused(alerts: Alerts) -> None:
    with pytest.raises(RequestRejectedError):
        alerts.publish(replace(ALERT, text="ü" * 140_000))


def test_a_finding_with_a_loss_that_is_no_number_is_published(alerts: Alerts) -> None:
    finding = builders.finding(observed=float("nan"), threshold=float("inf"))
    assert alerts.publish(replace(ALERT, finding=finding))
