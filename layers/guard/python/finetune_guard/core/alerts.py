"""Alerts: what people are told, once each."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from finetune_guard.core.findings import Finding, Severity
from finetune_guard.core.names import digest
from finetune_guard.core.printable import printable_lines

#: SNS refuses a subject of 100 characters or more, line breaks and non-ASCII (fault row 73).
LONGEST_SUBJECT = 99
#: Bytes of text in one e-mail; the rest is at the report.
LONGEST_TEXT = 8_000


class AlertKind(StrEnum):
    """What an alert is about."""

    FINDING = "finding"
    WOULD_HAVE_STOPPED = "would have stopped"
    STOPPING = "stopping"
    STOP_CONFIRMED = "stop confirmed"
    STOP_NOT_CONFIRMED = "stop not confirmed"
    STOP_HELD_BACK = "stop held back"
    BREAKER_TRIPPED = "breaker tripped"
    JOB_FAILED = "job failed"
    JOB_LOST = "job lost"
    ENDED_BY_A_PERSON = "ended by a person"
    EXECUTION_ABORTED = "execution aborted"
    QUESTION = "question"
    RUN_COMPLETED = "run completed"
    RUN_REFUSED = "run refused"
    RUN_STOPPED = "run stopped"
    RUN_FAILED = "run failed"
    TEST = "test"
    DIGEST = "many alerts"


class AlertState(StrEnum):
    """Where an alert is on its way; only the watch moves it on."""

    PENDING = "PENDING"
    CLAIMED = "CLAIMED"
    SENT = "SENT"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that people are told.

    Attributes:
        alert_id: Derived from what it is about, so that the same thing is recorded once.
        kind: What it is about.
        severity: How much a person should care.
        run_id: The run.
        job: Key of the job within the run, or "".
        subject: ASCII, one line, at most LONGEST_SUBJECT characters.
        text: The e-mail's body; never a prompt, a completion or a failureMessage.
        created_at: When it was recorded.
        finding: The finding it tells of, where it tells of one.
        state: Where it is on its way.
        claimed_until: Until when a sender has it.
        sent_at: When it was published.
        message_id: The topic's own id of the message.
    """

    alert_id: str
    kind: AlertKind
    severity: Severity
    run_id: str
    job: str
    subject: str
    text: str
    created_at: datetime
    finding: Finding | None = None
    state: AlertState = AlertState.PENDING
    claimed_until: datetime | None = None
    sent_at: datetime | None = None
    message_id: str = ""
    schema_version: int = 1


def alert_id(run_id: str, job: str, kind: AlertKind, detail: str = "") -> str:
    """The id of the one alert of this kind and detail about this job."""
    return digest(run_id, job, kind, detail)[:24]


def subject_line(text: str) -> str:
    """`text` as a subject that SNS takes: ASCII, one line, at most LONGEST_SUBJECT characters."""
    one_line = " ".join(text.split())
    ascii_only = one_line.encode("ascii", "replace").decode()
    printable = "".join(c for c in ascii_only if c.isprintable())
    return printable if len(printable) <= LONGEST_SUBJECT else printable[: LONGEST_SUBJECT - 3] + "..."


def body(text: str) -> str:
    """`text` as it may be mailed: printable, cut to LONGEST_TEXT bytes at a line border, saying so."""
    safe = printable_lines(text)
    raw = safe.encode()
    if len(raw) <= LONGEST_TEXT:
        return safe
    kept = raw[:LONGEST_TEXT].decode(errors="ignore").rsplit("\n", 1)[0]
    return kept + "\n\n(cut here; the report has all of it)\n"
