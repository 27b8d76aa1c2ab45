"""A hostile text in every place of a record, looked for in every place where people and programs read it."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from finetune_guard.aws.sns_alerts import message_of
from finetune_guard.cli.run_page import page_of_run
from finetune_guard.cli.story import story
from finetune_guard.core.alerts import LONGEST_SUBJECT, LONGEST_TEXT, Alert
from finetune_guard.core.asking import question_alert
from finetune_guard.core.end_mail import end_alert
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.metrics_log import event_lines
from finetune_guard.core.refusal_cause import cause
from finetune_guard.core.reporting import report_of, result_of
from finetune_guard.core.runs import Problem, Run
from finetune_guard.core.wire import dumps
from finetune_guard.core.wording import aborted_alert, finding_alert
from tests import builders, example_runs
from tests.cli.pages import read
from tests.security.hostile import MARK, TEXTS, poisoned, unsafe

PROBLEM = Problem("HP002", "error", "key", "given", "message", "suggestion", "source")
RUNS: dict[str, Callable[[], Run]] = {
    "kept": example_runs.keep_best,
    "swept": example_runs.sweep_chosen,
    "ended by a person": example_runs.ended_by_a_person,
    "asking": example_runs.asking,
}


def run(kind: str, text: str) -> Run:
    made = RUNS[kind]()
    jobs = tuple(replace(job, findings=(builders.finding(),)) for job in made.jobs)
    return poisoned(replace(made, jobs=jobs, problems=(PROBLEM,)), text)


def alerts(of: Run) -> list[Alert]:
    job: JobRecord = of.jobs[-1]
    asked = [question_alert(of, question) for question in of.questions]
    aborted = aborted_alert(of, "ABORTED", of.jobs, builders.START)
    ended = [] if not of.ended else [end_alert(of)]
    return [*ended, *asked, aborted, finding_alert(job, job.findings[0], builders.START)]


@pytest.fixture(params=TEXTS)
def text(request: pytest.FixtureRequest) -> str:
    return TEXTS[str(request.param)]


@pytest.mark.fault(74)
@pytest.mark.parametrize("kind", RUNS)
def test_a_mail_has_one_line_of_subject_and_a_bounded_body_of_what_can_be_seen(kind: str, text: str) -> None:
    for alert in alerts(run(kind, text)):
        assert len(alert.subject) <= LONGEST_SUBJECT
        assert alert.subject.isascii()
        assert alert.subject.isprintable()
        assert len(alert.text.encode()) <= LONGEST_TEXT + 100
        assert unsafe(alert.text) == []
        assert json.loads(message_of(alert)).keys() == {"default", "email", "sqs", "lambda", "http", "https"}


@pytest.mark.parametrize("kind", RUNS)
def test_json_is_one_line_that_reads_as_what_was_written(kind: str, text: str) -> None:
    bad = run(kind, text)
    for line in (dumps(report_of(bad)), dumps(result_of(bad)), dumps(bad), *map(message_of, alerts(bad))):
        assert "\n" not in line
        assert unsafe(line) == []
        assert line.encode()
        json.loads(line)
    whole = text.replace("\ud800", "\ufffd")
    assert json.loads(dumps(bad))["job_name"] == whole


@pytest.mark.parametrize("kind", RUNS)
def test_each_event_is_one_line_of_the_log(kind: str, text: str) -> None:
    told = alerts(run(kind, text))
    lines = event_lines(told).splitlines()
    assert len(lines) == len(told)
    assert all(json.loads(line)["what"] for line in lines)


@pytest.mark.parametrize("kind", RUNS)
def test_the_story_writes_nothing_to_a_terminal_but_what_can_be_seen(kind: str, text: str) -> None:
    assert unsafe(story(run(kind, text), 100)) == []


@pytest.mark.parametrize("kind", RUNS)
def test_a_page_has_no_more_tags_and_scripts_than_without_it(kind: str, text: str) -> None:
    plain, made = read(page_of_run(RUNS[kind](), {})), read(page_of_run(run(kind, text), {}))
    assert made.tags == plain.tags
    assert made.scripts == plain.scripts
    assert made.styles == plain.styles
    assert made.references == []
    assert made.policy == plain.policy
    assert made.title


def test_the_cause_in_the_console_has_a_line_for_each_problem_and_no_other(text: str) -> None:
    told = cause("Refused.", [poisoned(PROBLEM, text)] * 2)
    assert unsafe(told) == []
    if len(text) < 1000:
        assert len(told.splitlines()) in (1, 3)


def test_the_search_finds_what_is_there() -> None:
    """Nothing would be found in sinks that the texts never reach, either."""
    bad = run("kept", f"{MARK}\x1b")
    assert MARK in end_alert(bad).text
    assert MARK in story(bad, 100)
    assert MARK in page_of_run(bad, {})
    assert unsafe("\x1b") == ["'\\x1b'"]
