"""The mail that tells many alerts together, read at three in the morning: what to do comes first."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from finetune_guard.core.alerts import Alert, AlertKind, alert_id, body, subject_line
from finetune_guard.core.findings import Severity
from finetune_guard.core.mail_cap import URGENT, digests_an_hour

#: Urgent alerts, others, and runs that are named one by one.
MOST_URGENT = 15
MOST_OTHERS = 15
MOST_RUNS = 10
_RANK = {Severity.CRITICAL: 0, Severity.WARNING: 1, Severity.INFO: 2}


def digest_alert(alerts: Sequence[Alert], kept_back: int, limit: int, now: datetime) -> Alert:
    """One mail for many alerts.

    Args:
        alerts: At least one; each is told by this mail and by no other.
        kept_back: How many more wait for the next such mail.
        limit: Most mails within an hour.
        now: UTC.
    """
    ordered = sorted(alerts, key=lambda alert: (_RANK[alert.severity], alert.created_at))
    urgent = tuple(alert for alert in ordered if alert.kind in URGENT)
    others = tuple(alert for alert in ordered if alert.kind not in URGENT)
    critical = sum(alert.severity is Severity.CRITICAL for alert in alerts)
    paragraphs = (
        _opening(alerts, limit),
        _listed("To act on", urgent, MOST_URGENT),
        _counts(alerts),
        _runs(alerts),
        _listed("The others, most severe first" if urgent else "Most severe first", others, MOST_OTHERS),
        _rest(kept_back, limit),
        "All of them are recorded. The runs: finetune-guard runs\n"
        f"One run, with its findings: finetune-guard report {_loudest(alerts)}",
        "Finetune Guard",
    )
    return Alert(
        alert_id=alert_id("", "", AlertKind.DIGEST, "/".join(sorted(alert.alert_id for alert in alerts))),
        kind=AlertKind.DIGEST,
        severity=ordered[0].severity,
        run_id="",
        job="",
        subject=subject_line(
            f"{len(alerts):,} ALERTS IN ONE MAIL: {len(urgent):,} to act on, {critical:,} critical"
        ),
        text=body("\n\n".join(part for part in paragraphs if part) + "\n"),
        created_at=now,
    )


def _opening(alerts: Sequence[Alert], limit: int) -> str:
    first, last = (f(alert.created_at for alert in alerts) for f in (min, max))
    runs = len({alert.run_id for alert in alerts})
    return (
        f"{len(alerts):,} alerts of {_many(runs, 'run')}, from {first:%Y-%m-%d %H:%M} to {last:%H:%M} UTC, "
        f"in one mail: they came faster than {limit} mails an hour (deploy option mailsPerHour). "
        "None of them gets a mail of its own. So many at once more likely have one cause than many."
    )


def _listed(title: str, alerts: Sequence[Alert], most: int) -> str:
    if not alerts:
        return ""
    lines = [f"- {alert.created_at:%H:%M} {alert.subject} (run {alert.run_id})" for alert in alerts[:most]]
    more = [f"- and {len(alerts) - most:,} more"] if len(alerts) > most else []
    return "\n".join((f"{title}:", *lines, *more))


def _counts(alerts: Sequence[Alert]) -> str:
    counted = Counter((_RANK[alert.severity], _what(alert)) for alert in alerts)
    ordered = sorted(counted.items(), key=lambda entry: (entry[0][0], -entry[1], entry[0][1]))
    return "\n".join(("What they are:", *(f"- {count:,} x {what}" for (_, what), count in ordered)))


def _what(alert: Alert) -> str:
    signal = f": {alert.finding.signal.replace('_', ' ')}" if alert.finding else ""
    return f"{alert.severity} {alert.kind}{signal}"


def _runs(alerts: Sequence[Alert]) -> str:
    return "\n".join(("Whose they are:", *_run_lines(Counter(alert.run_id for alert in alerts))))


def _run_lines(counted: Counter[str]) -> Iterator[str]:
    ordered = sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))
    yield from (f"- {run_id}: {count:,}" for run_id, count in ordered[:MOST_RUNS])
    if len(ordered) > MOST_RUNS:
        rest = sum(count for _, count in ordered[MOST_RUNS:])
        yield f"- {_many(len(ordered) - MOST_RUNS, 'more run')}: {rest:,}"


def _loudest(alerts: Sequence[Alert]) -> str:
    counted = Counter(alert.run_id for alert in alerts)
    return min(counted, key=lambda run_id: (-counted[run_id], run_id))


def _rest(kept_back: int, limit: int) -> str:
    if not kept_back:
        return ""
    often = _many(digests_an_hour(limit), "such mail")
    return f"{kept_back:,} more wait for the next mail like this one: at most {often} an hour."


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
