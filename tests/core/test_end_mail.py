from dataclasses import replace

import pytest

from finetune_guard.core.asking import question_alert
from finetune_guard.core.decisions import DatedDecision, Decision, DecisionKind, RunStatus
from finetune_guard.core.end_mail import end_alert
from finetune_guard.core.jobs import JobStatus
from finetune_guard.core.runs import Run
from finetune_guard.core.verdict import VerdictKind
from tests import builders, example_runs

MODEL = "arn:aws:bedrock:us-west-2:123456789012:custom-model/meta.llama3-1-8b-instruct-v1:0:128k"

HOT: dict[str, object] = {"too_hot": True}
BROKEN: dict[str, object] = {"verdict": VerdictKind.DIVERGED}
FAILED: dict[str, object] = {"status": JobStatus.FAILED, "model_arn": None}

KEEP_BEST = f"""\
Run support-bot-0123456789: completed.
Decision: keep best. The validation loss is 1.3 after segment 3; it was 1.2 after segment 2. It rises while \
the training loss falls: overfitting. The model of segment 2 is kept.

What ran:
- rehearsal: Completed, healthy (curve at completion), 50 steps, rate 0.0001, $1.00
- probe: Completed, healthy (curve at completion), 50 steps, rate 0.0001, $0.50
- segment 1 of 4: Completed, healthy (curve at completion), 50 steps, validation loss 1.5, rate 0.0001, $3.00
- segment 2 of 4: Completed, healthy (curve at completion), 50 steps, validation loss 1.2, rate 0.0001, \
$3.00, ITS MODEL IS KEPT
- segment 3 of 4: Completed, healthy (curve at completion), 50 steps, validation loss 1.3, rate 0.0001, $3.00

Cost: about $10.50 of $13.50 planned (70,710 tokens; price: $0.00149 per 1,000 tokens, a test). The 6 \
planned jobs would have cost about $13.50; about $10.50 was paid, so about $3.00 was not spent.

Your model (segment 2 of 4, $1.95 a month to keep): {MODEL}/155f4719fa5b
Models that are deleted for you after 2026-11-24 17:00 UTC, within the hour: rehearsal; probe; segment 1 of \
4; segment 3 of 4

How to use your model:
Only with Provisioned Throughput: meta.llama3-1-8b-instruct-v1:0:128k is not among the bases that can be \
deployed on demand (reported by a user who cites AWS's page on on-demand deployment; not confirmed). It \
bills by the hour, used or not, until you delete it; see its price first:
aws bedrock create-provisioned-model-throughput --provisioned-model-name support-bot-0123456789 \\
  --model-units 1 --model-id {MODEL}/155f4719fa5b

The whole story: finetune-guard report support-bot-0123456789

Execution: arn:aws:states:us-west-2:123456789012:execution:RehearseThenRun:one

Finetune Guard
"""

SWEEP_NONE = """\
Run support-bot-0123456789: refused.
Decision: refuse. None of the rates can be used (0.00003: too hot; 0.0001: too hot; 0.0003: too hot): no \
full run is paid for.

What ran:
- rehearsal at 0.0001: Completed, too hot, healthy (curve at completion), 50 steps, rate 0.0001, $1.00
- rehearsal at 0.0003: Completed, too hot, healthy (curve at completion), 50 steps, rate 0.0003, $1.00
- rehearsal at 0.00003: Completed, too hot, healthy (curve at completion), 50 steps, rate 0.00003, $1.00

Cost: about $3.00 of $3.00 planned (42,426 tokens; price: $0.00149 per 1,000 tokens, a test).

Models that are deleted for you after 2026-11-24 14:00 UTC, within the hour: rehearsal at 0.0001; rehearsal \
at 0.0003; rehearsal at 0.00003

The whole story: finetune-guard report support-bot-0123456789

Execution: arn:aws:states:us-west-2:123456789012:execution:RehearseThenRun:one

Finetune Guard
"""

QUESTION = """\
Run support-bot-0123456789 waits for you.
Only 6 rows. The rehearsal is inconclusive; rehearsal.on_inconclusive is ask as ordered.

The full run would cost about $9.00; about $1.00 was spent.

To go on with the full run:  finetune-guard answer support-bot-0123456789 proceed
To end it here:              finetune-guard answer support-bot-0123456789 refuse

Nothing runs and nothing is billed meanwhile. Without an answer until 2026-11-25 13:00 UTC: refuse.

What was seen so far: finetune-guard report support-bot-0123456789

Finetune Guard
"""


@pytest.mark.parametrize(
    ("run", "subject"),
    [
        (example_runs.keep_best(), "COMPLETED: support-bot (keep best, segment 2 of 4 kept)"),
        (example_runs.budget_reached(), "COMPLETED: support-bot (budget reached, segment 1 of 3 kept)"),
        (example_runs.sweep_chosen(), "COMPLETED: support-bot (learningRate 0.0001 chosen)"),
        (example_runs.sweep_none(), "REFUSED: support-bot (no rate can be used)"),
        (example_runs.ended_by_a_person(), "STOPPED: support-bot (ended by a person, segment 1 of 3 kept)"),
        (example_runs.played(builders.run(), ({}, {})), "COMPLETED: support-bot (proceed)"),
        (example_runs.played(builders.run(), (HOT, HOT)), "REFUSED: support-bot (too hot twice)"),
        (example_runs.played(builders.run(), ({}, BROKEN)), "DO NOT USE THE MODEL: support-bot"),
        (example_runs.played(builders.run(), ({}, FAILED)), "FAILED: support-bot (job failed)"),
    ],
)
def test_the_subject_says_the_decision(run: Run, subject: str) -> None:
    assert end_alert(run).subject == subject


def test_a_run_that_keeps_its_best_model_says_which_what_it_cost_and_how_to_use_it() -> None:
    assert end_alert(example_runs.keep_best()).text == KEEP_BEST


def test_a_sweep_without_a_usable_rate_says_each_rate() -> None:
    assert end_alert(example_runs.sweep_none()).text == SWEEP_NONE


def test_the_budget_s_decision_names_the_segment_as_a_person_does() -> None:
    text = end_alert(example_runs.budget_reached()).text
    assert (
        "Decision: keep best. Segment 2 would cost about $3.00, with up to $4.50 spent already; budget_usd "
        "is 5.00. The best model so far is kept, that of segment 1."
    ) in text


def test_what_a_stopped_job_cost_is_told_as_an_estimate_and_as_an_upper_bound() -> None:
    text = end_alert(example_runs.ended_by_a_person()).text
    assert "A person ended segment 2; a stopped job keeps no model. The model of segment 1 is kept." in text
    assert "Cost: about $5.70 (at most $7.50) of $10.50 planned" in text
    assert "so about $4.80 was not spent ($3.00 at least)" in text


def test_the_mail_that_asks_has_the_commands_that_answer_and_what_follows_without() -> None:
    run = example_runs.asking()
    alert = question_alert(run, run.questions[0])
    assert alert.subject == "YOUR ANSWER IS WANTED: support-bot"
    assert alert.text == QUESTION


def test_an_unanswered_question_is_told_at_the_end() -> None:
    run = example_runs.asking()
    past = replace(run, questions=(replace(run.questions[0], until=builders.START),))
    alert = end_alert(example_runs.played(past, ()))
    assert alert.subject == "REFUSED: support-bot (nobody answered)"
    assert "Asked 2026-11-24 13:00 UTC: Only 6 rows." in alert.text
    assert "Without an answer until 2026-11-24 12:00 UTC: refuse." in alert.text


def test_a_run_that_failed_names_the_job_that_still_bills() -> None:
    failed = Decision(DecisionKind.REFUSE, "run.overdue", "Past its max_hours.")
    run = builders.run(
        jobs=(builders.running(),),
        status=RunStatus.FAILED,
        ended_at=builders.later(hours=50),
        decisions=(DatedDecision(failed, "run", builders.later(hours=50)),),
    )
    alert = end_alert(run)
    assert alert.subject == "FAILED: support-bot (still running and billing)"
    assert "up to $1.00. To stop it: finetune-guard stop support-bot-0123456789" in alert.text
