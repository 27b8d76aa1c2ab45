from dataclasses import replace

from finetune_guard.core.alerts import LONGEST_SUBJECT, LONGEST_TEXT, Alert, AlertKind
from finetune_guard.core.digest_mail import MOST_OTHERS, MOST_RUNS, MOST_URGENT, digest_alert
from finetune_guard.core.findings import Severity, Signal
from tests.builders import finding, later
from tests.contracts.records import alert


def storm(count: int) -> list[Alert]:
    """Findings of forty runs, every third of them critical, and a question among them."""
    made = []
    for n in range(count):
        critical = n % 3 == 0
        severity = Severity.CRITICAL if critical else Severity.WARNING
        signal = Signal.DIVERGENCE if critical else Signal.OSCILLATION
        made.append(
            alert(
                f"{n:024}",
                run_id=f"run-{n % 40:02}",
                severity=severity,
                subject=f"{severity.upper()} {signal}: job-{n}",
                created_at=later(seconds=n),
                finding=finding(signal=signal, severity=severity),
            )
        )
    question = replace(made[1], alert_id="q" * 24, kind=AlertKind.QUESTION, subject="QUESTION job-1: which?")
    return [*made, replace(question, finding=None, run_id="run-question")]


def test_what_to_act_on_comes_before_everything_else() -> None:
    text = digest_alert(storm(900), 0, 30, later(hours=1)).text
    assert text.index("QUESTION job-1: which? (run run-question)") < text.index("What they are:")


def test_it_counts_what_there_is_by_severity_and_kind_and_by_run() -> None:
    text = digest_alert(storm(900), 0, 30, later(hours=1)).text
    assert "- 300 x critical finding: divergence\n- 600 x warning finding: oscillation" in text
    assert "- 31 more runs: " in text
    assert text.count("\n- run-") == MOST_RUNS


def test_it_names_the_most_severe_and_says_how_many_it_does_not_name() -> None:
    text = digest_alert(storm(900), 0, 30, later(hours=1)).text
    assert text.count("CRITICAL divergence: job-") == MOST_OTHERS
    assert "WARNING" not in text
    assert f"- and {900 - MOST_OTHERS} more" in text


def test_it_says_why_there_is_one_mail_and_where_the_rest_is() -> None:
    mail = digest_alert(storm(900), 250, 30, later(hours=1))
    assert "901 alerts of 41 runs" in mail.text
    assert "faster than 30 mails an hour (deploy option mailsPerHour)" in mail.text
    assert "250 more wait for the next mail like this one: at most 3 such mails an hour." in mail.text
    assert "finetune-guard runs" in mail.text
    assert "finetune-guard report run-00" in mail.text


def test_it_fits_a_mail_whatever_it_tells() -> None:
    long = [
        replace(one, subject="S" * LONGEST_SUBJECT, run_id="r" * 60 + str(n))
        for n, one in enumerate(storm(99))
    ]
    many = [replace(one, kind=AlertKind.STOPPING) for one in long[:50]]
    mail = digest_alert(long + many, 10_000, 1000, later(hours=1))
    assert len(mail.text.encode()) <= LONGEST_TEXT
    assert "cut here" not in mail.text
    assert mail.text.count("run rrr") <= MOST_URGENT + MOST_OTHERS
    assert len(mail.subject) <= LONGEST_SUBJECT


def test_its_id_is_that_of_what_it_tells_in_any_order() -> None:
    told = storm(10)
    first, second = digest_alert(told, 0, 30, later(hours=1)), digest_alert(told[::-1], 0, 30, later(hours=2))
    assert first.alert_id == second.alert_id != digest_alert(told[1:], 0, 30, later(hours=1)).alert_id


def test_it_is_as_severe_as_the_most_severe_that_it_tells() -> None:
    warnings = [one for one in storm(9) if one.severity is Severity.WARNING]
    assert digest_alert(warnings, 0, 30, later(hours=1)).severity is Severity.WARNING
    assert digest_alert(storm(9), 0, 30, later(hours=1)).severity is Severity.CRITICAL
