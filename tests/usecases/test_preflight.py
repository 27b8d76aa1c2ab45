"""Pre-flight: everything that is wrong, told at once and recorded, before anything is spent."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import repeat

import pytest

from finetune_guard.core.decisions import Mode, RunStatus
from finetune_guard.core.end_mail import end_alert
from finetune_guard.core.errors import AccessRefusedError, ServiceUnavailableError
from finetune_guard.core.names import run_id
from finetune_guard.core.next_action import Finish, next_action
from finetune_guard.core.observations import FileFacts, FoundationModel
from finetune_guard.core.reporting import report_of
from finetune_guard.core.runs import Run
from finetune_guard.core.wire import dumps
from finetune_guard.usecases.check_data import READ_LIMIT
from finetune_guard.usecases.preflight import Asked, PreflightTools, preflight
from tests.configs import ACCOUNT, BUCKET, LEAST, ROLE, SEED, TRAINING
from tests.fakes.access import FakeBuckets, FakeRolePolicies
from tests.fakes.clock import FakeClock
from tests.fakes.files import FakeDatasetFiles
from tests.fakes.jobs import FakeTrainingJobs
from tests.fakes.people import JOBS_QUOTA, FakeQuotas, records_quota
from tests.fakes.seam import Faults, Seam
from tests.fakes.store import FakeRunStore

ARN = "arn:aws:states:us-east-1:123456789012:execution:RehearseThenRun:spring"
STARTED = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MARKER = "sesame-7f3a"
LLAMA = "meta.llama3-1-8b-instruct-v1:0:128k"


def conversation(number: int, text: str = "Where is it?") -> bytes:
    turns = [
        {"role": "user", "content": [{"text": f"{text} {number}"}]},
        {"role": "assistant", "content": [{"text": "On its way."}]},
    ]
    record = {"schemaVersion": "bedrock-conversation-2024", "messages": turns}
    return json.dumps(record).encode() + b"\n"


def data(records: int = 2000, text: str = "Where is it?") -> bytes:
    return b"".join(conversation(number, text) for number in range(records))


def prompts(records: int) -> bytes:
    lines = ({"prompt": f"Where is {number}?", "completion": "On its way."} for number in range(records))
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def world(training: bytes | None = None, seam: Seam | None = None) -> PreflightTools:
    clock = FakeClock()
    files = FakeDatasetFiles(clock, seam)
    if training is not None:
        files.put(TRAINING, training)
    return PreflightTools(
        files=files,
        buckets=FakeBuckets(seam),
        roles=FakeRolePolicies(seam),
        jobs=FakeTrainingJobs(clock, seam),
        store=FakeRunStore(seam),
        clock=clock,
        region="us-east-1",
        account=ACCOUNT,
        bucket=BUCKET,
        data_buckets=("shared-data",),
        role_arns=(ROLE,),
    )


def checked(
    document: object, tools: PreflightTools | None = None, mode: Mode = Mode.REHEARSE_THEN_RUN
) -> Run:
    return preflight(Asked(document, mode, ARN, STARTED), tools or world(data()))


def errors(run: Run) -> set[tuple[str, str]]:
    return {(problem.code, problem.key) for problem in run.problems if problem.severity == "error"}


def test_a_sound_config_becomes_a_run_that_nothing_refuses() -> None:
    tools = world(data())
    run = checked(LEAST, tools)
    assert errors(run) == set()
    assert run.run_id == run_id("support answers, spring", ARN)
    assert (run.mode, run.status, run.started_at) == (Mode.REHEARSE_THEN_RUN, RunStatus.RUNNING, STARTED)
    assert tools.store.run(run.run_id) == run


def test_the_config_as_text_and_as_object_are_the_same_run() -> None:
    assert checked(json.dumps(LEAST)) == checked(LEAST)


@pytest.mark.fault(36)
def test_every_fault_of_the_seeds_sample_is_named_and_the_run_is_refused() -> None:
    run = checked(SEED)
    assert errors(run) == {
        ("HP001", "base_model_id"),
        ("HP002", "hyperparameters.weightDecay"),
        ("HP002", "hyperparameters.warmupSteps"),
        ("HP002", "hyperparameters.scheduler"),
        ("CF007", "enable_peft"),
        ("CF007", "peft_method"),
        ("CF007", "lora_rank"),
        ("AC002", "training_data_path"),
        ("AC002", "output_data_path"),
    }
    action = next_action(run, STARTED)
    assert isinstance(action, Finish)
    assert action.status is RunStatus.REFUSED


@pytest.mark.parametrize("document", ["{not json", [], None, 5, {}, {"job_name": 7}, {"secret": MARKER}])
def test_garbage_too_becomes_a_run_that_is_refused(document: object) -> None:
    tools = world(data())
    run = checked(document, tools)
    assert run.job_name == "unnamed"
    assert errors(run)
    assert tools.store.run(run.run_id).problems == run.problems
    assert MARKER not in dumps(run)


def test_the_same_execution_asked_again_gets_its_run_and_reads_nothing() -> None:
    seam = Seam()
    tools = world(data(), seam)
    first = checked(LEAST, tools)
    calls = len(seam.calls)
    assert checked(LEAST, tools) == first
    assert seam.calls[calls:] == ["store.run"]


def test_errors_come_first() -> None:
    severities = [problem.severity for problem in checked(SEED).problems]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)


def test_a_hundred_problems_are_told_and_the_rest_counted() -> None:
    run = checked({**LEAST, **{f"unknown{n}": n for n in range(300)}})
    assert len(run.problems) == 101
    assert run.problems[-1].code == "CF009"


@pytest.mark.parametrize(
    ("changes", "code", "key"),
    [
        ({"training_data_path": "data/training.jsonl"}, "AC001", "training_data_path"),
        ({"training_data_path": "s3://elsewhere/x.jsonl"}, "AC002", "training_data_path"),
        ({"output_data_path": "s3://elsewhere/output/"}, "AC002", "output_data_path"),
        ({"validation_data_path": "s3://elsewhere/v.jsonl"}, "AC002", "validation_data_path"),
        ({"role_arn": "arn:aws:iam::999999999999:role/x"}, "AC003", "role_arn"),
        ({"role_arn": f"arn:aws:iam::{ACCOUNT}:role/admin"}, "AC004", "role_arn"),
        ({"training_data_path": f"s3://{BUCKET}/uploads/a/"}, "DS006", "training_data_path"),
        ({"training_data_path": f"s3://{BUCKET}/uploads/none.jsonl"}, "DS005", "training_data_path"),
        ({"base_model_id": "amazon.nova-lite"}, "HP001", "base_model_id"),
        ({"hyperparameters": {"epochCount": "9"}}, "HP004", "hyperparameters.epochCount"),
        (
            {"monitoring": {"thresholds": {"loss_spike.rato": 2}}},
            "TH001",
            "monitoring.thresholds.loss_spike.rato",
        ),
    ],
)
def test_what_may_not_be_used_is_one_error_of_its_key(
    changes: dict[str, object], code: str, key: str
) -> None:
    found = errors(checked({**LEAST, **changes}))
    assert (code, key) in found
    assert {other for _, other in found} == {key}


def test_a_bucket_and_a_role_of_the_settings_may_be_used() -> None:
    tools = world(data())
    assert isinstance(tools.files, FakeDatasetFiles)
    tools.files.put("s3://shared-data/t.jsonl", data())
    config = {**LEAST, "training_data_path": "s3://shared-data/t.jsonl", "role_arn": ROLE}
    assert errors(checked(config, tools)) == set()


@pytest.mark.fault(36)
def test_a_base_of_another_region_is_refused_with_its_own() -> None:
    run = checked({**LEAST, "base_model_id": LLAMA})
    assert ("BM004", "base_model_id") in errors(run)


@pytest.mark.fault(57)
def test_a_bucket_of_another_region_is_refused_though_its_data_can_be_read() -> None:
    tools = world(data())
    assert isinstance(tools.buckets, FakeBuckets)
    tools.buckets.put(BUCKET, region="eu-west-1")
    run = checked(LEAST, tools)
    assert errors(run) == {("AC010", "training_data_path")}
    assert run.sources


@pytest.mark.fault(57)
def test_data_whose_key_the_stack_may_not_use_names_the_key_and_its_setting() -> None:
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0f3a"

    class Locked(FakeDatasetFiles):
        def facts(self, uri: str) -> FileFacts:
            return replace(super().facts(uri), key_arn=key)

        def chunks(self, uri: str, pinned: FileFacts | None = None) -> Iterator[bytes]:
            raise AccessRefusedError("Access Denied", "AccessDenied")

    files = Locked(FakeClock())
    files.put(TRAINING, data())
    run = checked(LEAST, replace(world(data()), files=files))
    assert errors(run) == {("AC015", "training_data_path")}
    assert key in run.problems[0].message
    assert "dataKeys" in run.problems[0].suggestion


@pytest.mark.fault(57)
def test_data_that_may_not_be_read_is_said_before_anything_is_spent() -> None:
    tools = world(data())
    assert isinstance(tools.files, FakeDatasetFiles)
    tools.files.refused.add(TRAINING)
    run = checked(LEAST, tools)
    assert errors(run) == {("DS005", "training_data_path")}
    assert "You may not use" in run.problems[0].message


def test_output_that_may_not_be_written_is_said() -> None:
    tools = world(data())
    assert isinstance(tools.files, FakeDatasetFiles)
    tools.files.refused.add(f"s3://{BUCKET}/output/")
    assert errors(checked(LEAST, tools)) == {("AC005", "output_data_path")}


@pytest.mark.fault(55)
@pytest.mark.parametrize("empty", [b"", b"\n\n"])
def test_an_empty_file_is_refused(empty: bytes) -> None:
    assert ("DS001", "training_data_path") in errors(checked(LEAST, world(empty)))


class LazyFiles(FakeDatasetFiles):
    """A file of 10 GB that is made as it is read."""

    chunks_read = 0

    def facts(self, uri: str) -> FileFacts:
        return replace(super().facts(uri), size=10 << 30)

    def chunks(self, uri: str, pinned: FileFacts | None = None) -> Iterator[bytes]:
        def count() -> Iterator[bytes]:
            for chunk in repeat(bytes(1 << 20)):
                self.chunks_read += 1
                yield chunk

        return count()


@pytest.mark.fault(51)
def test_a_file_of_10_gb_is_refused_by_its_size_and_not_read() -> None:
    tools = world(data())
    files = LazyFiles(FakeClock())
    files.put(TRAINING, b"x")
    run = checked(LEAST, replace(tools, files=files))
    assert ("DS007", "training_data_path") in errors(run)
    assert str(READ_LIMIT) in run.problems[0].message
    assert files.chunks_read == 0


def test_too_few_records_refuse_and_name_the_minimum() -> None:
    assert errors(checked(LEAST, world(data(7)))) == {("HP010", "training_data_path")}


def test_a_budget_without_a_price_is_refused() -> None:
    config = {**LEAST, "base_model_id": "claude-3-haiku", "budget_usd": 10}
    assert ("CO001", "budget_usd") in errors(checked(config))


@pytest.mark.parametrize(
    ("mode", "refused"), [(Mode.FULL_RUN, True), (Mode.MINI_RUN, False), (Mode.REHEARSE_THEN_RUN, True)]
)
def test_a_budget_below_the_lowest_estimate_of_what_the_machine_runs_is_refused(
    mode: Mode, refused: bool
) -> None:
    config = {**LEAST, "budget_usd": "0.01", "rehearsal": {"steps": 1}}
    run = checked(config, mode=mode)
    assert (("CO002", "budget_usd") in errors(run)) is refused


def test_a_budget_is_fine_with_ones_own_price() -> None:
    haiku = {**LEAST, "base_model_id": "claude-3-haiku", "budget_usd": 10, "price_per_1k_tokens_usd": 0.008}
    assert "CO001" not in {code for code, _ in errors(checked(haiku))}


def test_hours_that_a_job_is_expected_to_exceed_are_warned_of() -> None:
    run = checked({**LEAST, "run": {"max_hours": 0.5}})
    assert errors(run) == set()
    assert ("TI001", "warning") in {(problem.code, problem.severity) for problem in run.problems}


def test_when_the_service_cannot_be_asked_the_catalogue_serves_and_says_so() -> None:
    seam = Seam(Faults().add("jobs.base_models", ServiceUnavailableError("throttled")))
    run = checked(LEAST, world(data(), seam))
    assert errors(run) == set()
    assert "BM002" in {problem.code for problem in run.problems}


def test_a_store_that_does_not_answer_is_an_error_to_be_tried_again() -> None:
    seam = Seam(Faults().add("store.add_run", ServiceUnavailableError("throttled")))
    with pytest.raises(ServiceUnavailableError):
        checked(LEAST, world(data(), seam))


def test_no_text_of_a_record_is_in_the_run() -> None:
    sound, broken = data(600, MARKER), b'{"prompt": "' + MARKER.encode() + b'"\n' * 3
    assert MARKER not in dumps(checked(LEAST, world(sound)))
    assert MARKER not in dumps(checked(LEAST, world(broken)))


def insisted(**changes: object) -> Run:
    """A run of Llama at a rate that pre-flight refuses."""
    tools = replace(world(prompts(400)), region="us-west-2")
    tools = replace(tools, buckets=FakeBuckets(region="us-west-2"))
    assert isinstance(tools.jobs, FakeTrainingJobs)
    tools.jobs.catalog = (FoundationModel(LLAMA, ("FINE_TUNING",), "ACTIVE"),)
    llama = {"base_model_id": LLAMA, "hyperparameters": {"learningRate": "0.002"}}
    return checked({**LEAST, **llama, **changes}, tools)


def test_a_refusal_that_a_person_overruled_is_recorded_and_the_run_goes_on() -> None:
    assert errors(insisted()) == {("HP030", "hyperparameters.learningRate")}
    run = insisted(accept=["HP030"])
    assert errors(run) == set()
    told = {problem.code: problem for problem in run.problems}
    assert "accepted by you (--accept HP030)" in told["HP030"].message
    assert json.loads(run.config)["accept"] == ["HP030"]


def test_what_a_person_overruled_is_in_the_mail_and_in_the_report() -> None:
    ended = replace(insisted(accept=["HP030"]), status=RunStatus.COMPLETED)
    assert "HP030 hyperparameters.learningRate" in end_alert(ended).text
    assert "accepted by you (--accept HP030)" in end_alert(ended).text
    assert "accepted by you (--accept HP030)" in dumps(report_of(ended))


def test_the_services_own_refusal_stays_one_in_the_machine_whatever_is_accepted() -> None:
    run = checked({**LEAST, "hyperparameters": {"scheduler": "cosine"}, "accept": ["HP002"]})
    assert errors(run) == {("HP002", "hyperparameters.scheduler"), ("CF010", "accept")}


def quotas(records: float, seam: Seam | None = None) -> FakeQuotas:
    made = FakeQuotas(seam)
    made.listed = [(records_quota("Nova Lite v1"), records)]
    return made


def test_a_lowered_quota_of_the_account_refuses_what_the_catalogue_would_let_pass() -> None:
    run = checked(LEAST, replace(world(data()), quotas=quotas(1_000.0)))
    assert errors(run) == {("HP011", "training_data_path")}
    assert "QU001" in {problem.code for problem in run.problems}


def test_a_raised_quota_of_the_account_lets_pass_what_the_catalogue_would_refuse() -> None:
    tools = world(data(20_001))
    assert errors(checked(LEAST, tools)) == {("HP011", "training_data_path")}
    assert errors(checked(LEAST, replace(world(data(20_001)), quotas=quotas(40_000.0)))) == set()


def test_the_accounts_own_quota_of_jobs_says_when_a_run_would_wait() -> None:
    asked = quotas(20_000.0)
    asked.listed.append((JOBS_QUOTA, 0.0))
    run = checked(LEAST, replace(world(data()), quotas=asked))
    told = next(problem for problem in run.problems if problem.code == "AC018")
    assert "of 0 that the account may have" in told.message


def test_quotas_that_cannot_be_read_are_said_and_refuse_nothing() -> None:
    seam = Seam(Faults().add("quotas.customization", ServiceUnavailableError("not here")))
    run = checked(LEAST, replace(world(data()), quotas=quotas(5.0, seam)))
    assert errors(run) == set()
    assert "QU002" in {problem.code for problem in run.problems}


def test_the_account_is_not_asked_about_a_base_that_is_refused() -> None:
    asked = quotas(5.0)
    checked(SEED, replace(world(data()), quotas=asked))
    assert asked.calls == []
