"""A mail as a person gets it, made from what a topic delivered to the queue; kept as an .eml file."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import cast

_POLICY = EmailPolicy(max_line_length=200, utf8=True)
_RUN = "X-Finetune-Guard-Run"
_KIND = "X-Finetune-Guard-Kind"
_SENT_AT = "X-Finetune-Guard-Sent-At"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail.

    Attributes:
        message_id: The topic's own id of the message; the same for a second delivery.
        topic: Name of the topic it came through.
        sent_at: When the topic took it, UTC.
        subject: One line; SNS's own words where the sender gave none.
        text: The body.
        run_id: The run it is about, or "".
        kind: The alert's kind, or "".
    """

    message_id: str
    topic: str
    sent_at: datetime
    subject: str
    text: str
    run_id: str = ""
    kind: str = ""


def delivered(envelope: str) -> Mail:
    """The mail in an SNS envelope, as a queue without raw delivery gets it.

    The queue's copy of an alert is JSON that carries the text of the e-mail (docs/adr/0001); any other
    message, such as the machines' own to the ops topic, is shown as it is.

    Raises:
        ValueError: It is not an SNS envelope.
    """
    try:
        content = json.loads(envelope)
        message = str(content["Message"])
        alert = _alert_in(message)
        return Mail(
            message_id=str(content["MessageId"]),
            topic=str(content["TopicArn"]).rsplit(":", 1)[-1],
            sent_at=datetime.fromisoformat(str(content["Timestamp"])),
            subject=str(content.get("Subject") or "AWS Notification Message"),
            text=str(alert.get("text") or message),
            run_id=str(alert.get("run_id") or ""),
            kind=str(alert.get("kind") or ""),
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise ValueError(f"Not an SNS envelope: {envelope[:200]}") from exc


def _alert_in(message: str) -> dict[str, object]:
    try:
        content = json.loads(message)
    except ValueError:
        return {}
    is_alert = isinstance(content, dict) and "alert_id" in content
    return cast(dict[str, object], content) if is_alert else {}


def keep(mail: Mail, folder: Path) -> Path:
    """Writes the mail as .eml, whole or not at all; a second delivery overwrites the first."""
    message = EmailMessage(_POLICY)
    message["From"] = f"{mail.topic} <no-reply@sns.local>"
    message["To"] = "you@example.com"
    message["Date"] = format_datetime(mail.sent_at)
    message["Subject"] = mail.subject
    message["Message-ID"] = f"<{mail.message_id}@sns.local>"
    message[_RUN], message[_KIND], message[_SENT_AT] = mail.run_id, mail.kind, mail.sent_at.isoformat()
    message.set_content(mail.text)
    path = folder / f"{mail.sent_at:%Y%m%dT%H%M%S%f}-{mail.message_id}.eml"
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(message.as_bytes())
    return unfinished.rename(path)


def kept(folder: Path) -> tuple[Mail, ...]:
    """Every mail that has arrived, oldest first."""
    mails: Iterable[Mail] = (_read(path) for path in folder.glob("*.eml"))
    return tuple(sorted(mails, key=lambda mail: (mail.sent_at, mail.message_id)))


def _read(path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), policy=_POLICY)
    sent_at = str(message[_SENT_AT] or "")
    return Mail(
        message_id=str(message["Message-ID"]).strip("<>").split("@", 1)[0],
        topic=str(message["From"]).split(" <", 1)[0],
        sent_at=datetime.fromisoformat(sent_at) if sent_at else parsedate_to_datetime(str(message["Date"])),
        subject=str(message["Subject"]),
        text=message.get_content(),
        run_id=str(message[_RUN] or ""),
        kind=str(message[_KIND] or ""),
    )


def shown(mail: Mail) -> str:
    """The mail as a mail program shows it."""
    head = f"From:    {mail.topic}\nDate:    {mail.sent_at:%Y-%m-%d %H:%M:%S} UTC\nSubject: {mail.subject}\n"
    return f"{head}\n{mail.text.rstrip()}\n"
