"""`finetune-guard replay`: finished loss curves, and the jobs of a run, judged as a watcher would have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from finetune_guard.cli import options
from finetune_guard.cli.commands import examples
from finetune_guard.cli.replay_page import write_page
from finetune_guard.cli.replay_table import comparison_table, job_table, replay_table, sentences
from finetune_guard.cli.replayed_log import ReplayedLog, comparisons
from finetune_guard.cli.replayed_run import exit_code, job_line, logs, notes, replayed_jobs
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
        ("judge a run of yours again, from what the watch kept", "replay --run support-bot-0f3a9b12cd"),
    ]
)

#: Up to so many curves each finding is told in its sentence; for more the table must do.
FEW = 10


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks of a replay; each attribute is an option of the command."""

    paths: tuple[Path, ...]
    run_id: str
    settings: tuple[str, ...]
    show_all: bool
    family: str
    unplanned: bool
    html: Path | None
    labels: Path | None


@click.command(epilog=EPILOG)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--run", "run_id", default="", metavar="RUN", help="Judge the jobs of this run instead.")
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
@options.with_tools
def replay(tools: options.Tools, **given: Any) -> int:
    """Judge finished loss curves as a watcher would have, point by point.

    PATH is a training log or a folder of them: Bedrock's metric CSV, a labelled run, a Hugging Face
    trainer_state.json, or any CSV with a step and a loss column. Says of each curve what it is, when an armed
    policy would have stopped it, and what was seen. A log without a planned number of steps is taken to be
    complete. With --set, what the thresholds of the family make of the same curves stands beside, and the
    table has only the curves that are judged differently. Exits with 3 when a curve diverged.

    With --run, the jobs of a run of the stack are judged again from what the watch kept, by the run's own
    family, thresholds and plan, and compared with what was recorded. Exits with 1 when a judgement differs
    from the record, or when there is nothing to judge; otherwise as above.
    """
    request = Request(**given)
    _check(request)
    labels = read_labels(str(request.labels), request.labels.read_bytes()) if request.labels else {}
    return _of_run(request, tools, labels) if request.run_id else _of_logs(request, tools.terminal, labels)


def _check(request: Request) -> None:
    if bool(request.paths) == bool(request.run_id):
        raise click.UsageError("Give either training logs (PATH) or --run RUN.")
    if request.run_id and (request.family or request.unplanned):
        raise click.UsageError(
            "--family and --unplanned are for training logs: a run has its own of both. Leave both out."
        )
    if request.labels and not request.html:
        raise click.UsageError("--labels is for the page. Give --html FILE with it.")
    if request.show_all and not request.settings:
        raise click.UsageError("--all is about changed thresholds. Give --set with it.")
    _changed(ThresholdPack(), request.settings)


def _of_logs(request: Request, terminal: Terminal, labels: Mapping[str, Label]) -> int:
    replays = list(_replayed(request, terminal))
    if not replays:
        raise InvalidInputError(
            "None of the files is a training log. Give a CSV with a step and a loss column."
        )
    if not request.settings and not terminal.as_json:
        terminal.show(replay_table([one.replayed for one in replays]))
    _tell(request, replays, terminal)
    _draw(request, replays, labels)
    diverged = any(one.replayed.verdict.kind is VerdictKind.DIVERGED for one in replays)
    return EXIT.no if diverged else EXIT.fine


def _of_run(request: Request, tools: options.Tools, labels: Mapping[str, Label]) -> int:
    """Replays a run, each job told as it comes."""
    terminal, jobs = tools.terminal, []
    for job in replayed_jobs(request.run_id, tools.session, _thresholds(request.settings)):
        terminal.emit(job_line(job))
        jobs.append(job)
    if not terminal.as_json:
        terminal.show(job_table(jobs))
    for job in jobs:
        for note in notes(job.rejudged):
            terminal.say(f"{job.id}: {note}")
    replays = logs(jobs)
    if replays:
        _tell(request, replays, terminal)
        _draw(request, replays, labels)
    else:
        terminal.say(f"There is no curve of the run {request.run_id} to judge again.")
    return exit_code(jobs)


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
    if compared and not terminal.as_json:
        shown = [one for one in compared if request.show_all or one.change]
        if shown:
            terminal.show(comparison_table(shown))
        if len(shown) < len(compared):
            terminal.say("Curves that are judged the same are left out; --all shows them.")
    if len(replays) <= FEW and not terminal.as_json:
        terminal.say("\n".join(sentences([one.replayed for one in replays])))
    if compared:
        terminal.say(summary(compared))


def _draw(request: Request, replays: Sequence[ReplayedLog], labels: Mapping[str, Label]) -> None:
    if not request.html:
        return
    write_page(request.html, replays, labels, _how(request))
    click.echo(f"Drawn: {request.html.resolve()}", err=True)
    nowhere = len(labels.keys() - {one.replayed.id for one in replays})
    if nowhere:
        click.echo(f"{nowhere} of {len(labels)} labels name no curve that was replayed.", err=True)


def _how(request: Request) -> str:
    """How the curves were judged, where it was not as usual."""
    parts = [f"The jobs of the run {request.run_id}."] if request.run_id else []
    parts += [f"Thresholds of {request.family}."] if request.family else []
    parts += [f"Set: {', '.join(request.settings)}."] if request.settings else []
    parts += ["Judged as if the number of steps were not known."] if request.unplanned else []
    return " ".join(parts)


def _changed(default: ThresholdPack, settings: tuple[str, ...]) -> ThresholdPack:
    changed = override(default, _settings(settings))
    if isinstance(changed, ThresholdPack):
        return changed
    said = (f"{problem.key} is {problem.given}; expected {problem.expected}." for problem in changed)
    raise click.UsageError(" ".join(said))


def _thresholds(settings: tuple[str, ...]) -> dict[str, float]:
    """What was set, as numbers; it has been checked."""
    return {key: value for key, value in _settings(settings).items() if isinstance(value, float)}


def _settings(settings: tuple[str, ...]) -> dict[str, object]:
    return dict(map(_setting, settings))


def _setting(text: str) -> tuple[str, object]:
    key, _, value = text.partition("=")
    try:
        return key.strip(), float(value)
    except ValueError:
        return key.strip(), value
