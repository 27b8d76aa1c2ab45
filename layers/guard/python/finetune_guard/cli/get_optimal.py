"""`finetune-guard get-optimal`: good values for a base and a number of records, with reasons."""

import json
from dataclasses import replace
from pathlib import Path

import click

from finetune_guard.cli import options
from finetune_guard.cli.preview import advice_tools, problem_lines
from finetune_guard.cli.session import Session
from finetune_guard.cli.terminal import EXIT, Terminal
from finetune_guard.core import wire
from finetune_guard.core.errors import InvalidInputError, ServiceError
from finetune_guard.usecases.advise import Optimal, SuggestedConfig
from finetune_guard.usecases.advise import get_optimal as suggest
from finetune_guard.usecases.foresee import count_records


@click.command("get-optimal")
@click.option("--model-type", required=True, metavar="BASE", help="Base model: its id, an alias or a family.")
@click.option("--dataset-size", type=click.IntRange(min=1), metavar="N", help="Number of training records.")
@click.option("--dataset", metavar="FILE", help="Count the records of this file, here or on S3, instead.")
@click.option(
    "--write",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a config to start from to this new file.",
)
@options.with_tools
def get_optimal(
    tools: options.Tools, model_type: str, dataset_size: int | None, dataset: str | None, write: Path | None
) -> int:
    """Suggest hyperparameters for a base model and a number of records, each with its reason and source.

    A base that cannot be fine-tuned is said to be so, with values for the nearest one that can; the exit code
    is then 3.
    """
    if (dataset_size is None) == (dataset is None):
        raise click.UsageError("Give either --dataset-size N or --dataset FILE.")
    records = dataset_size or count_records(dataset or "", tools.session.files())
    found = _asked(model_type, max(1, records), tools.session)
    _tell(found, tools.terminal)
    if write and found.config:
        _write(found.config, dataset, write)
        tools.terminal.say(
            f"Written: {write}. Put your own names and paths in, then: validate --config {write}"
        )
    tools.terminal.emit(found)
    return EXIT.fine if found.ok else EXIT.no


def _asked(model_type: str, records: int, session: Session) -> Optimal:
    """Asks Bedrock too where that is possible; the shipped catalogue answers otherwise."""
    tools, now = advice_tools(session), session.clock().now()
    try:
        return suggest(model_type, records, now, tools)
    except ServiceError:
        return suggest(model_type, records, now, replace(tools, jobs=None, store=None))


def _tell(found: Optimal, terminal: Terminal) -> None:
    for line in problem_lines(found.problems):
        terminal.say(line)
    if not found.tunable and found.base_model_id:
        terminal.say(f"{found.requested} cannot be fine-tuned; these are values for {found.base_model_id}:")
    else:
        terminal.say(f"Values for {found.base_model_id or found.requested}:")
    for reason in found.reasons:
        terminal.say(f"  {reason.key} = {reason.value}")
        terminal.say(f"    {reason.reason} ({reason.confidence}; {reason.source})")
    if found.nearest and not found.tunable:
        terminal.say(f"Bases like it that can be fine-tuned: {', '.join(found.nearest)}")


def _write(config: SuggestedConfig, dataset: str | None, path: Path) -> None:
    chosen = replace(config, training_data_path=dataset) if dataset else config
    text = json.dumps(wire.plain(chosen), indent=2, ensure_ascii=False) + "\n"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as exc:
        raise InvalidInputError(f"{path} exists already and is left as it is. Give a new name.") from exc
    except OSError as exc:
        raise InvalidInputError(f"Cannot write {path}: {exc.strerror or exc}. Give another name.") from exc
