"""A hostile text in every place of an execution's input: refused by name or harmless, wherever it is told."""

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

import finetune_guard
from finetune_guard.aws.dynamo_table import LARGEST_RECORD
from finetune_guard.core.config import examine_config
from finetune_guard.core.decisions import Mode, RunStatus
from finetune_guard.core.end_mail import end_alert
from finetune_guard.core.job_request import JobRequest
from finetune_guard.core.journal_keys import log_key, metric_file_key
from finetune_guard.core.names import JobKey, is_run_id, run_id
from finetune_guard.core.observing import described
from finetune_guard.core.plans import Stage
from finetune_guard.core.refusal_cause import cause
from finetune_guard.core.runs import Run
from finetune_guard.core.wire import dumps
from finetune_guard.usecases.preflight import Asked, preflight
from tests import builders
from tests.configs import LEAST
from tests.fakes.clock import START
from tests.fakes.world import World
from tests.security.hostile import MARK, TEXTS, unsafe
from tests.usecases.machine import begun, job
from tests.usecases.test_preflight import ARN, data, world

DATA = data(20)
SECTIONS = ("rehearsal", "run", "monitoring", "hyperparameters", "tags")
PLACES: dict[str, object] = {
    **{
        key: lambda text, key=key: {key: text}
        for key in (*LEAST, "role_arn", "validation_data_path", "budget_usd")
    },
    **{f"a value in {key}": lambda text, key=key: {key: {"x": text}} for key in SECTIONS},
    **{f"a key in {key}": lambda text, key=key: {key: {text: "1"}} for key in SECTIONS},
    "a key": lambda text: {text: "1"},
    "accept": lambda text: {"accept": [text]},
    "sweep": lambda text: {"rehearsal": {"sweep": [text, text]}},
    "threshold": lambda text: {"monitoring": {"thresholds": {text: 1}}},
    "resume": lambda text: text,
}

#: Where such a text may stand: it names nothing, or is what a person calls something.
FREE = {"job_name", "accept", "a value in hyperparameters", "a key in tags", "a value in tags", "resume"}


def checked(document: object) -> Run:
    tools = world(DATA)
    return preflight(Asked(document, Mode.REHEARSE_THEN_RUN, ARN, START), tools)


def asked(place: str, text: str) -> object:
    made = PLACES[place](text)  # type: ignore[operator]
    return {"resume": text} if place == "resume" else LEAST | made


@pytest.fixture(params=TEXTS)
def text(request: pytest.FixtureRequest) -> str:
    return TEXTS[str(request.param)]


@pytest.mark.fault(74)
@pytest.mark.parametrize("place", PLACES)
def test_whatever_is_asked_is_recorded_and_told_in_lines_that_are_ours(place: str, text: str) -> None:
    run = checked(asked(place, text))

    ended = replace(run, status=RunStatus.REFUSED, ended_at=START)
    mail, told = end_alert(ended), cause("Refused.", run.problems)
    for sink in (mail.text, told, dumps(run), mail.subject):
        assert unsafe(sink) == []
    assert len(dumps(run).encode()) < LARGEST_RECORD
    assert not [
        line
        for line in (mail.text + "\n" + told).splitlines()
        if line.startswith(("Your model", "Bcc", MARK))
    ]
    assert is_run_id(run.run_id)


@pytest.mark.parametrize("place", sorted(PLACES.keys() - FREE))
def test_a_hostile_text_is_refused_wherever_it_is_no_free_text(place: str) -> None:
    for name, text in TEXTS.items():
        run = checked(asked(place, text))
        assert any(problem.severity == "error" for problem in run.problems), name


@pytest.mark.parametrize("key", ["training_data_path", "validation_data_path", "output_data_path"])
@pytest.mark.parametrize(
    "path",
    [
        *("s3://guard-bucket/uploads/../runs/x.jsonl", "s3://guard-bucket/..", "s3://guard-bucket/./x.jsonl"),
        *(
            "s3://guard-bucket/uploads//x.jsonl",
            "s3://guard-bucket//",
            "s3:///x",
            "s3://../x",
            "s3://guard-bucket/a/.",
        ),
        *(
            "s3://guard-bucket/%2e%2e/x",
            "s3://guard-bucket/x?versionId=1",
            "s3://guard-bucket/x#y",
            "S3://guard-bucket/x",
        ),
        *(
            "s3://guard-bucket\\x",
            "s3://user:pass@guard-bucket/x",
            "s3://guard-bucket/x\n",
            "file:///etc/passwd",
        ),
        *("https://evil.example/x.jsonl", "s3://guard-bucket/uploads/а.jsonl", "s3://guard-bucket/x/../"),
    ],
)
def test_no_path_leads_out_of_its_prefix(key: str, path: str) -> None:
    assert key in {problem.key for problem in examine_config(LEAST | {key: path}).problems}


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("role_arn", "arn:aws:iam::999999999999:role/guard-bedrock", "AC003"),
        ("role_arn", "arn:aws:iam::123456789012:role/Admin", "AC004"),
        ("role_arn", "arn:aws:iam::123456789012:role/guard-bedrock ", "CF006"),
        ("role_arn", "arn:aws:iam::123456789012:role/guard-bedr\u043ack", "CF006"),
        ("role_arn", "arn:aws:iam::123456789012:user/guard-bedrock", "CF006"),
        ("training_data_path", "s3://others-bucket/uploads/a/training.jsonl", "AC002"),
        ("output_data_path", "s3://guard-bucket.evil/output/", "AC002"),
        ("output_data_path", "s3://guard-bucket2/output/", "AC002"),
    ],
)
def test_no_foreign_role_or_bucket_is_taken(key: str, value: str, code: str) -> None:
    """The policies refuse them as well: tests/infra/test_reach.py."""
    assert (code, key) in {(problem.code, problem.key) for problem in checked(LEAST | {key: value}).problems}


@pytest.mark.parametrize(
    "key",
    [
        *(
            "finetune-guard:stack",
            "Finetune-Guard:stack",
            "FINETUNE-GUARD:run",
            " finetune-guard:stack",
            "aws:x",
        ),
        *(
            "finetune-guard:stack\n",
            "\tfinetune-guard:stack",
            "ﬁnetune-guard:stack",
            "finetune\u2010guard:stack",
        ),
        *(
            "ｆinetune-guard:stack",
            "finetune-guard\uff1astack",
            "f\u0456netune-guard:stack",
            "finetune-guard:\u200bstack",
        ),
        *(
            "finetune-\u00adguard:stack",
            "finetune-guard\u0589stack",
            "\u017ftack",
            "AwS:x",
            "aws:",
            "finetune-guard:",
        ),
    ],
)
def test_no_tag_of_a_user_passes_for_one_of_ours(key: str) -> None:
    assert "tags" in {
        problem.key for problem in examine_config(LEAST | {"tags": {key: "other-stack"}}).problems
    }


def test_a_job_carries_our_tags_whatever_the_config_says() -> None:
    world = World()
    machine = begun(
        world, builders.run(plan=builders.plan(tags={"finetune-guard:stack": "other", "team": "a"}))
    )
    request: JobRequest = job(world, machine).request
    assert (request.tags["finetune-guard:stack"], request.tags["team"]) == ("test-stack", "a")


@pytest.mark.parametrize(
    "claimed", ["run_id", "token", "task_token", "execution_arn", "plan", "jobs", "mode", "version"]
)
def test_an_input_cannot_claim_what_the_machine_says(claimed: str) -> None:
    run = checked(LEAST | {claimed: "other-run-0123456789"})
    assert ("CF004", claimed) in {(problem.code, problem.key) for problem in run.problems}
    assert (run.run_id, run.execution_arn) == (run_id(str(LEAST["job_name"]), ARN), ARN)


def test_a_key_that_is_there_twice_is_refused() -> None:
    [problem, *_] = examine_config('{"job_name": "a", "job_name": "b"}').problems
    assert problem.code == "CF001"
    assert "twice" in problem.message


@pytest.mark.parametrize(
    "document",
    [
        LEAST | {f"k{number}": 1 for number in range(2_400)},
        LEAST | {"hyperparameters": {f"k{number}": "1" for number in range(1_900)}},
        LEAST | {"monitoring": {"thresholds": {f"k{number}": 1 for number in range(1_000)}}},
        LEAST | {"tags": {f"k{number}": "v" for number in range(10_000)}},
        '{"a":' * 100_000,
        "[" * 3_000_000,
        '{"job_name": ' + "9" * 30_000 + "}",
        {"resume": "a" * 200_000},
        {"resume": {"a": ["b"]}},
    ],
    ids=["keys", "hyperparameters", "thresholds", "tags", "depth", "lists", "digits", "id", "object"],
)
def test_an_input_of_any_size_is_refused_in_time_and_its_record_fits(document: object) -> None:
    began = time.process_time()
    run = checked(document)
    assert time.process_time() - began < 10
    assert any(problem.severity == "error" for problem in run.problems)
    assert len(dumps(run).encode()) < LARGEST_RECORD


def test_no_job_name_leads_out_of_the_journal_or_a_folder(text: str) -> None:
    key = JobKey(run_id(text, ARN), Stage.FULL, segment=2)
    assert re.fullmatch(r"[a-z0-9-]{1,63}", key.job_name)
    for path in (log_key(key.job_name), metric_file_key(key.job_name, f"x/../{text}", text)):
        assert ".." not in path.split("/")[:2]
        assert path.count("/") == 2


def test_a_failure_message_of_megabytes_fits_the_record_and_half_a_character_can_be_stored() -> None:
    world = World()
    machine = begun(world, builders.run())
    found = replace(world.jobs.get(job(world, machine).arn or ""), failure="\ud800" + "x" * 5_000_000)
    record = dumps(described(job(world, machine), found))
    assert len(record.encode()) < LARGEST_RECORD


def patterns() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    for module in pkgutil.walk_packages(finetune_guard.__path__, "finetune_guard."):
        if module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, re.Pattern):
                yield f"{module.name}.{name}", value


PUMPS = (
    "a",
    "0",
    "-",
    "a-",
    "a/",
    "/a.",
    "s3://aaa/a",
    "arn:aws-",
    "1.",
    "1e",
    " ",
    "\t1",
    "iter",
    "'a",
    "g1 ",
    "::",
    "{a",
    "a0b",
)


def test_no_pattern_takes_more_than_a_moment_for_a_hundred_thousand_characters() -> None:
    found = dict(patterns())
    assert len(found) >= 10
    for name, pattern in found.items():
        began = time.process_time()
        for start in ("", "s3://bucket/", "arn:aws:iam::123456789012:role/"):
            for pump in PUMPS:
                given = start + pump * (100_000 // len(pump)) + "\n!"
                subject = given.encode() if isinstance(pattern.pattern, bytes) else given
                pattern.fullmatch(subject)  # type: ignore[arg-type]
        assert time.process_time() - began < 5, name
