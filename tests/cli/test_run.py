"""`run` and `mini-run` from the config file to the exit code, over the in-memory world."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from finetune_guard.core.decisions import DatedDecision, Decision, DecisionKind, Mode, RunStatus
from finetune_guard.core.errors import AccessRefusedError
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.names import run_id
from finetune_guard.core.observations import BaseModelFacts, ShadowCounts
from finetune_guard.core.plans import Stage
from finetune_guard.core.runs import Run
from tests import builders
from tests.cli.session import MACHINE, FakeSession, typed
from tests.cli.waiting import nothing
from tests.fakes.seam import Calm, Faults
from tests.fakes.world import World

RECORD = (
    '{"schemaVersion":"bedrock-conversation-2024","messages":['
    '{"role":"user","content":[{"text":"What is the capital of country number %d, and how is it spelt?"}]},'
    '{"role":"assistant","content":[{"text":"It is the city of that name, number %d."}]}]}\n'
)
DATA = "".join(RECORD % (n, n) for n in range(500)).encode()
CONFIG = {
    "job_name": "Support Bot",
    "base_model_id": "amazon.nova-lite-v1:0:300k",
    "training_data_path": "train.jsonl",
    "output_data_path": "s3://guard-bucket/output/",
    "hyperparameters": {"epochCount": "2", "learningRate": "0.00001"},
}


class Machine:
    """Plays the deployed machines: writes the record of the started run and carries it to an end."""

    def __init__(
        self, end: RunStatus = RunStatus.COMPLETED, kind: DecisionKind = DecisionKind.PROCEED
    ) -> None:
        self.world = World()
        self.world.datasets.put("train.jsonl", DATA)
        self.session = FakeSession(self.world, [nothing, self.record, self.job, self.finish])
        self._end, self._kind = end, kind

    @property
    def arn(self) -> str:
        return next(iter(self.world.workflow.executions))

    @property
    def sent(self) -> dict[str, object]:
        document: dict[str, object] = json.loads(self.world.workflow.inputs[self.arn])
        return document

    @property
    def run_id(self) -> str:
        return run_id("Support Bot", self.arn)

    def record(self) -> None:
        self.world.store.add_run(replace(builders.run(), run_id=self.run_id, execution_arn=self.arn))

    def job(self) -> None:
        record = builders.completed(self.run, Stage.FULL)
        self.world.store.add_job(record)
        name = record.request.job_name
        self.world.journal.objects[f"metrics/{name}/metrics.jsonl"] = b'{"step":1}\n'
        self.world.journal.objects[f"metrics/{name}/events.jsonl"] = b'{"kind":"run completed"}\n'

    def finish(self) -> None:
        decision = Decision(self._kind, "full.line", "The loss fell and stayed low.")
        self.world.store.save_run(
            replace(
                self.run,
                jobs=(),
                status=self._end,
                ended_at=self.world.clock.now(),
                decisions=(DatedDecision(decision, "full-0-0", self.world.clock.now()),),
                report_uri="s3://guard-bucket/runs/r/report.json",
            )
        )

    @property
    def run(self) -> Run:
        return self.world.store.run(self.run_id)

    @property
    def jobs(self) -> tuple[JobRecord, ...]:
        return self.run.jobs


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., Path]:
    """Writes the config with changes and returns its path."""

    def write(**changes: object) -> Path:
        path = tmp_path / "config.json"
        path.write_text(json.dumps({**CONFIG, **changes}))
        return path

    return write


def type_run(machine: Machine, config: Path, *words: str) -> Result:
    return typed(machine.session, "run", "--config", config, "--log-dir", config.parent / "logs", *words)


def test_a_run_is_started_followed_and_told(config: Callable[..., Path]) -> None:
    machine = Machine()
    result = type_run(machine, config())
    assert result.exit_code == 0, result.output
    assert re.search(r"^rehearsal +base +450 +1 ", result.stdout, re.MULTILINE)
    assert "Cost: about $" in result.stdout
    assert f"finetune-guard report {machine.run_id} --follow" in result.stdout
    assert "https://us-west-2.console.aws.amazon.com/states/home" in result.stdout
    assert "COMPLETED: support-bot" in result.stdout


def test_what_may_be_paid_for_beside_the_plan_is_said_before_it_is_asked(config: Callable[..., Path]) -> None:
    plain = type_run(Machine(), config()).stdout
    orders = {"rehearsal": {"sweep": True, "steps": 20}, "run": {"segments": 2}}
    shaped = type_run(Machine(), config(**orders)).stdout

    assert "A rehearsal that runs too hot is tried once more" in plain
    assert "A segment that breaks early" not in plain
    assert "One more rate is rehearsed" in shaped
    assert "A segment that breaks early is done once more" in shaped
    assert shaped.index("- The rehearsal compares 3 rates") < shaped.index("Started run")


def test_cost_and_time_are_said_before_anything_is_sent(config: Callable[..., Path]) -> None:
    machine = Machine()
    machine.world.seam.interrupt = Faults().add("datasets.write", AccessRefusedError("You may not write."))
    result = type_run(machine, config())
    assert result.exit_code == 1
    assert "Cost: about" in result.stdout
    assert "run.max_hours" in result.stdout
    assert machine.world.workflow.executions == {}


def test_the_local_file_goes_to_the_bucket_and_the_machine_gets_its_uri(config: Callable[..., Path]) -> None:
    machine = Machine()
    type_run(machine, config())
    uri = machine.sent["training_data_path"]
    assert isinstance(uri, str)
    assert uri.startswith("s3://guard-bucket/uploads/")
    assert machine.world.datasets.contents[uri].data == DATA


class SavedAgain(Calm):
    """A person saves the data anew once it was checked: before it is read for the second time."""

    def __init__(self, world: World) -> None:
        self._world = world

    def before(self, call: str) -> None:
        if call == "datasets.chunks" and self._world.datasets.calls.count("chunks") == 2:
            self._world.datasets.put("train.jsonl", DATA.replace(b"capital", b"Capital"))


@pytest.mark.fault(56)
def test_a_local_file_that_changed_since_it_was_checked_is_not_uploaded(config: Callable[..., Path]) -> None:
    machine = Machine()
    machine.world.seam.interrupt = SavedAgain(machine.world)
    result = type_run(machine, config())
    assert result.exit_code == 1
    assert "has changed" in result.stderr
    assert machine.world.workflow.executions == {}
    assert list(machine.world.datasets.contents) == ["train.jsonl"]


@pytest.mark.parametrize(
    ("words", "mode"),
    [
        (("run",), Mode.REHEARSE_THEN_RUN),
        (("run", "--no-rehearsal"), Mode.FULL_RUN),
        (("mini-run", "--steps", "20"), Mode.MINI_RUN),
    ],
)
def test_each_command_starts_its_machine(
    words: tuple[str, ...], mode: Mode, config: Callable[..., Path], tmp_path: Path
) -> None:
    machine = Machine()
    typed(machine.session, *words, "--config", config(), "--log-dir", tmp_path)
    assert machine.arn.startswith(MACHINE.replace("stateMachine", "execution") + mode)


def test_steps_and_auto_stop_reach_the_machine(config: Callable[..., Path]) -> None:
    machine = Machine()
    type_run(machine, config(), "--steps", "50", "--auto-stop")
    assert machine.sent["rehearsal"] == {"steps": 50}
    assert machine.sent["monitoring"] == {"auto_stop": "on"}


def test_json_is_one_object_at_the_end_and_people_read_stderr(config: Callable[..., Path]) -> None:
    machine = Machine()
    result = type_run(machine, config(), "--json")
    told = json.loads(result.stdout)
    assert told["run_id"] == machine.run_id
    assert told["execution_arn"] == machine.arn
    assert told["decision"] == "proceed"
    assert told["stages"][0]["stage"] == "full"
    assert "Cost: about" in result.stderr


@pytest.mark.parametrize(
    ("end", "code"), [(RunStatus.REFUSED, 3), (RunStatus.STOPPED, 3), (RunStatus.FAILED, 1)]
)
def test_the_exit_code_is_the_outcome(end: RunStatus, code: int, config: Callable[..., Path]) -> None:
    assert type_run(Machine(end, DecisionKind.REFUSE), config()).exit_code == code


def test_the_metrics_logs_of_the_jobs_are_kept_here(config: Callable[..., Path]) -> None:
    machine, path = Machine(), config()
    type_run(machine, path)
    folder = path.parent / "logs" / machine.jobs[0].request.job_name
    assert (folder / "metrics.jsonl").read_text() == '{"step":1}\n'
    assert (folder / "events.jsonl").read_text() == '{"kind":"run completed"}\n'


def test_without_a_terminal_there_is_a_line_for_each_change(config: Callable[..., Path]) -> None:
    shown = type_run(Machine(), config()).stdout
    assert "the execution has started" in shown
    assert "full run: completed" in shown
    assert "decision: proceed [full.line]" in shown


def test_an_invalid_config_is_refused_with_every_problem_and_nothing_is_started(
    config: Callable[..., Path],
) -> None:
    machine = Machine()
    path = config(budget_usd="a lot", surprise=1, output_data_path="here")
    result = type_run(machine, path)
    assert result.exit_code == 3
    for key in ("budget_usd", "surprise", "output_data_path"):
        assert key in result.stdout
    assert machine.world.workflow.executions == {}
    assert "datasets.write" not in machine.world.seam.calls


def test_what_the_person_accepts_goes_into_the_execution_with_the_config(
    config: Callable[..., Path],
) -> None:
    machine = Machine()
    result = type_run(machine, config(accept=["HP011"]), "--accept", "HP030", "--accept", "DS015")
    assert result.exit_code == 0, result.output
    assert machine.sent["accept"] == ["HP011", "HP030", "DS015"]


def test_a_code_that_cannot_be_accepted_starts_nothing(config: Callable[..., Path]) -> None:
    machine = Machine()
    result = type_run(machine, config(hyperparameters={"scheduler": "cosine"}), "--accept", "HP002")
    assert result.exit_code == 3
    assert "HP002 is the service's own refusal and cannot be accepted" in result.stdout
    assert "Refused: 2 errors" in result.stdout
    assert machine.world.workflow.executions == {}


def test_a_refused_config_gives_machines_the_problems(config: Callable[..., Path]) -> None:
    result = type_run(Machine(), config(surprise=1), "--json")
    told = json.loads(result.stdout)
    assert told["ok"] is False
    assert "surprise" in {problem["key"] for problem in told["problems"]}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "not JSON"),
        (b"[]", "an object was expected"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b'{"a":1,"a":2}', "twice"),
    ],
)
def test_a_file_that_holds_no_config_is_a_usage_error(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(content)
    result = type_run(Machine(), path)
    assert result.exit_code == 2
    assert says.replace("an object", "object") in result.stderr
    assert str(path) in result.stderr


def test_a_missing_config_is_a_usage_error(tmp_path: Path) -> None:
    result = type_run(Machine(), tmp_path / "gone.json")
    assert result.exit_code == 2
    assert "There is no file" in result.stderr


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    assert type_run(Machine(), tmp_path).exit_code == 2


def test_missing_data_is_named_before_the_start(config: Callable[..., Path]) -> None:
    machine = Machine()
    result = type_run(machine, config(training_data_path="gone.jsonl"))
    assert result.exit_code == 3
    assert "gone.jsonl" in result.stdout
    assert machine.world.workflow.executions == {}


def test_steps_without_a_rehearsal_are_a_usage_error(config: Callable[..., Path]) -> None:
    result = type_run(Machine(), config(), "--no-rehearsal", "--steps", "5")
    assert result.exit_code == 2


def test_lost_rights_while_following_say_that_the_run_goes_on(config: Callable[..., Path]) -> None:
    machine = Machine()

    def expire() -> None:
        machine.world.seam.interrupt = Faults().add(
            "store.run", AccessRefusedError("Your sign-in has expired.")
        )

    machine.session.waiter().steps.insert(1, expire)
    result = type_run(machine, config())
    assert result.exit_code == 1
    assert "has expired" in result.stderr
    assert "The run goes on" in result.stderr
    assert "--follow" in result.stderr


def test_an_execution_that_dies_before_its_record_is_a_failure(config: Callable[..., Path]) -> None:
    machine = Machine()
    steps = machine.session.waiter().steps
    steps.clear()
    steps.append(lambda: machine.world.workflow.end(machine.arn, "FAILED", cause="bad \x1b[2J thing"))
    result = type_run(machine, config())
    assert result.exit_code == 1
    assert "no job was created" in result.stdout
    assert "bad \\x1b[2J thing" in result.stdout


@pytest.mark.parametrize("how", [("--auto-stop",), ()])
def test_whoever_arms_a_run_is_told_the_accounts_false_stops_on_stderr(
    how: tuple[str, ...], config: Callable[..., Path]
) -> None:
    machine = Machine()
    base = str(CONFIG["base_model_id"])
    machine.world.store.learn(BaseModelFacts(base, shadow=ShadowCounts(sound=184, sound_stopped=1)))
    path = config() if how else config(monitoring={"auto_stop": "on"})
    result = type_run(machine, path, *how)
    assert result.exit_code == 0, result.output
    assert result.stderr == (
        f"auto_stop is on: false stops of {base} in this account: 1 of 184, at most 2.55 % (95 %).\n"
    )


def test_without_a_figure_that_is_said_and_an_unarmed_run_is_told_nothing(
    config: Callable[..., Path],
) -> None:
    assert "no figure yet for false stops" in type_run(Machine(), config(), "--auto-stop").stderr
    assert type_run(Machine(), config()).stderr == ""
