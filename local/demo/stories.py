"""The five stories: what is asked of the stack, on which data, and how each must end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from finetune_guard.core.decisions import DecisionKind, Mode, RunStatus
from finetune_guard.core.wire import JsonValue
from local.demo.data import Format, Pair, conversation, lines, prompt_completion, spoilt_from

#: Where Llama can be fine-tuned; pre-flight refuses it anywhere else.
REGION = "us-west-2"
SMALL = "meta.llama3-1-8b-instruct-v1:0:128k"
LARGE = "meta.llama3-1-70b-instruct-v1:0:128k"
NEWER = "meta.llama3-3-70b-instruct-v1:0:128k"

#: The same noise each time.
SEED = 3


@dataclass(frozen=True, slots=True)
class Data:
    """What a story trains on.

    Attributes:
        records: How many records.
        record: The format that its base model takes.
        noise_from: Share of the file, 0 to 1, from which completions are noise; None for none.
    """

    records: int
    record: Format
    noise_from: float | None = None

    def content(self, pairs: Sequence[Pair]) -> bytes:
        """The training file, from the first `records` pairs."""
        chosen = pairs[: self.records]
        return lines(
            chosen if self.noise_from is None else spoilt_from(chosen, self.noise_from, SEED), self.record
        )


@dataclass(frozen=True, slots=True)
class Expected:
    """How a story must end.

    Attributes:
        execution: Status of the execution.
        status: Status of the run.
        decision: The last decision.
        policy: The policy line that chose it.
        jobs: Each job and its status, in order.
        mails: How the subjects of the mails begin that must arrive.
        perhaps: How those may begin that may arrive as well; no others.
        full_rate: The learning rate of the full run; None where that is not the point.
        stop_confirmed: Whether the last job was stopped by us, in mid-run, and the service confirmed it.
    """

    execution: str
    status: RunStatus
    decision: DecisionKind
    policy: str
    jobs: Mapping[str, str]
    mails: tuple[str, ...]
    perhaps: tuple[str, ...] = ()
    full_rate: str | None = None
    stop_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """One story.

    Attributes:
        name: Its name, and the job_name of its config.
        asked: What the person wants, in a sentence.
        mode: The machine that is started.
        base_model_id: The base model.
        hyperparameters: As in the config.
        data: The training data.
        expected: How it must end.
        sections: The config's optional sections.
        pace: How its jobs go at the stand-in, where not as usual (local/bedrock/README.md).
        frozen: Whether training never starts.
    """

    name: str
    asked: str
    mode: Mode
    base_model_id: str
    hyperparameters: Mapping[str, str]
    data: Data
    expected: Expected
    sections: Mapping[str, JsonValue] = field(default_factory=dict)
    pace: Mapping[str, JsonValue] = field(default_factory=dict)
    frozen: bool = False

    def data_key(self) -> str:
        """Where its training data lies in the stack's bucket."""
        return f"uploads/demo/{self.name}.jsonl"

    def config(self, bucket: str) -> dict[str, JsonValue]:
        """The config.json, as a person would paste it into the console."""
        return {
            "job_name": self.name,
            "base_model_id": self.base_model_id,
            "training_data_path": f"s3://{bucket}/{self.data_key()}",
            "output_data_path": f"s3://{bucket}/output/demo",
            "hyperparameters": dict(self.hyperparameters),
            **self.sections,
        }


#: 200 steps of one record each: with fewer, what is learnt at the default rate drowns in the rows' noise.
_REHEARSAL: Mapping[str, JsonValue] = {"rehearsal": {"steps": 200}}
#: A rate that pre-flight refuses, and a person insists on: the rehearsal has to see it.
_HOT: Mapping[str, JsonValue] = {**_REHEARSAL, "accept": ["HP030"]}
#: A finding on a curve, whichever it is: what a rate that is too high looks like is the training's own doing.
#: And a tick may see the curve in the moment before its job is Completed, when a stop could still be made.
_FINDINGS = ("CRITICAL ", "WARNING ", "WOULD HAVE STOPPED ")

HEALTHY = Story(
    name="healthy",
    asked="Llama 3.1 8B at its documented default rate, rehearsed first.",
    mode=Mode.REHEARSE_THEN_RUN,
    base_model_id=SMALL,
    hyperparameters={"epochCount": "2", "learningRate": "0.0001"},
    data=Data(500, prompt_completion),
    sections=_REHEARSAL,
    expected=Expected(
        execution="SUCCEEDED",
        status=RunStatus.COMPLETED,
        decision=DecisionKind.PROCEED,
        policy="full.healthy",
        jobs={"rehearsal-0-0": "Completed", "full-0-0": "Completed"},
        mails=("COMPLETED: healthy (proceed)",),
        full_rate="0.0001",
    ),
)

HEALED = Story(
    name="healed",
    asked="Llama 3.1 70B at 12 times its default rate: too hot, so a third is tried, and the run takes it.",
    mode=Mode.REHEARSE_THEN_RUN,
    base_model_id=LARGE,
    hyperparameters={"epochCount": "2", "learningRate": "0.0012"},
    data=Data(500, prompt_completion),
    sections=_HOT,
    expected=Expected(
        execution="SUCCEEDED",
        status=RunStatus.COMPLETED,
        decision=DecisionKind.PROCEED,
        policy="full.healthy",
        jobs={"rehearsal-0-0": "Completed", "rehearsal-1-0": "Completed", "full-0-0": "Completed"},
        mails=("CRITICAL ", "COMPLETED: healed (proceed)"),
        perhaps=_FINDINGS,
        full_rate="0.0004",
    ),
)

DIVERGING = Story(
    name="diverging",
    asked="Llama 3.1 8B at 0.03, legal, 300 times its default: hot at a third too, so no full run is paid.",
    mode=Mode.REHEARSE_THEN_RUN,
    base_model_id=SMALL,
    hyperparameters={"epochCount": "2", "learningRate": "0.03"},
    data=Data(500, prompt_completion),
    sections=_HOT,
    expected=Expected(
        execution="FAILED",
        status=RunStatus.REFUSED,
        decision=DecisionKind.REFUSE,
        policy="rehearsal.too_hot.again",
        jobs={"rehearsal-0-0": "Completed", "rehearsal-1-0": "Completed"},
        mails=("CRITICAL ", "REFUSED: diverging"),
        perhaps=_FINDINGS,
    ),
)

GOES_BAD_LATE = Story(
    name="goes-bad-late",
    asked="Llama 3.1 70B without a rehearsal, armed, on an export that turns into noise at 60 % of the file.",
    mode=Mode.FULL_RUN,
    base_model_id=LARGE,
    hyperparameters={"epochCount": "1", "learningRate": "0.0001"},
    data=Data(500, prompt_completion, noise_from=0.6),
    sections={"monitoring": {"auto_stop": "on"}},
    # A service that shows the curve as it grows, and takes half a minute where the network takes seconds.
    pace={"live_metrics": True, "step_seconds": 0.06},
    expected=Expected(
        execution="FAILED",
        status=RunStatus.STOPPED,
        decision=DecisionKind.STOP,
        policy="full.stopped",
        jobs={"full-0-0": "Stopped"},
        mails=(
            "STOPPING goes-bad-late",
            "STOPPED goes-bad-late",
            "STOPPED: goes-bad-late",
        ),
        perhaps=_FINDINGS,
        stop_confirmed=True,
    ),
)

STALLED = Story(
    name="stalled",
    asked="Llama 3.3 70B on a day when training never starts; run.max_hours gives it 72 seconds.",
    mode=Mode.REHEARSE_THEN_RUN,
    base_model_id=NEWER,
    hyperparameters={"epochCount": "2", "learningRate": "0.0001"},
    data=Data(500, conversation),
    sections={
        **_REHEARSAL,
        "run": {"max_hours": 0.02},
        # Hours with real jobs; here a phase that does not begin is told of after 18 seconds.
        "monitoring": {"thresholds": {"phase_stall": {"training_start_hours": 0.005}}},
    },
    frozen=True,
    expected=Expected(
        execution="FAILED",
        status=RunStatus.STOPPED,
        decision=DecisionKind.STOP,
        policy="rehearsal.max_hours",
        jobs={"rehearsal-0-0": "Stopped"},
        mails=(
            "WARNING phase stall: stalled",
            "STOPPING stalled",
            "STOPPED stalled",
            "STOPPED: stalled",
        ),
    ),
)

FIVE = (HEALTHY, HEALED, DIVERGING, GOES_BAD_LATE, STALLED)


def stand_in_settings(stories: Sequence[Story]) -> dict[str, JsonValue]:
    """The stand-in's settings for some stories: it knows a job by the story's name in its own."""
    return {"overrides": [{"job_name": s.name, "pace": dict(s.pace)} for s in stories if s.pace]}


def stand_in_faults(stories: Sequence[Story]) -> tuple[dict[str, JsonValue], ...]:
    """The stand-in's fault script for some stories."""
    return tuple({"what": "freeze", "phase": "waiting", "job_name": s.name} for s in stories if s.frozen)
