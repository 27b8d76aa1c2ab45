import io
from collections.abc import Sequence
from dataclasses import replace

from rich.console import Console

from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.observations import Execution
from finetune_guard.core.plans import Stage
from finetune_guard.core.verdict import VerdictKind
from local.demo.endings import Ending
from local.demo.following import Seen
from local.demo.progress import LiveTable, PlainLines, progress_on, whereabouts
from local.demo.stories import HEALTHY
from local.demo.telling import summarise, tell
from tests import builders
from tests.local.demo.test_endings import AT, as_expected

WIDTH = 160


def paper(terminal: bool = False) -> tuple[Console, io.StringIO]:
    page = io.StringIO()
    return Console(file=page, width=WIDTH, force_terminal=terminal, color_system=None), page


def running(*jobs: object, run: bool = True) -> Seen:
    record = replace(builders.run(), jobs=jobs) if run else None  # type: ignore[arg-type]
    return Seen(HEALTHY, "r", Execution("arn:one", "RUNNING", AT), record, seconds=7)


def shown(stories: Sequence[Seen]) -> str:
    console, page = paper()
    with PlainLines(console) as progress:
        for seen in stories:
            progress.show([seen])
    return page.getvalue()


def test_where_a_story_is_is_told_in_a_few_words() -> None:
    job = builders.running(seen=CurveSeen(rows=24, last_step=24, last_loss=1.2345))
    queued = builders.intent()
    done = builders.completed(verdict=VerdictKind.HEALTHY)

    assert whereabouts(running(run=False)) == "checking and planning"
    assert whereabouts(running()) == "planned"
    assert whereabouts(running(queued)) == "rehearsal 0 · Intended"
    assert whereabouts(running(job)) == "rehearsal 0 · InProgress, training · step 24 of about 100, loss 1.23"
    assert whereabouts(running(done)).endswith("Completed · step 100 of about 100, loss 1 · healthy")


def test_where_a_story_ended_is_told_with_its_decision() -> None:
    ended = as_expected(HEALTHY)
    seen = Seen(HEALTHY, "r", Execution("arn:one", "SUCCEEDED", AT), ended.run)

    assert whereabouts(seen) == "completed: proceed, mails on their way"
    assert whereabouts(replace(seen, settled=True)) == "completed: proceed"


def test_without_a_terminal_a_line_is_written_when_something_changes_and_only_then() -> None:
    lines = shown([running(run=False), running(run=False), running(), running()]).splitlines()

    assert lines == ["   7 s  healthy: checking and planning", "   7 s  healthy: planned"]


def test_on_a_terminal_a_table_is_drawn() -> None:
    console, page = paper(terminal=True)
    progress = progress_on(console)
    assert isinstance(progress, LiveTable)

    with progress:
        progress.show([running(builders.running(seen=CurveSeen(rows=3, tail=(3.0, 2.0, 1.0))))])

    assert "healthy" in page.getvalue()
    assert "█▅▁" in page.getvalue() or "█▄▁" in page.getvalue()


def test_without_a_terminal_there_is_no_table() -> None:
    assert isinstance(progress_on(paper()[0]), PlainLines)


def test_a_story_is_told_whole() -> None:
    ending = as_expected(HEALTHY)
    assert ending.run
    full = builders.completed(stage=Stage.FULL)
    failed = Execution("arn:one", "FAILED", AT)
    run = replace(ending.run, jobs=(builders.completed(), full))
    ending = replace(ending, execution=failed, run=run)
    console, page = paper()

    tell(ending, console)

    told = page.getvalue()
    for part in (
        HEALTHY.asked,
        "full run at learningRate 0.0001: Completed, healthy (curve at completion), 100 steps",
        "Decision: proceed (full.healthy). Evidence: curve at completion.",
        "Subject: COMPLETED: healthy (proceed)",
        "$10.00 of $10.00 planned, $0.00 saved",
        "NOT AS EXPECTED: the execution is FAILED, not SUCCEEDED.",
    ):
        assert part in told


def test_a_story_whose_machine_failed_at_once_is_told_with_its_cause() -> None:
    console, page = paper()
    failed = Execution("arn:one", "FAILED", AT, error="Preflight", cause="The bucket is not there.")

    tell(Ending(HEALTHY, failed, None, (), 3.0), console)

    assert "FAILED Preflight The bucket is not there." in page.getvalue()


def test_the_summary_has_a_line_for_each_story_and_says_which_went_wrong() -> None:
    console, page = paper()

    summarise([as_expected(HEALTHY), Ending(HEALTHY, None, None, (), 1.0)], console)

    rows = [line for line in page.getvalue().splitlines() if "healthy" in line]
    assert [" yes " in row for row in rows] == [True, False]
    assert " no record " in rows[1]
