from dataclasses import replace

from finetune_guard.core.jobs import JobRecord, JobStatus, Phase, Phases, PhaseStatus
from finetune_guard.core.learning import learnt
from finetune_guard.core.observations import MOST_PACES, BaseModelFacts, JobPace
from finetune_guard.core.plans import Stage
from tests.builders import BASE, START, completed, later, run

NOTHING = BaseModelFacts(BASE)


def finished(of: str = "support-bot", minutes: float = 10) -> JobRecord:
    training = Phase(PhaseStatus.COMPLETED, START, later(minutes=minutes))
    return completed(run(run_id=of), Stage.FULL, phases=Phases(training=training))


def test_the_pace_of_a_finished_job_is_learnt_with_the_job_it_comes_from() -> None:
    facts = learnt(NOTHING, finished(), later(hours=2))

    assert [(pace.source, pace.seconds, pace.steps) for pace in facts.paces] == [
        ("support-bot/full-0-0", 6.0, 100)
    ]


def test_a_job_that_failed_teaches_no_pace() -> None:
    failed = replace(finished(), status=JobStatus.FAILED)

    assert learnt(NOTHING, failed, START).paces == ()


def test_only_the_last_jobs_are_remembered() -> None:
    facts = NOTHING
    for number in range(MOST_PACES + 3):
        facts = learnt(facts, finished(f"run-{number}", minutes=number + 1), START)

    assert len(facts.paces) == MOST_PACES
    assert facts.paces[-1].source == f"run-{MOST_PACES + 2}/full-0-0"


def test_a_job_that_is_learnt_from_again_counts_once() -> None:
    facts = replace(NOTHING, paces=(JobPace("support-bot/full-0-0", 9, 100), JobPace("b/full-0-0", 1, 100)))

    again = learnt(facts, finished(), START)

    assert [pace.source for pace in again.paces] == ["b/full-0-0", "support-bot/full-0-0"]
