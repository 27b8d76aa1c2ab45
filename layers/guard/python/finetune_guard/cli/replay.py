"""`finetune-guard replay`: finished loss curves, judged as a watcher would have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from finetune_guard.cli.commands import examples
from finetune_guard.cli.replay_page import write_page
from finetune_guard.cli.replay_table import comparison_table, replay_table, sentences
from finetune_guard.cli.replayed_log import ReplayedLog, comparisons
from finetune_guard.cli.terminal import EXIT, Terminal
from finetune_guard.cli.training_logs import TrainingLog, find_logs
from finetune_guard.core import replaying
from finetune_guard.core.comparing import summary
from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.labels import Label, read_labels
from finetune_guard.core.metrics.runs import read_curve
from finetune_guard.core.metrics.series import Curve
from finetune_guard.core.replaying import line_of
from finetune_guard.core.thresholds import ThresholdPack, override, pack_for
from finetune_guard.core.verdict import VerdictKind

EPILOG = examples(
    [
        ("the metric file that Bedrock wrote", "replay step_wise_training_metrics.csv"),
        ("every log in a folder, a JSON line for each curve", "replay runs/ --json"),
        ("every curve drawn, in one page for the browser", "replay runs/ --html curves.html"),
        ("what if a spike had to be twice the level", "replay runs/ --set loss_spike.ratio=2"),
    ]
)

#: Up to so many curves each finding is told in its sentence; for more the table must do.
FEW = 10


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks of a replay; each attribute is an option of the command."""

    paths: tuple[Path, ...]
    settings: tuple[str, ...]
    show_all: bool
    family: str
    unplanned: bool
    html: Path | None
    labels: Path | None
    as_json: bool


@click.command(epilog=EPILOG)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option(
    "--set", "settings", multiple=True, metavar="RULE.THRESHOLD=VALUE", help="Set a threshold; repeatable."
)
@click.option("--all", "show_all", is_flag=True, help="With --set, show unchanged curves in the table too.")
@click.option("--family", default="", metavar="NAME", help="Base-model family whose thresholds are used.")
@click.option("--unplanned", is_flag=True, help="Judge as if the number of steps were not known.")
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a page that draws every curve and what was found.",
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="For the page: labels.csv with what a person says of each curve.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout; text for people on stderr.")
@click.pass_context
def replay(ctx: click.Context, /, **given: Any) -> None:
    """Judge finished loss curves as a watcher would have, point by point.

    PATH is a training log or a folder of them: Bedrock's metric CSV, a labelled run, a Hugging Face
    trainer_state.json, or any CSV with a step and a loss column. Says of each curve what it is, when an armed
    policy would have stopped it, and what was seen. A log without a planned number of steps is taken to be
    complete. With --set, what the thresholds of the family make of the same curves stands beside, and the
    table has only the curves that are judged differently. Exits with 3 when a curve diverged.
    """
    ctx.exit(_answer(Request(**given)))


def _answer(request: Request) -> int:
    if request.labels and not request.html:
        raise click.UsageError("--labels is for the page. Give --html FILE with it.")
    if request.show_all and not request.settings:
        raise click.UsageError("--all is about changed thresholds. Give --set with it.")
    terminal = Terminal(request.as_json)
    labels = read_labels(str(request.labels), request.labels.read_bytes()) if request.labels else {}
    replays = list(_replayed(request, terminal))
    if not replays:
        raise InvalidInputError(
            "None of the files is a training log. Give a CSV with a step and a loss column."
        )
    _tell(request, replays, terminal)
    if request.html:
        _draw(request, request.html, replays, labels)
    diverged = any(one.replayed.verdict.kind is VerdictKind.DIVERGED for one in replays)
    return EXIT.no if diverged else EXIT.fine


def _replayed(request: Request, terminal: Terminal) -> Iterator[ReplayedLog]:
    """Replays what can be read, each told as it comes."""
    default = pack_for(request.family)
    pack = _changed(default, request.settings)
    for log in find_logs(request.paths):
        curve = _read(log)
        if curve is None:
            continue
        planned = not request.unplanned
        beside = replaying.replay(curve, default, log.id, planned) if request.settings else None
        one = ReplayedLog(curve, replaying.replay(curve, pack, log.id, planned), beside)
        terminal.emit(line_of(one.replayed, beside))
        yield one


def _read(log: TrainingLog) -> Curve | None:
    """The log's curve; in a folder, what is no training log is passed over."""
    validation = log.validation.read_bytes() if log.validation else None
    try:
        return read_curve(str(log.path), log.path.read_bytes(), validation)
    except InvalidInputError as exc:
        if log.named:
            raise
        click.echo(f"Passed over: {exc}", err=True)
        return None


def _tell(request: Request, replays: Sequence[ReplayedLog], terminal: Terminal) -> None:
    compared = comparisons(replays)
    if compared and not request.as_json:
        shown = [one for one in compared if request.show_all or one.change]
        if shown:
            terminal.show(comparison_table(shown))
        if len(shown) < len(compared):
            terminal.say("Curves that are judged the same are left out; --all shows them.")
    elif not request.as_json:
        terminal.show(replay_table([one.replayed for one in replays]))
    if len(replays) <= FEW and not request.as_json:
        terminal.say("\n".join(sentences([one.replayed for one in replays])))
    if compared:
        terminal.say(summary(compared))


def _draw(request: Request, path: Path, replays: Sequence[ReplayedLog], labels: Mapping[str, Label]) -> None:
    write_page(path, replays, labels, _how(request))
    click.echo(f"Drawn: {path.resolve()}", err=True)
    nowhere = len(labels.keys() - {one.replayed.id for one in replays})
    if nowhere:
        click.echo(f"{nowhere} of {len(labels)} labels name no curve that was replayed.", err=True)


def _how(request: Request) -> str:
    """How the curves were judged, where it was not as usual."""
    parts = [f"Thresholds of {request.family}."] if request.family else []
    parts += [f"Set: {', '.join(request.settings)}."] if request.settings else []
    parts += ["Judged as if the number of steps were not known."] if request.unplanned else []
    return " ".join(parts)


def _changed(default: ThresholdPack, settings: tuple[str, ...]) -> ThresholdPack:
    changed = override(default, dict(_setting(text) for text in settings))
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
