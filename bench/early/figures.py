"""What a case gave for a seed, as it is published beside docs/early.md."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.early.cases import Case
from bench.early.guarded import Guarded, guarded
from bench.early.one_shot import loss_of, one_shot
from finetune_guard.core import wire

FILE: Final = Path("docs/early.json")


@dataclass(frozen=True, slots=True)
class Row:
    """A case with one seed. Tokens are shares of what the full run as one job trains.

    Attributes:
        kind: Which goal is asked of it.
        name: The case.
        seed: What its data were drawn by.
        tokens: Trained by all jobs, estimated.
        tokens_at_most: The same with every job that began counted in full.
        first: Trained by the first job.
        decided: Trained when the first decision fell that was not to go on as planned; None without one.
        turning: The policy line of that decision; "" without one.
        about: The job that it was about; "" without one.
        decision: The policy line of the last decision.
        kept: Short key of the job whose model was kept; "" where none was.
        broken: Whether a job of the full run broke and was paid for.
        loss: Validation loss of the model that was kept; None where none was.
        one_shot: Validation loss of the full run as one job.
        checkpoint: The lowest validation loss that it had on its way.
        reachable: The lowest of that and of the setting's reference.
    """

    kind: str
    name: str
    seed: int
    tokens: float
    tokens_at_most: float
    first: float
    decided: float | None
    turning: str
    about: str
    decision: str
    kept: str
    broken: bool
    loss: float | None
    one_shot: float
    checkpoint: float
    reachable: float

    @property
    def above_reachable(self) -> float | None:
        """By how much the model kept is above the best reachable, as a share; None without a model."""
        return None if self.loss is None else self.loss / self.reachable - 1

    @property
    def above_one_shot(self) -> float | None:
        """The same against the full run as one job."""
        return None if self.loss is None else self.loss / self.one_shot - 1


@dataclass(frozen=True, slots=True)
class Published:
    """Every row, and the seeds that they are from."""

    seeds: tuple[int, ...]
    rows: tuple[Row, ...]
    schema_version: int = 1


def measure(case: Case, seed: int) -> Row:
    """Plays a case, guarded and as one job."""
    alone = one_shot(case.setting, seed)
    data = case.setting.data(seed)
    known = guarded(case.after, case.after.setting.data(seed)).learnt if case.after else None
    played = guarded(case, data, known)
    turning = played.turning
    return Row(
        kind=case.kind,
        name=case.name,
        seed=seed,
        tokens=_share(played, played.tokens),
        tokens_at_most=_share(played, played.tokens_at_most),
        first=_share(played, min(played.run.jobs, key=lambda job: job.intended_at).orders.tokens),
        decided=_share(played, played.tokens_until(turning.at)) if turning else None,
        turning=turning.decision.policy if turning else "",
        about=turning.about if turning else "",
        decision=played.run.decisions[-1].decision.policy,
        kept=played.run.kept,
        broken=played.full_run_broke,
        loss=None if played.weights is None else loss_of(case.setting, data, played.weights),
        one_shot=alone.loss,
        checkpoint=alone.best_checkpoint,
        reachable=alone.reachable,
    )


def _share(played: Guarded, tokens: int) -> float:
    return round(tokens / played.full_tokens, 4)


def written(published: Published) -> bytes:
    """The file's content."""
    return (wire.dumps(published) + "\n").encode()


def read_published() -> Published:
    """What was published last."""
    return wire.loads(FILE.read_text("utf-8"), Published)
