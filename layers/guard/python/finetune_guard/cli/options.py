"""Options that several commands have, worded once."""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from finetune_guard.cli.target import DEFAULT_STACK

if TYPE_CHECKING:
    from finetune_guard.cli.session import Session
    from finetune_guard.cli.terminal import Terminal

Command = Callable[..., int]
F = TypeVar("F", bound=Callable[..., Any])

CONFIG = click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The run's config, a JSON file.",
)
_STACK = click.option(
    "--stack", default=DEFAULT_STACK, show_default=True, metavar="NAME", help="CloudFormation stack to use."
)
_REGION = click.option("--region", metavar="REGION", help="AWS region; your own default if not given.")
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="JSON on stdout; text for people on stderr.")
YES = click.option("-y", "--yes", is_flag=True, help="Do not ask before money is spent.")
LOG_DIR = click.option(
    "--log-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("finetune-guard-logs"),
    show_default=True,
    metavar="DIR",
    help="Folder of metrics logs.",
)
_AUTO_STOP = click.option("--auto-stop", is_flag=True, help="Let the watch stop what fails beyond recovery.")
ACCEPT = click.option(
    "--accept", multiple=True, metavar="CODE", help="Overrule a refusal that is not Bedrock's own."
)
_STEPS = click.option(
    "--steps", type=click.IntRange(min=1), metavar="N", help="Steps that the rehearsal aims at."
)


@dataclass(frozen=True, slots=True)
class Order:
    """What a person ordered on the command line of `run` or `mini-run`."""

    config: Path
    steps: int | None
    auto_stop: bool
    accept: tuple[str, ...]
    yes: bool
    log_dir: Path


def order_options(command: F) -> F:
    """The options of an Order, in the order of its help."""
    return CONFIG(_STEPS(_AUTO_STOP(ACCEPT(YES(LOG_DIR(command))))))


def with_order(command: Command) -> Command:
    """Gives the command one Order in place of the options of one."""

    def wrapped(tools: "Tools", **given: Any) -> int:
        order = Order(**{field.name: given.pop(field.name) for field in fields(Order)})
        return command(tools, order, **given)

    return update_wrapper(wrapped, command)


@dataclass(frozen=True, slots=True)
class Tools:
    """What every command is given.

    Attributes:
        session: The stack's tools, made when they are first asked for.
        terminal: Where to speak.
    """

    session: "Session"
    terminal: "Terminal"


class _Seconds(click.FloatRange):
    """A span of time; "nan" is a float that lies outside no range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds: float = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return seconds


def interval(default: float) -> Callable[[F], F]:
    """--interval SECONDS."""
    return click.option(
        "--interval",
        type=_Seconds(min=0.1, max=3_600),
        default=default,
        show_default=True,
        metavar="SECONDS",
        help="Seconds between two looks.",
    )


def with_tools(command: Command) -> Callable[..., None]:
    """Adds --stack, --region and --json, gives the command its Tools, exits with the code it returns."""

    def wrapped(ctx: click.Context, /, stack: str, region: str | None, as_json: bool, **given: Any) -> None:
        # The help of a command needs none of what the command needs.
        from finetune_guard.cli.session import connected  # noqa: PLC0415
        from finetune_guard.cli.terminal import Terminal  # noqa: PLC0415

        tools = Tools(connected(ctx, stack, region), Terminal(as_json))
        ctx.exit(command(tools, **given))

    update_wrapper(wrapped, command)
    return _STACK(_REGION(_AS_JSON(click.pass_context(wrapped))))
