"""`finetune-guard replay`: finished loss curves, judged as a watcher would have."""

from pathlib import Path

import click

from finetune_guard.cli.commands import examples
from finetune_guard.cli.replay_table import replay_table, sentences
from finetune_guard.cli.terminal import EXIT, Terminal
from finetune_guard.cli.training_logs import TrainingLog, find_logs
from finetune_guard.core import replaying
from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.metrics.runs import read_curve
from finetune_guard.core.replaying import Replayed, line_of
from finetune_guard.core.thresholds import ThresholdPack, override, pack_for
from finetune_guard.core.verdict import VerdictKind

EPILOG = examples(
    [
        ("the metric file that Bedrock wrote", "replay step_wise_training_metrics.csv"),
        ("every log in a folder, a JSON line for each curve", "replay runs/ --json"),
        ("what if a spike had to be twice the level", "replay runs/ --set loss_spike.ratio=2"),
    ]
)

#: Up to so many curves each finding is told in its sentence; for more the table must do.
FEW = 10


@click.command(epilog=EPILOG)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option(
    "--set", "settings", multiple=True, metavar="RULE.THRESHOLD=VALUE", help="Set a threshold; repeatable."
)
@click.option("--family", default="", metavar="NAME", help="Base-model family whose thresholds are used.")
@click.option("--unplanned", is_flag=True, help="Judge as if the number of steps were not known.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout; text for people on stderr.")
@click.pass_context
def replay(
    ctx: click.Context,
    paths: tuple[Path, ...],
    settings: tuple[str, ...],
    family: str,
    unplanned: bool,
    as_json: bool,
) -> None:
    """Judge finished loss curves as a watcher would have, point by point.

    PATH is a training log or a folder of them: Bedrock's metric CSV, a labelled run, a Hugging Face
    trainer_state.json, or any CSV with a step and a loss column. Says of each curve what it is, when an armed
    policy would have stopped it, and what was seen. A log without a planned number of steps is taken to be
    complete. Exits with 3 when a curve diverged.
    """
    terminal = Terminal(as_json)
    pack = _pack(family, settings)
    replays = _replayed(find_logs(paths), pack, not unplanned, terminal)
    if not as_json:
        terminal.show(replay_table(replays))
        if len(replays) <= FEW:
            terminal.say("\n".join(sentences(replays)))
    diverged = any(one.verdict.kind is VerdictKind.DIVERGED for one in replays)
    ctx.exit(EXIT.no if diverged else EXIT.fine)


def _replayed(
    logs: tuple[TrainingLog, ...], pack: ThresholdPack, planned: bool, terminal: Terminal
) -> list[Replayed]:
    """Replays what can be read, each told as it comes.

    In a folder, what is no training log is passed over.
    """
    replays = []
    for log in logs:
        validation = log.validation.read_bytes() if log.validation else None
        try:
            curve = read_curve(str(log.path), log.path.read_bytes(), validation)
        except InvalidInputError as exc:
            if log.named:
                raise
            click.echo(f"Passed over: {exc}", err=True)
            continue
        replays.append(replaying.replay(curve, pack, log.id, planned))
        terminal.emit(line_of(replays[-1]))
    if not replays:
        raise InvalidInputError(
            "None of the files is a training log. Give a CSV with a step and a loss column."
        )
    return replays


def _pack(family: str, settings: tuple[str, ...]) -> ThresholdPack:

    changed = override(pack_for(family), dict(_setting(text) for text in settings))
    if isinstance(changed, ThresholdPack):
        return changed
    said = (f"{problem.key} is {problem.given}; expected {problem.expected}." for problem in changed)
    raise click.UsageError(" ".join(said))


def _setting(text: str) -> tuple[str, object]:
    key, _, value = text.partition("=")
    try:
        return key.strip(), float(value)
    except ValueError:
        return key.strip(), value
