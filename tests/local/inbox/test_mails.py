import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.inbox.mails import Mail, delivered, keep, kept, shown

MAIL = Mail(
    message_id="0f3a2b1c-0000-4000-8000-000000000001",
    topic="FinetuneGuard-Alerts",
    sent_at=datetime(2026, 11, 24, 12, 0, 0, 123000, tzinfo=UTC),
    subject="STOPPING support-bot",
    text="The job is being stopped.\n\nLoss 5.1 – was 2.3 × before.\n",
    run_id="support-bot-0123456789",
    kind="stopping",
)


def envelope(message: str, **changes: object) -> str:
    content = {
        "Type": "Notification",
        "MessageId": MAIL.message_id,
        "TopicArn": f"arn:aws:sns:us-east-1:000000000000:{MAIL.topic}",
        "Subject": MAIL.subject,
        "Message": message,
        "Timestamp": "2026-11-24T12:00:00.123Z",
    }
    return json.dumps({**content, **changes})


def alert() -> str:
    return json.dumps({"alert_id": "a" * 24, "kind": MAIL.kind, "run_id": MAIL.run_id, "text": MAIL.text})


def test_an_alert_is_shown_as_the_text_of_its_e_mail() -> None:
    assert delivered(envelope(alert())) == MAIL


def test_a_message_that_is_no_alert_is_shown_as_it_is() -> None:
    mail = delivered(envelope('{"AlarmName": "TickMissing"}', Subject=None))

    assert mail.text == '{"AlarmName": "TickMissing"}'
    assert mail.subject == "AWS Notification Message"
    assert (mail.run_id, mail.kind) == ("", "")


@pytest.mark.parametrize("body", ["", "no JSON", "[]", "{}", envelope("x", Timestamp="yesterday"), "null"])
def test_what_is_no_envelope_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="Not an SNS envelope"):
        delivered(body)


def test_a_kept_mail_is_read_back_the_same(tmp_path: Path) -> None:
    keep(MAIL, tmp_path)

    assert kept(tmp_path) == (MAIL,)


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=3000))
def test_any_text_survives_the_keeping(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("inbox")
    mail = replace(MAIL, text=text + "\n")

    keep(mail, folder)

    assert kept(folder) == (mail,)


def test_a_second_delivery_is_the_same_mail(tmp_path: Path) -> None:
    keep(MAIL, tmp_path)
    keep(MAIL, tmp_path)

    assert kept(tmp_path) == (MAIL,)


def test_mails_are_kept_in_the_order_they_were_sent(tmp_path: Path) -> None:
    later = replace(MAIL, message_id="a", sent_at=datetime(2026, 11, 24, 12, 0, 1, tzinfo=UTC))
    keep(later, tmp_path)
    keep(MAIL, tmp_path)

    assert [mail.message_id for mail in kept(tmp_path)] == [MAIL.message_id, "a"]


def test_a_mail_is_shown_as_a_person_reads_it() -> None:
    assert shown(MAIL) == (
        "From:    FinetuneGuard-Alerts\n"
        "Date:    2026-11-24 12:00:00 UTC\n"
        "Subject: STOPPING support-bot\n"
        "\n"
        "The job is being stopped.\n\nLoss 5.1 – was 2.3 × before.\n"
    )
