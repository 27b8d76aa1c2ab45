"""`finetune-guard get-optimal`: good values for a base and the data at hand, with reasons."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from finetune_guard.cli import options
from finetune_guard.cli.optimal_lines import optimal_lines
from finetune_guard.cli.preview import advice_tools
from finetune_guard.cli.session import Session
from finetune_guard.cli.terminal import EXIT
from finetune_guard.core import wire
from finetune_guard.core.errors import InvalidInputError, ServiceError
from finetune_guard.usecases.advise import AdviceTools
from finetune_guard.usecases.optimal import get_optimal as for_size
from finetune_guard.usecases.optimal import get_optimal_for_file as for_file
from finetune_guard.usecases.optimal_answer import Optimal, SuggestedConfig


@click.command("get-optimal")
@click.option("--model-type", required=True, metavar="BASE", help="Base model: its id, an alias or a family.")
@click.option("--dataset-size", type=click.IntRange(min=1), metavar="N", help="Number of training records.")
@click.option("--dataset", metavar="FILE", help="Measure this file, here or on S3, instead.")
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
    """Suggest hyperparameters for a base model and your data, each with its reason and source.

    With --dataset the file is read and measured: records, tokens, faults, and what a run would cost. Finished
    runs of your stack with the same base and a similar size are quoted beside the advice.

    A base that cannot be fine-tuned is said to be so, with values for the nearest one that can; the exit code
    is then 3, as for data that the base does not take.
    """
    if (dataset_size is None) == (dataset is None):
        raise click.UsageError("Give either --dataset-size N or --dataset FILE.")
    found = _asked(model_type, dataset_size or dataset or "", tools.session)
    for line in optimal_lines(found):
        tools.terminal.say(line)
    if write:
        tools.terminal.say(_write(found.config, write))
    tools.terminal.emit(found)
    return EXIT.fine if found.ok else EXIT.no


def _asked(model_type: str, data: int | str, session: Session) -> Optimal:
    """Asks Bedrock too where that is possible; the shipped catalogue answers otherwise."""
    tools, now = advice_tools(session), session.clock().now()
    try:
        return _answer(model_type, data, now, tools)
    except ServiceError:
        return _answer(model_type, data, now, replace(tools, jobs=None, store=None, quotas=None))


def _answer(model_type: str, data: int | str, now: datetime, tools: AdviceTools) -> Optimal:
    if isinstance(data, int):
        return for_size(model_type, data, now, tools)
    return for_file(model_type, data, now, tools)


def _write(config: SuggestedConfig | None, path: Path) -> str:
    """Writes the config and says what to do with it; says why where there is none."""
    if config is None:
        return f"{path} is not written: no config with this base and data would pass validate."
    text = json.dumps(wire.plain(config), indent=2, ensure_ascii=False) + "\n"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as exc:
        raise InvalidInputError(f"{path} exists already and is left as it is. Give a new name.") from exc
    except OSError as exc:
        raise InvalidInputError(f"Cannot write {path}: {exc.strerror or exc}. Give another name.") from exc
    return f"Written: {path}. Put your own names and paths in, then: validate --config {path}"
