from dataclasses import replace

from finetune_guard.core.jobs import JobRecord, JobStatus, Phase, Phases, PhaseStatus
from finetune_guard.core.learning import learnt
from finetune_guard.core.observations import MOST_PACES, BaseModelFacts, JobPace, ShadowCounts
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


def test_what_an_armed_watch_would_have_done_is_counted_once_for_each_job() -> None:
    wrong = replace(finished("a"), would_stop_step=40)
    facts = learnt(NOTHING, wrong, START)
    again = learnt(facts, wrong, later(hours=1))
    both = learnt(again, finished("b"), later(hours=2))

    assert facts.shadow == again.shadow == ShadowCounts(sound=1, sound_stopped=1)
    assert both.shadow == ShadowCounts(sound=2, sound_stopped=1)


def test_a_job_that_was_stopped_is_learnt_from_but_says_nothing_of_false_stops() -> None:
    seen = replace(finished().seen, live=True)
    stopped = replace(finished(), status=JobStatus.STOPPED, seen=seen, would_stop_step=40)
    facts = learnt(NOTHING, stopped, START)

    assert (facts.jobs_seen, facts.shadow) == (1, ShadowCounts())
