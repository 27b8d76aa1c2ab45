"""The plan of a run: its files, its stages, and the same again when asked again."""

import hashlib
import json
from dataclasses import replace

import pytest

from finetune_guard.core.decisions import Mode
from finetune_guard.core.errors import NotFoundError, ServiceUnavailableError
from finetune_guard.core.names import JobKey
from finetune_guard.core.next_action import Create, next_action
from finetune_guard.core.observations import BaseModelFacts, ShadowCounts
from finetune_guard.core.plans import Plan, Stage
from finetune_guard.core.rebuilding import kept_run
from finetune_guard.core.runs import Run, Wait
from finetune_guard.core.wire import dumps
from finetune_guard.usecases.plan import PlanTools, make_plan
from finetune_guard.usecases.preflight import Asked, PreflightTools, preflight
from tests.configs import BUCKET, LEAST, ROLE, TRAINING
from tests.fakes.files import FakeDatasetFiles
from tests.fakes.seam import Faults
from tests.fakes.store import FakeRunStore
from tests.playing import played
from tests.usecases.test_preflight import ARN, MARKER, STARTED, data, world

LITE = "amazon.nova-lite-v1:0:300k"


def tools_of(around: PreflightTools) -> PlanTools:
    return PlanTools(around.files, around.store, BUCKET, ROLE)


def files_of(around: PreflightTools) -> FakeDatasetFiles:
    assert isinstance(around.files, FakeDatasetFiles)
    return around.files


def checked(around: PreflightTools, mode: Mode = Mode.REHEARSE_THEN_RUN, **config: object) -> Run:
    return preflight(Asked({**LEAST, **config}, mode, ARN, STARTED), around)


def planned(around: PreflightTools, mode: Mode = Mode.REHEARSE_THEN_RUN, **config: object) -> Run:
    return make_plan(checked(around, mode, **config).run_id, tools_of(around))


def written(around: PreflightTools) -> dict[str, bytes]:
    """What was written beside the user's own file and the run itself, by name."""
    contents = files_of(around).contents
    names = {uri: uri.rpartition("/")[2] for uri in contents if uri != TRAINING}
    return {name: contents[uri].data for uri, name in names.items() if name != "run.json"}


def kept(around: PreflightTools, run_id: str) -> Run:
    """The run as the bucket has it."""
    return kept_run(files_of(around).contents[f"s3://{BUCKET}/runs/{run_id}/run.json"].data, run_id)


def test_both_stages_train_on_files_cut_from_the_users_own() -> None:
    around = world(data(2000))
    run = planned(around, rehearsal={"steps": 40})
    assert run.plan is not None
    assert run.plan.rehearsal is not None
    assert run.plan.full is not None
    folder = f"s3://{BUCKET}/samples/{run.run_id}"
    assert run.plan.rehearsal.training_uri == f"{folder}/rehearsal.jsonl"
    assert run.plan.full.training_uri == f"{folder}/training.jsonl"
    assert run.plan.full.validation_uri == run.plan.rehearsal.validation_uri == f"{folder}/validation.jsonl"
    lines = {name: content.splitlines() for name, content in written(around).items()}
    assert len(lines["rehearsal.jsonl"]) == run.plan.rehearsal.records == 640
    assert len(lines["training.jsonl"]) == run.plan.full.records
    assert sorted(lines["training.jsonl"] + lines["validation.jsonl"]) == sorted(data(2000).splitlines())
    assert set(lines["rehearsal.jsonl"]) <= set(lines["training.jsonl"])


def test_the_manifest_says_how_the_data_was_cut_and_holds_none_of_it() -> None:
    around = world(data(2000, MARKER))
    run = planned(around, rehearsal={"steps": 40})
    files = written(around)
    manifest = json.loads(files["manifest.json"])
    assert manifest["records"] == 2000
    assert manifest["source"]["etag"] == files_of(around).facts(TRAINING).etag
    assert manifest["rehearsal"]["sha256"] == hashlib.sha256(files["rehearsal.jsonl"]).hexdigest()
    assert sum(manifest["strata"]) == manifest["rehearsal"]["records"] == 640
    assert f"s3://{BUCKET}/runs/{run.run_id}/manifest.json" in files_of(around).contents
    assert MARKER not in json.dumps(manifest)


def test_no_text_of_a_record_is_in_the_plan() -> None:
    run = planned(world(data(2000, MARKER)))
    assert run.plan is not None
    assert MARKER not in dumps(run)


@pytest.mark.parametrize(
    ("mode", "stages"),
    [
        (Mode.MINI_RUN, [Stage.REHEARSAL]),
        (Mode.FULL_RUN, [Stage.FULL]),
        (Mode.REHEARSE_THEN_RUN, [Stage.REHEARSAL, Stage.FULL]),
    ],
)
def test_each_machine_has_its_stages(mode: Mode, stages: list[Stage]) -> None:
    plan = planned(world(data()), mode).plan
    assert plan is not None
    assert [stage.stage for stage in (plan.rehearsal, plan.full) if stage] == stages


def test_a_mini_run_writes_no_file_for_a_full_run() -> None:
    around = world(data(2000))
    planned(around, Mode.MINI_RUN, rehearsal={"steps": 40})
    assert set(written(around)) == {"rehearsal.jsonl", "validation.jsonl", "manifest.json"}


def test_the_users_validation_file_is_used_untouched() -> None:
    around = world(data(2000))
    theirs = f"s3://{BUCKET}/uploads/b/validation.jsonl"
    files_of(around).put(theirs, data(100, "Other"))
    plan = planned(around, validation_data_path=theirs, rehearsal={"steps": 40}).plan
    assert plan is not None
    assert plan.full is not None
    assert (plan.full.training_uri, plan.full.validation_uri) == (TRAINING, theirs)
    assert plan.full.records == 2000


def test_a_small_file_is_rehearsed_whole_and_that_is_said() -> None:
    around = world(data(300))
    plan = planned(around).plan
    assert plan is not None
    assert plan.rehearsal is not None
    assert plan.rehearsal.training_uri == TRAINING
    assert any("takes all 300 records" in note for note in plan.notes)
    assert set(written(around)) == {"manifest.json"}


def test_a_base_without_validation_gets_none() -> None:
    around = world(data(2000))
    base = "amazon.nova-2-lite-v1:0:256k"
    around = replace(around, jobs=_Unlisted(around.jobs))  # type: ignore[arg-type]
    plan = planned(around, base_model_id=base).plan
    assert plan is not None
    assert plan.full is not None
    assert plan.full.validation_uri is None
    assert plan.full.training_uri == TRAINING


class _Unlisted:
    """A service that does not say what it has."""

    def __init__(self, jobs: object) -> None:
        self.jobs = jobs

    def base_models(self) -> None:
        raise NotFoundError("no such operation here")

    def in_progress(self) -> None:
        raise NotFoundError("no such operation here")


def test_the_batch_that_jobs_have_shown_sets_the_samples_size() -> None:
    around = world(data(2000))
    around.store.learn(BaseModelFacts(LITE, records_per_step=4, jobs_seen=2))
    plan = planned(around).plan
    assert plan is not None
    assert plan.rehearsal is not None
    assert (plan.rehearsal.records, plan.rehearsal.planned_steps) == (400, 100)
    assert plan.rehearsal.steps_basis == "calibrated from 2 jobs"


def test_a_refused_run_is_not_planned() -> None:
    around = world(data(7))
    run = checked(around)
    assert make_plan(run.run_id, tools_of(around)) == run
    assert written(around) == {}
    assert kept(around, run.run_id) == replace(run, version=0)


@pytest.mark.fault(66)
def test_a_run_lies_in_the_bucket_with_its_plan_before_the_table_has_it() -> None:
    around = world(data())
    run = checked(around)
    assert isinstance(around.store, FakeRunStore)
    around.store.seam.interrupt = Faults().add("store.save_run", ServiceUnavailableError("lost"))
    with pytest.raises(ServiceUnavailableError):
        make_plan(run.run_id, tools_of(around))
    assert kept(around, run.run_id).plan is not None
    assert around.store.run(run.run_id).plan is None
    assert make_plan(run.run_id, tools_of(around)) == replace(kept(around, run.run_id), version=2)


def test_a_run_that_is_taken_up_is_kept_as_it_is_then_without_the_token_that_it_waits_on() -> None:
    around = world(data())
    run = planned(around)
    waiting = replace(run, attempt=1, wait=Wait(1, "the-secret-token", run.started_at))
    around.store.save_run(waiting)
    make_plan(run.run_id, tools_of(around))
    assert kept(around, run.run_id) == replace(waiting, wait=None, version=0)
    assert b"secret" not in files_of(around).contents[f"s3://{BUCKET}/runs/{run.run_id}/run.json"].data


def test_a_run_is_planned_once() -> None:
    around = world(data())
    first = planned(around)
    files_of(around).put(TRAINING, data(1500))
    assert make_plan(first.run_id, tools_of(around)) == first


def test_an_unknown_run_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        make_plan("none", tools_of(world(data())))


@pytest.mark.fault(56)
def test_a_file_that_is_written_while_it_is_cut_makes_no_plan() -> None:
    around = world(data(2000))
    run = checked(around)
    files = files_of(around)

    class Changing(FakeDatasetFiles):
        def write(self, uri, chunks):  # type: ignore[no-untyped-def]
            facts = files.write(uri, chunks)
            files.put(TRAINING, data(1999) + data(1, "Changed"))
            return facts

    changing = Changing(files.clock)
    changing.contents, changing.writes = files.contents, files.writes
    refused = make_plan(run.run_id, PlanTools(changing, around.store, BUCKET, ROLE))
    assert refused.plan is None
    assert [problem.code for problem in refused.problems if problem.severity == "error"] == ["DS009"]


def test_the_plan_leads_to_a_job_with_exactly_its_values() -> None:
    run = planned(world(data()), hyperparameters={"learningRate": 0.00002})
    action = next_action(run, STARTED)
    assert isinstance(action, Create)
    assert run.plan is not None
    assert run.plan.rehearsal is not None
    assert action.jobs[0].key == JobKey(run.run_id, Stage.REHEARSAL)
    assert action.jobs[0].request.hyperparameters == run.plan.rehearsal.hyperparameters
    assert action.jobs[0].request.role_arn == ROLE


def armed(around: PreflightTools) -> Plan:
    plan = planned(around, monitoring={"auto_stop": "on"}).plan
    assert plan is not None
    return plan


def test_an_armed_plan_quotes_the_accounts_false_stops_of_the_base() -> None:
    around = world(data(2000))
    around.store.learn(BaseModelFacts(LITE, shadow=ShadowCounts(sound=23)))
    told = f"auto_stop is on: false stops of {LITE} in this account: 0 of 23, at most 12.2 % (95 %)."
    assert told in armed(around).notes


def test_an_armed_plan_says_when_there_is_no_figure_and_no_other_plan_speaks_of_it() -> None:
    assert any("no figure yet for false stops" in note for note in armed(world(data(2000))).notes)
    shadow = planned(world(data(2000))).plan
    assert shadow is not None
    assert not any("auto_stop" in note for note in shadow.notes)


def long_plan(around: PreflightTools, *, rehearsal: object = None, **orders: object) -> Plan:
    """The plan of a run with these orders for its full run."""
    made = planned(
        around,
        hyperparameters={"epochCount": orders.pop("epochs", 1)},
        rehearsal=rehearsal or {"steps": 20},
        run=orders,
    ).plan
    assert made is not None
    return made


def contents_of(around: PreflightTools, uri: str) -> list[bytes]:
    return files_of(around).contents[uri].data.splitlines()


@pytest.mark.parametrize(("epochs", "segments"), [(1, 2), (1, 3), (2, 3), (2, 5), (3, 3), (3, 2)])
def test_every_training_record_is_in_exactly_one_shard_of_each_epoch_in_file_order(
    epochs: int, segments: int
) -> None:
    around = world(data(2000))
    plan = long_plan(around, epochs=epochs, segments=segments)
    assert plan.segments is not None
    assert plan.full is not None
    whole = contents_of(around, plan.full.training_uri)
    trained = [
        line for part in plan.segments.parts for line in contents_of(around, part.training_uri) * part.epochs
    ]
    assert trained == whole * epochs
    assert [part.segment for part in plan.segments.parts] == list(range(1, segments + 1))
    assert all(part.records == len(contents_of(around, part.training_uri)) for part in plan.segments.parts)


def test_segments_of_whole_epochs_train_on_the_file_itself_and_no_shard_is_written() -> None:
    around = world(data(2000))
    plan = long_plan(around, epochs=3, segments=3)
    assert plan.segments is not None
    assert {part.training_uri for part in plan.segments.parts} == {
        plan.full.training_uri if plan.full else ""
    }
    assert not any("-of-" in name for name in written(around))


def test_the_shards_of_two_epochs_cut_alike_are_written_once() -> None:
    around = world(data(2000))
    long_plan(around, epochs=2, segments=4)
    shards = [name for name in written(around) if "-of-" in name]
    assert sorted(shards) == ["training-1-of-2.jsonl", "training-2-of-2.jsonl"]


def test_no_record_that_validates_is_in_a_shard_or_in_the_probe() -> None:
    around = world(data(2000))
    long_plan(around, segments=3)
    lines = {name: set(content.splitlines()) for name, content in written(around).items()}
    for name, records in lines.items():
        if "-of-" in name or name == "probe.jsonl":
            assert not records & lines["validation.jsonl"]
            assert records <= lines["training.jsonl"]


def test_the_probe_takes_the_first_records_and_as_few_as_the_base_takes() -> None:
    around = world(data(2000))
    plan = long_plan(around, segments=3)
    assert plan.segments is not None
    probe = plan.segments.probe
    assert probe is not None
    assert plan.full is not None
    lines = contents_of(around, probe.training_uri)
    assert len(lines) == probe.records == 8
    assert lines == contents_of(around, plan.full.training_uri)[:8]
    assert (probe.epochs, probe.throw_away) == (1, True)


@pytest.mark.parametrize("accepts", [True, False])
def test_of_a_base_that_is_known_no_probe_is_made(accepts: bool) -> None:
    around = world(data(2000))
    around.store.learn(BaseModelFacts(LITE, accepts_custom_model=accepts))
    plan = long_plan(around, segments=3)
    assert (plan.segments is None) is not accepts
    assert plan.segments is None or plan.segments.probe is None
    assert "probe.jsonl" not in written(around)


def test_where_the_rehearsal_would_be_dear_the_first_segment_is_the_rehearsal() -> None:
    around = world(data(2000))
    plan = long_plan(around, segments=3, rehearsal={"steps": 60})
    assert plan.segments is not None
    assert plan.rehearsal is not None
    first = plan.segments.parts[0]
    assert plan.segments.rehearsed
    assert plan.segments.probe is None
    assert plan.rehearsal == replace(first, stage=Stage.REHEARSAL, segment=0)
    assert not {"rehearsal.jsonl", "probe.jsonl"} & set(written(around))
    assert any("The rehearsal is the first of 3 segments." in note for note in plan.notes)


def test_what_all_jobs_of_a_segmented_run_cost_is_the_sum_of_its_plan() -> None:
    plan = long_plan(world(data(2000)), segments=3)
    assert [job.stage for job in plan.jobs] == [Stage.REHEARSAL, Stage.PROBE, *[Stage.FULL] * 3]
    assert plan.estimated_usd == sum(job.estimated_usd or 0 for job in plan.jobs)


def test_a_sweep_is_in_the_plan_in_the_order_of_its_trial() -> None:
    plan = long_plan(world(data(2000)), rehearsal={"steps": 20, "sweep": True})
    assert plan.learning_rate is not None
    assert plan.sweep[0] == plan.learning_rate.value
    assert len(plan.sweep) == 3


def test_the_same_data_and_the_same_orders_are_cut_alike() -> None:
    first, second = world(data(2000)), world(data(2000))
    assert long_plan(first, segments=3) == long_plan(second, segments=3)
    assert written(first) == written(second)


def test_a_segmented_plan_leads_through_all_its_parts() -> None:
    around = world(data(2000))
    long_plan(around, segments=3)
    story = played(around.store.open_runs()[0])
    assert [created for (created,) in story.rounds] == [
        "rehearsal-0-0",
        "probe-0-0",
        "segment-1-0-0",
        "segment-2-0-0",
        "segment-3-0-0",
    ]
    assert story.finish.kept == "segment-3-0-0"
