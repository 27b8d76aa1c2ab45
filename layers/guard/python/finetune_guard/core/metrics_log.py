"""The metrics log: JSON lines that any dashboard can read, the same on disk and in the bucket."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from finetune_guard.core import wire
from finetune_guard.core.alerts import Alert, AlertKind
from finetune_guard.core.findings import Finding


@dataclass(frozen=True, slots=True)
class MetricLine:
    """One row of metrics.jsonl; the loss may be non-finite."""

    step: int
    epoch: float | None
    name: str
    value: float


def metric_lines(rows: Iterable[MetricLine]) -> str:
    """metrics.jsonl: one object a line."""
    return "".join(wire.dumps(row) + "\n" for row in rows)


def read_metric_lines(data: bytes) -> tuple[MetricLine, ...]:
    """The rows of a metrics.jsonl that `metric_lines` wrote.

    Raises:
        InvalidInputError: A line is none of ours.
    """
    return tuple(wire.loads(line, MetricLine) for line in data.splitlines() if line.strip())


@dataclass(frozen=True, slots=True)
class EventLine:
    """As much of one row of events.jsonl as is read again."""

    at: datetime
    kind: AlertKind
    finding: Finding | None = None


def read_event_lines(data: bytes) -> tuple[EventLine, ...]:
    """The rows of an events.jsonl that `event_lines` wrote.

    Raises:
        InvalidInputError: A line is none of ours.
    """
    return tuple(wire.loads(line, EventLine) for line in data.splitlines() if line.strip())


def event_lines(alerts: Iterable[Alert]) -> str:
    """events.jsonl: findings, decisions and actions side by side, in the order they were recorded."""
    return "".join(
        wire.dumps(
            {
                "at": alert.created_at,
                "kind": alert.kind,
                "severity": alert.severity,
                "run_id": alert.run_id,
                "job": alert.job,
                "what": alert.subject,
                "finding": alert.finding,
            }
        )
        + "\n"
        for alert in alerts
    )
