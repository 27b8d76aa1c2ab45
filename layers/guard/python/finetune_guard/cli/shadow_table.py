"""What an armed watch would have done, for people and for machines."""

from collections.abc import Sequence
from typing import TypedDict

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from finetune_guard.cli.printable import shortened
from finetune_guard.core.shadow import Standing, rate_words


class ShadowResult(TypedDict):
    """The object of `shadow --json`."""

    schema_version: int
    base_models: tuple[Standing, ...]


def shadow_result(known: tuple[Standing, ...]) -> ShadowResult:
    """What a machine reads."""
    return ShadowResult(schema_version=1, base_models=known)


def shadow_table(known: Sequence[Standing]) -> RenderableType:
    """What a person reads, a row for each base model."""
    if not known:
        return Text("No job of this stack has ended yet, so there is nothing to say of any base model.")
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("base model", overflow="fold")
    for heading in ("curves", "would have stopped", "rightly", "wrongly", "missed"):
        table.add_column(heading, justify="right")
    table.add_column("false stops", overflow="fold")
    for each in known:
        table.add_row(*_cells(each))
    return table


def _cells(each: Standing) -> tuple[str, ...]:
    counts = (each.curves, each.would_have_stopped, each.rightly, each.wrongly, each.missed)
    return (shortened(each.base_model_id, 80), *(f"{count:,}" for count in counts), rate_words(each))
