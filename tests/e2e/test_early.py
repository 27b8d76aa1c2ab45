"""One row of each case of docs/early.md through the deployed stack: what was spent and kept, and why."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random

import pytest

from finetune_guard.core.decisions import DecisionKind, RunStatus
from finetune_guard.core.names import run_id
from finetune_guard.core.runs import Run
from finetune_guard.core.spending import spent_by
from finetune_guard.core.wire import JsonValue, dumps
from local.demo.data import Pair, lines, question_sheets, spoilt_from
from local.demo.following import Seen, World, follow
from local.demo.stories import HEALTHY
from local.demo.world import world_of
from local.engine.machine import Machine
from tests.e2e.scenes import ConsoleConfig, Played

pytestmark = pytest.mark.e2e

#: Seconds that all of them have, at the same time.
SECONDS = 400.0
RECORDS, APART = 360, 100
ANSWERS = ("lamp", "moss", "tide", "wick")


@dataclass(frozen=True)
class Case:
    """What is asked, on which data.

    Attributes:
        pairs: Training records.
        rate: The learning rate; the base's default is 0.0001.
        epochs: Passes.
        segments: Into how many jobs the full run is cut; None for one.
        orders: Further sections of the config.
    """

    pairs: list[Pair]
    rate: str = "0.0001"
    epochs: int = 1
    segments: int | None = None
    orders: Mapping[str, JsonValue] = field(default_factory=dict)

    def config(self, name: str, config: ConsoleConfig, world: World) -> dict[str, JsonValue]:
        folder = f"s3://{world.bucket}/uploads/early/{name}"
        sheets = question_sheets(RECORDS + APART)
        for what, pairs in (("training", self.pairs), ("validation", sheets[RECORDS:])):
            world.start.files.write(f"{folder}-{what}.jsonl", [lines(pairs, config.record)])
        return {
            "job_name": name,
            "base_model_id": config.base.model_id,
            "training_data_path": f"{folder}-training.jsonl",
            "validation_data_path": f"{folder}-validation.jsonl",
            "output_data_path": f"s3://{world.bucket}/output/early",
            "hyperparameters": {"epochCount": str(self.epochs), "learningRate": self.rate},
            "run": {"segments": self.segments},
            **self.orders,
        }


def cases() -> dict[str, Case]:
    sheets = question_sheets(RECORDS + APART)[:RECORDS]
    hot: dict[str, JsonValue] = {"accept": ["HP030"]}
    return {
        "healthy": Case(sheets, epochs=2, segments=2),
        "too-high": Case(sheets, "0.03", epochs=2, orders=hot),
        "noise": Case(spoilt_from(sheets, 0.6, seed=3), segments=3, orders={"rehearsal": {"steps": 115}}),
        "noise-rehearsed": Case(spoilt_from(sheets, 0.6, seed=3)),
        "labels": Case(_dealt_out(sheets), segments=2),
        "overfitting": Case(sheets[:100], epochs=5, segments=5),
        "too-low": Case(sheets, "0.000005"),
    }


def _dealt_out(sheets: list[Pair]) -> list[Pair]:
    """A class task whose answers have nothing to do with their questions."""
    draw = Random(1)
    return [(asked, f" {draw.choice(ANSWERS)}") for asked, _ in sheets]


@pytest.fixture(scope="module")
def early(machine: Machine, config: ConsoleConfig, played: Played) -> dict[str, Seen]:
    assert played.seen[config.job_name].settled
    world = world_of(machine, threading.Event())
    begun = [_begun(name, case, config, machine, world) for name, case in cases().items()]
    *_, last = follow(begun, world, SECONDS, interval=2.0)
    seen = {each.story.name: each for each in last}
    table = "\n".join(_row(name, each.run) for name, each in seen.items() if each.run)
    (machine.places.home / "early.md").write_text(table + "\n")
    return seen


def _begun(name: str, case: Case, config: ConsoleConfig, machine: Machine, world: World) -> Seen:
    document = dumps(case.config(name, config, world))
    arn = world.start.workflow.start(machine.stack.output("RehearseThenRunArn"), f"early-{name}", document)
    return Seen(replace(HEALTHY, name=name), run_id(name, arn), world.start.workflow.execution(arn))


def _row(name: str, run: Run) -> str:
    """Name, tokens trained of those planned, validation loss of the model kept, the last decision."""
    plan, kept = run.plan, run.kept_job
    assert plan
    planned = sum(job.tokens.middle * job.epochs for job in plan.jobs)
    loss = f"{kept.seen.last_validation:.3f}" if kept and kept.seen.last_validation else "no model"
    share = f"{spent_by(run).tokens / planned:.0%}"
    return f"| {name} | {len(run.jobs)} | {share} | {loss} | {run.decisions[-1].decision.policy} |"


def ended(early: dict[str, Seen], name: str) -> Run:
    run = early[name].run
    assert run and run.ended, f"{name} has not ended: {run and [j.key.short for j in run.jobs]}"
    return run


def test_a_healthy_run_goes_through_all_its_segments_and_keeps_a_model(early: dict[str, Seen]) -> None:
    run = ended(early, "healthy")
    assert (run.status, early["healthy"].execution.status) == (RunStatus.COMPLETED, "SUCCEEDED")
    assert [job.key.part for job in run.jobs] == ["rehearsal", "probe", "segment-1", "segment-2"]
    assert run.kept_job and run.kept_job.model_arn
    first, second = run.jobs[-2:]
    assert second.request.start_from == first.model_arn
    assert second.seen.border == first.seen.last_step


def test_a_rate_that_is_too_high_costs_its_rehearsals_only(early: dict[str, Seen]) -> None:
    run = ended(early, "too-high")
    assert run.status is RunStatus.REFUSED
    assert {job.key.part for job in run.jobs} == {"rehearsal"}


def test_noise_in_the_second_half_leaves_the_model_from_before_it(early: dict[str, Seen]) -> None:
    """The first segment is the rehearsal here; the noise begins late in the second."""
    run = ended(early, "noise")
    assert (run.status, run.decisions[-1].decision.kind) == (RunStatus.COMPLETED, DecisionKind.KEEP_BEST)
    assert run.kept == "rehearsal-0-0"
    assert [job.key.part for job in run.jobs] == ["rehearsal", "segment-2"]


def test_a_rehearsal_over_the_whole_file_sees_the_noise_and_says_where_it_begins(
    early: dict[str, Seen],
) -> None:
    run = ended(early, "noise-rehearsed")
    assert (run.status, run.decisions[-1].decision.policy) == (RunStatus.REFUSED, "rehearsal.too_hot.again")
    assert "look at the records from there on" in run.decisions[-1].decision.reason


def test_overfitting_keeps_the_model_with_the_lowest_validation_loss(early: dict[str, Seen]) -> None:
    run = ended(early, "overfitting")
    losses = {job.key.short: job.seen.last_validation for job in run.jobs if job.key.segment}
    assert run.status is RunStatus.COMPLETED
    kept = losses[run.kept]
    assert kept is not None
    assert kept <= 1.005 * min(loss for loss in losses.values() if loss is not None)


@pytest.mark.parametrize("name", ["labels", "too-low"])
def test_what_no_loss_can_tell_is_warned_of_or_let_pass_and_says_so(
    name: str, early: dict[str, Seen]
) -> None:
    run = ended(early, name)
    assert run.status in (RunStatus.COMPLETED, RunStatus.REFUSED)
    assert all(dated.decision.reason for dated in run.decisions)


def test_every_run_tells_its_end_by_one_mail(early: dict[str, Seen]) -> None:
    for name, seen in early.items():
        ends = [mail for mail in seen.mails if mail.kind.startswith("run ")]
        assert len(ends) == 1, (name, [mail.subject for mail in seen.mails])
