"""The stories that make every call which a function or a command can make."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import boto3

from finetune_guard import bootstrap
from finetune_guard.cli.terminal import EXIT
from finetune_guard.core.decisions import Mode
from finetune_guard.core.names import JobKey, run_id
from finetune_guard.core.observations import BaseModelFacts
from finetune_guard.core.plans import Stage
from finetune_guard.core.reporting import Outcome
from finetune_guard.core.runs import Run
from local.demo.data import conversation, lines, spoilt_from
from tests.infra.played_stack import MACHINES, PlayedStack, Walk
from tests.infra.played_terminal import OPERATOR, typed
from tests.local.bedrock.harness import MICRO, ROLE, pairs

ARMED, FROZEN, WATCHED, WHOLE = "armed", "frozen", "watched", "whole"
#: Bedrock as it is while these are played: nothing is waited for, and one kind of job shows its curve.
SETTINGS: Mapping[str, object] = {
    "live_seconds": 0.05,
    "overrides": [{"job_name": ARMED, "pace": {"live_metrics": True, "step_seconds": 0.06}}],
}
#: Jobs that are to be stopped stand still, at the latest before their last step.
FAULTS: tuple[Mapping[str, object], ...] = (
    {"what": "freeze", "phase": "waiting", "job_name": FROZEN},
    {"what": "freeze", "phase": "training", "job_name": ARMED, "at_step": 24},
    {"what": "refuse_custom_base", "job_name": WHOLE},
)

#: Stand-in jobs of Nova train eight records a step.
RECORDS = 200
#: What an earlier job has shown, but for whether a job may start from a custom model.
KNOWN = BaseModelFacts(MICRO, records_per_step=8.0, jobs_seen=1)


@dataclass(frozen=True)
class Stories:
    """The stories, on one stack; each ends with what shows that it went as it is meant to.

    Attributes:
        stack: Where they are played.
        folder: What a person has on their machine.
    """

    stack: PlayedStack
    folder: Path

    def play(self) -> None:
        self.stack.bedrock.faults(*FAULTS)
        self.files_are_missing()
        self.nothing_is_started()
        self.a_name_is_taken()
        self.a_person_stops_a_run()
        self.executions_are_aborted()
        self.a_rehearsal_is_too_hot_twice()
        self.a_full_run_diverges_before_our_eyes()
        self.a_job_of_somebody_else_is_watched_and_stopped()
        self.no_job_may_start_from_a_custom_model()
        self.a_run_is_swept_and_cut_into_segments()
        self.a_person_is_asked_and_answers()
        self.a_run_is_taken_up_again()
        self.all_goes_well()
        self.somebody_looks_back()
        self.the_stack_is_examined_and_left()
        self.a_lost_record_is_made_again()
        self.models_are_thrown_away()

    def files_are_missing(self) -> None:
        """The data is not there at pre-flight, or goes between pre-flight and plan, or plan and creation."""
        absent = self._begun("absent", training_data_path=f"s3://{self.stack.bucket}/uploads/none.jsonl")
        self.stack.play(lambda: absent.state == "Ended")
        assert absent.outcome == Outcome.REFUSED
        for state in ("Plan", "CreateJobs"):
            name = f"gone-{state}"
            validation = self.stack.upload(f"{name}-validation.jsonl", _apart())
            gone = self._begun(name, Mode.FULL_RUN, validation_data_path=validation)
            self.stack.play(partial(self._is_in, gone, state))
            boto3.client("s3").delete_object(Bucket=self.stack.bucket, Key=f"uploads/{name}.jsonl")
            self.stack.play(partial(self._is_in, gone, "Ended"))
            assert gone.outcome == Outcome.REFUSED

    def nothing_is_started(self) -> None:
        config = self._config_file("asked")
        answer = typed(self.stack, "validate", "--config", config)
        assert (answer.exit_code, answer.exception) == (0, None), answer.output
        answer = typed(self.stack, "get-optimal", "--model-type", MICRO, "--dataset", self._uploaded("asked"))
        assert answer.exit_code == 0, answer.output

    def a_name_is_taken(self) -> None:
        """By a job of somebody else's; its token is not ours, so it is not adopted."""
        taken = self._begun("taken", Mode.FULL_RUN)
        self._create(JobKey(run_id("taken", taken.arn), Stage.FULL).job_name, self._uploaded("taken"))
        self.stack.play(lambda: taken.state == "Ended")
        assert taken.outcome == Outcome.REFUSED

    def a_person_stops_a_run(self) -> None:
        walk = self._begun(f"{FROZEN}-stopped", Mode.FULL_RUN)
        self.stack.play(lambda: walk.state == "Waiting")
        answer = typed(self.stack, "stop", walk.run_id, "--yes", "--json")
        assert answer.exit_code == 0, answer.output
        self.stack.play(lambda: walk.state == "Ended")
        assert walk.outcome == Outcome.STOPPED

    def executions_are_aborted(self) -> None:
        """One of each machine; their jobs, which would stand still for ever, are stopped."""
        walks = [self._begun(f"{FROZEN}-{mode}", mode, run={"on_abort": "stop"}) for mode in MACHINES]
        self.stack.play(lambda: all(walk.state == "Waiting" for walk in walks))
        for walk in walks:
            self.stack.end(walk)
            self.stack.tick(walk.arn)
        self.stack.play(lambda: self.stack.tick()["open_jobs"] == 0)

    def a_rehearsal_is_too_hot_twice(self) -> None:
        config = self._config_file("hot", noise_from=0.5, rehearsal={"steps": 10})
        answer = typed(self.stack, "mini-run", "--config", config, "--yes", *self._logs())
        assert "rehearsal.too_hot.again" in answer.output, answer.output

    def a_full_run_diverges_before_our_eyes(self) -> None:
        config = self._config_file(ARMED, noise_from=0.5)
        answer = typed(
            self.stack, "run", "--config", config, "--no-rehearsal", "--auto-stop", "--yes", *self._logs()
        )
        assert "full.stopped" in answer.output, answer.output

    def a_job_of_somebody_else_is_watched_and_stopped(self) -> None:
        """With a person's own rights, from a terminal."""
        name = f"{ARMED}-elsewhere"
        self._create(name, self.stack.upload(f"{name}.jsonl", _records(noise_from=0.5)))
        answer = typed(self.stack, "monitor", "--job-id", name, "--auto-stop", *self._logs())
        assert answer.exit_code == EXIT.no, answer.output

    def no_job_may_start_from_a_custom_model(self) -> None:
        self.stack.learn(KNOWN)
        whole = self._begun(WHOLE, validation_data_path=self._validation(WHOLE), run={"segments": 2})
        self.stack.play(lambda: whole.state == "Ended")
        assert whole.outcome == Outcome.COMPLETED
        parts = self._parts(whole)
        assert parts == ["rehearsal", "probe", "full"], parts

    def a_run_is_swept_and_cut_into_segments(self) -> None:
        self.stack.learn(KNOWN)
        rehearsal = {"steps": 6, "sweep": ["0.00001", "0.00002"]}
        validation = self._validation("cut")
        cut = self._begun("cut", validation_data_path=validation, rehearsal=rehearsal, run={"segments": 2})
        self.stack.play(lambda: cut.state == "Ended")
        assert cut.outcome == Outcome.COMPLETED
        parts = self._parts(cut)
        assert parts[:2] == ["rehearsal", "rehearsal"], parts
        assert parts[-3:] == ["probe", "segment-1", "segment-2"], parts

    def a_person_is_asked_and_answers(self) -> None:
        """A rehearsal of one step has too few rows to be judged."""
        rehearsal = {"steps": 1, "on_inconclusive": "ask"}
        asked = self._begun(
            "asked-by-mail", validation_data_path=self._validation("asked"), rehearsal=rehearsal
        )
        self.stack.play(lambda: bool(asked.run_id and self._run(asked).questions))
        answer = typed(self.stack, "answer", asked.run_id, "proceed")
        assert (answer.exit_code, answer.exception) == (0, None), answer.output
        self.stack.play(lambda: asked.state == "Ended")
        assert asked.outcome == Outcome.COMPLETED

    def a_run_is_taken_up_again(self) -> None:
        """Its execution is ended while it waits for its rehearsal, which goes on and is adopted."""
        walk = self._begun("taken-up", validation_data_path=self._validation("taken-up"))
        self.stack.play(lambda: walk.state == "Waiting")
        self.stack.end(walk)
        self.stack.tick(walk.arn)
        self.stack.play(lambda: self._run(walk).aborted)
        answer = typed(self.stack, "resume", walk.run_id, *self._logs())
        assert (answer.exit_code, answer.exception) == (0, None), answer.output
        assert self._parts(walk) == ["rehearsal", "full"]

    def _run(self, walk: Walk) -> Run:
        with self.stack.recorder.by(""):
            return bootstrap.run_store(self.stack.outputs["TableName"]).run(walk.run_id)

    def _parts(self, walk: Walk) -> list[str]:
        return [job.key.part for job in self._run(walk).jobs]

    def _validation(self, name: str) -> str:
        return self.stack.upload(f"{name}-validation.jsonl", _apart())

    def all_goes_well(self) -> None:
        config = self._config_file(WATCHED, local=True, rehearsal={"steps": 1})
        answer = typed(self.stack, "run", "--config", config, "--yes", *self._logs())
        assert (answer.exit_code, answer.exception) == (0, None), answer.output

    def somebody_looks_back(self) -> None:
        walk = next(walk for walk in self.stack.walks.values() if WATCHED in walk.run_id)
        job = JobKey(walk.run_id, Stage.FULL).job_name
        commands = (
            ("report", walk.run_id),
            ("runs",),
            ("shadow",),
            ("kill-switch", "off"),
            ("monitor", "--job-id", job, *self._logs()),
            ("replay", "--run", walk.run_id),
        )
        for command in commands:
            answer = typed(self.stack, *command)
            assert (answer.exit_code, answer.exception) == (0, None), answer.output
        self._read_as_a_person(f"runs/{walk.run_id}/report.json")

    def a_lost_record_is_made_again(self) -> None:
        """Of a run that goes on, whose rehearsal is judged again from the journal."""
        walk = self._begun("lost")
        self.stack.play(lambda: bool(walk.run_id) and self._parts(walk) == ["rehearsal", "full"])
        before = self._run(walk)
        self._lose(walk)
        answer = typed(self.stack, "rebuild", walk.run_id, "--yes")
        assert (answer.exit_code, answer.exception) == (0, None), answer.output
        assert [job.arn for job in self._run(walk).jobs] == [job.arn for job in before.jobs]
        assert self._run(walk).jobs[0].verdict == before.jobs[0].verdict
        self.stack.play(lambda: walk.state == "Ended")
        assert walk.outcome == Outcome.COMPLETED

    def _lose(self, walk: Walk) -> None:
        """Every item of the run is gone; its machine, which waits, goes on as after a lost heartbeat."""
        table, name = boto3.client("dynamodb"), self.stack.outputs["TableName"]
        with self.stack.recorder.by(""):
            key = {":pk": {"S": f"RUN#{walk.run_id}"}}
            found = table.query(
                TableName=name, KeyConditionExpression="pk = :pk", ExpressionAttributeValues=key
            )
            for item in found["Items"]:
                table.delete_item(TableName=name, Key={"pk": item["pk"], "sk": item["sk"]})
        walk.state = "NextAction"

    def _read_as_a_person(self, key: str) -> None:
        """With any tool for S3, at the place that report and mail name."""
        with self.stack.recorder.by(OPERATOR):
            found = boto3.Session().client("s3").get_object(Bucket=self.stack.bucket, Key=key)
        assert json.loads(found["Body"].read())

    def the_stack_is_examined_and_left(self) -> None:
        """Much of it is not there in this account; the alert is published, and nobody reads it."""
        for words in (("doctor",), ("doctor", "--no-alert")):
            answer = typed(self.stack, *words, "--json")
            assert answer.exit_code == EXIT.no, answer.output
            # The watch, which ticks meanwhile, writes its log there too.
            [line] = [line for line in answer.stdout.splitlines() if line.startswith('{"schema_version"')]
            checks = {each["check"]: each["state"] for each in json.loads(line)["checks"]}
            assert checks["test alert"] == ("WARNING" if len(words) == 1 else "NOT CHECKED"), answer.output
        answer = typed(self.stack, "leave")
        assert (answer.exit_code, answer.exception) == (EXIT.fine, None), answer.output

    def models_are_thrown_away(self) -> None:
        cleaned = self.stack.call("clean_up", {})
        assert cleaned["deleted"] and not cleaned["errors"]

    @staticmethod
    def _is_in(walk: Walk, state: str) -> bool:
        return walk.state == state

    def _begun(self, name: str, mode: Mode = Mode.REHEARSE_THEN_RUN, **changes: object) -> Walk:
        return self.stack.begin(self._config(name, self._uploaded(name), **changes), mode)

    def _config(self, name: str, training: str, **changes: object) -> dict[str, object]:
        return {
            "job_name": name,
            "base_model_id": MICRO,
            "training_data_path": training,
            "output_data_path": f"s3://{self.stack.bucket}/output/",
            "hyperparameters": {"epochCount": "1"},
            "rehearsal": {"steps": 1},
            **changes,
        }

    def _config_file(
        self, name: str, noise_from: float = 1.0, *, local: bool = False, **changes: object
    ) -> str:
        """A config as a person has it, with validation data, all on this machine or all on S3."""
        files = {"training": _records(noise_from), "validation": _apart()}
        paths = {
            what: self._local(f"{name}-{what}", data)
            if local
            else self.stack.upload(f"{name}-{what}.jsonl", data)
            for what, data in files.items()
        }
        config = self._config(name, paths["training"], validation_data_path=paths["validation"], **changes)
        return self._local(f"{name}-config", json.dumps(config).encode())

    def _local(self, name: str, data: bytes) -> str:
        path = self.folder / name
        path.write_bytes(data)
        return str(path)

    def _uploaded(self, name: str) -> str:
        return self.stack.upload(f"{name}.jsonl", _records())

    def _create(self, name: str, training_uri: str) -> None:
        """A job that is not of our stack."""
        self.stack.exchange()
        self.stack.bedrock.client.create_model_customization_job(
            jobName=name,
            customModelName=name,
            roleArn=ROLE.replace("000000000000", self.stack.recorder.account),
            baseModelIdentifier=MICRO,
            trainingDataConfig={"s3Uri": training_uri},
            outputDataConfig={"s3Uri": f"s3://{self.stack.bucket}/output/"},
        )

    def _logs(self) -> tuple[str, str]:
        return "--log-dir", str(self.folder / "logs")


def _apart() -> bytes:
    """Validation data, none of which is trained on."""
    return lines(pairs()[RECORDS : 2 * RECORDS], conversation)


def _records(noise_from: float = 1.0) -> bytes:
    """Training data, from a share of it on with noise for completions."""
    return lines(spoilt_from(pairs()[:RECORDS], noise_from, seed=3), conversation)
