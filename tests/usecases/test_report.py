import json

import pytest

from finetune_guard.core.alerts import AlertKind
from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.reporting import Outcome, Result
from finetune_guard.usecases.advance import AdvanceTools, advance
from finetune_guard.usecases.report import ReportTools, report
from tests.builders import completed, run, running
from tests.fakes.world import World

KEY = f"runs/{run().run_id}/report.json"


@pytest.fixture
def world() -> World:
    made = World()
    made.store.add_run(run())
    return made


def tell(world: World, error: str = "") -> Result:
    return report(run().run_id, ReportTools(world.store, world.journal, world.clock), error)


def ended(world: World) -> None:
    for candidate in (0, 1):
        world.store.add_job(completed(candidate=candidate, too_hot=True))
    advance(run().run_id, AdvanceTools(world.store, world.clock))


def test_the_report_is_written_and_the_mail_recorded(world: World) -> None:
    ended(world)
    result = tell(world)
    assert (result.outcome, result.report_uri) == (Outcome.REFUSED, f"s3://{world.journal.bucket}/{KEY}")
    kept = json.loads(world.journal.objects[KEY])
    assert kept["result"]["report_uri"] == result.report_uri
    assert [alert.kind for alert in world.store.alerts(run().run_id)] == [AlertKind.RUN_REFUSED]


def test_telling_twice_tells_the_same_and_mails_once(world: World) -> None:
    ended(world)
    assert tell(world) == tell(world)
    assert len(world.store.alerts(run().run_id)) == 1


def test_a_workflow_that_failed_ends_the_run_as_failed_with_the_jobs_that_still_bill(world: World) -> None:
    world.store.add_job(running())
    result = tell(world, error="States.Timeout")
    assert (result.outcome, result.status) == (Outcome.FAILED, RunStatus.FAILED)
    (alert,) = world.store.alerts(run().run_id)
    assert "States.Timeout" in alert.text
    assert "STILL RUNNING AND BILLING" in alert.text


def test_a_failure_after_the_end_changes_nothing(world: World) -> None:
    ended(world)
    assert tell(world, error="Lambda.Unknown").outcome is Outcome.REFUSED
