"""No text of a record is found afterwards anywhere but in the data itself."""

import json
import subprocess
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from finetune_guard.core.decisions import RunStatus
from local.demo.data import Pair, lines, question_sheets
from local.demo.following import Seen, World, begin, follow
from local.demo.stories import HEALTHY, Story
from local.demo.world import world_of
from local.engine.machine import Machine
from local.engine.places import ROOT
from tests.e2e.readable import places_of
from tests.e2e.scenes import SECONDS, ConsoleConfig

pytestmark = pytest.mark.e2e

#: In every record, its validation data, and every faulty record.
MARKER = "sesame-7f3a-opens"
#: In the failureMessage alone, where a service quotes a record; the record and the report keep it, by design.
QUOTED = "sesame-91bc-quoted"
FAULTY, QUOTING = "faulty-records", "quoting-failure"


@dataclass(frozen=True)
class Told:
    """What people were told while it happened, and what became of the runs.

    Attributes:
        validated, refused, ran: Exit code and everything printed, by `validate` and `run`.
        logs: The metrics logs that `run` wrote.
        faulty, failed: The runs on faulty records, and with a failureMessage that quotes one.
    """

    validated: tuple[int, str]
    refused: tuple[int, str]
    ran: tuple[int, str]
    logs: str
    faulty: Seen
    failed: Seen


@pytest.fixture(scope="module")
def told(machine: Machine, config: ConsoleConfig, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder, world = tmp_path_factory.mktemp("privacy"), world_of(machine, threading.Event())
    training, faulty = _written(folder, config)
    good = _config(folder / "good.json", config, world, training, name="marked")
    bad = _config(folder / "bad.json", config, world, faulty, name=FAULTY)
    validated = _typed(machine, f"validate --config {good}")
    refused = _typed(machine, f"validate --config {bad}")
    _let_fail(machine)
    begun = [_begin(FAULTY, faulty, config, world), _begin(QUOTING, training, config, world)]
    ran = _typed(machine, f"run --config {good} --yes --log-dir {folder / 'logs'}")
    *_, seen = follow(begun, world, SECONDS, interval=1.0)
    logs = "\n".join(path.read_text() for path in sorted((folder / "logs").rglob("*.jsonl")))
    return Told(validated, refused, ran, logs, *seen)


def test_the_data_went_through_validate_rehearsal_and_run(told: Told) -> None:
    assert told.validated[0] == 0, told.validated[1]
    assert told.ran[0] == 0, told.ran[1]
    assert "full run: completed" in told.ran[1]
    assert '"step":' in told.logs


def test_faulty_records_are_told_by_code_and_line_and_refuse_the_run(told: Told) -> None:
    assert told.refused[0] == 3
    assert told.faulty.run
    assert told.faulty.run.status is RunStatus.REFUSED
    for code in ("DS011", "DS012", "DS015", "DS016", "DS020"):
        assert code in told.refused[1]
        assert code in told.faulty.execution.cause


def test_a_message_that_quotes_a_record_ended_its_run(told: Told) -> None:
    assert told.failed.run
    assert told.failed.run.status is RunStatus.FAILED
    assert [QUOTED in job.failure for job in told.failed.run.jobs] == [True]


@pytest.mark.fault(87)
def test_no_text_of_a_record_is_found_anywhere_afterwards(machine: Machine, told: Told) -> None:
    assert MARKER not in "".join((told.validated[1], told.refused[1], told.ran[1], told.logs))
    assert places_of(MARKER, machine) == set()


@pytest.mark.fault(33)
@pytest.mark.fault(87)
def test_what_a_message_quotes_is_in_the_record_of_its_job_and_its_report_alone(
    machine: Machine, told: Told
) -> None:
    run = told.failed.run_id
    places = places_of(QUOTED, machine)

    assert {place for place in places if not place.startswith((f"item RUN#{run} JOB#", "object "))} == set()
    assert {place for place in places if place.startswith("object ")} == {f"object runs/{run}/report.json"}


def test_the_search_finds_what_is_there(machine: Machine, told: Told) -> None:
    """A search that looks nowhere would find nothing either."""
    kinds = {place.split(" ")[0] for place in places_of(told.faulty.run_id, machine)}

    assert kinds >= {"item", "mail", "object", "history", "log"}


def _written(folder: Path, config: ConsoleConfig) -> tuple[Path, Path]:
    pairs = [_marked(pair) for pair in question_sheets(HEALTHY.data.records)]
    pairs, apart = pairs[:-60], pairs[-60:]
    training, faulty = folder / "training.jsonl", folder / "faulty.jsonl"
    training.write_bytes(lines(pairs, config.record))
    (folder / "validation.jsonl").write_bytes(lines(apart, config.record))
    faulty.write_bytes(lines(pairs[:150], config.record) + b"".join(line + b"\n" for line in _faulty_lines()))
    return training, faulty


def _marked(pair: Pair) -> Pair:
    return f"{MARKER} {pair[0]}", f"{pair[1]} {MARKER}"


def _faulty_lines() -> list[bytes]:
    """Broken JSON, the wrong schema, and whatever else might be quoted in a message."""
    texts = (
        '{"prompt": "MARKER, "completion": "MARKER"}',
        '{"question": "MARKER", "answer": "MARKER"}',
        '{"MARKER": 1, "prompt": "MARKER", "completion": "MARKER"}',
        '{"prompt": "MARKER", "prompt": "MARKER", "completion": "MARKER"}',
        '{"prompt": NaN, "completion": "MARKER"}',
        '{"prompt": "", "completion": "MARKER"}',
        '{"prompt": "\\n\\nHuman: MARKER <|begin_of_text|>", "completion": "MARKER"}',
        '["MARKER"]',
        '"MARKER"',
    )
    not_utf8 = b'{"prompt": "' + MARKER.encode() + b' \xff", "completion": "x"}'
    return [*(text.replace("MARKER", MARKER).encode() for text in texts), not_utf8]


def _config(path: Path, config: ConsoleConfig, world: World, training: Path, name: str) -> Path:
    document = {
        "job_name": name,
        "base_model_id": config.base.model_id,
        "training_data_path": str(training),
        "validation_data_path": str(training.parent / "validation.jsonl"),
        "output_data_path": f"s3://{world.bucket}/output/privacy",
        "hyperparameters": dict(HEALTHY.hyperparameters),
        **HEALTHY.sections,
    }
    path.write_text(json.dumps(document))
    return path


def _begin(name: str, training: Path, config: ConsoleConfig, world: World) -> Seen:
    """Starts a rehearsal of a file, as from the console."""
    story: Story = replace(HEALTHY, name=name, base_model_id=config.base.model_id)
    world.start.files.write(f"s3://{world.bucket}/{story.data_key()}", [training.read_bytes()])
    return begin(story, world)


def _let_fail(machine: Machine) -> None:
    """The stand-in reads its fault script again when it changes."""
    script = machine.places.bedrock_faults
    message = f"Record 3 is not accepted: {QUOTED}"
    fault = {"what": "fail", "job_name": QUOTING, "phase": "training", "failure_message": message}
    script.write_text(json.dumps([*json.loads(script.read_text()), fault]))


def _typed(machine: Machine, words: str) -> tuple[int, str]:
    """A person's command in a shell that has done `source .local/env`."""
    command = f". {machine.places.environment} && .venv/bin/finetune-guard {words}"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr
