"""The command `finetune-guard`, and the one place where errors become a sentence and an exit code."""

import errno
import sys
import traceback
from io import TextIOWrapper
from typing import IO, Any

import click

from finetune_guard.cli.commands import LazyGroup
from finetune_guard.cli.printable import printable_lines
from finetune_guard.core.errors import GuardError


class Spoken(click.ClickException):
    """An error as a person reads it: one sentence on stderr, then exit code 1."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """Prints the message; control characters from data are shown, never sent."""
        click.echo(f"Error: {printable_lines(self.format_message())}", file=file, err=file is None)


class Misused(Spoken):
    """As above for something that was given wrongly: exit code 2."""

    exit_code = 2


class GuardGroup(LazyGroup):
    """Runs a command; whatever it raises is told, never thrown at a person."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command that was named."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except GuardError as exc:
            raise self._told(ctx, exc, str(exc), exc.exit_code) from exc
        except OSError as exc:
            if exc.errno == errno.EPIPE:
                raise
            raise self._told(ctx, exc, _unexpected(exc), 1) from exc
        except Exception as exc:
            raise self._told(ctx, exc, _unexpected(exc), 1) from exc

    @staticmethod
    def _told(ctx: click.Context, exc: Exception, message: str, exit_code: int) -> Spoken:
        if ctx.params.get("debug"):
            click.echo(printable_lines("".join(traceback.format_exception(exc))), err=True)
        return Misused(message) if exit_code == Misused.exit_code else Spoken(message)


def _unexpected(exc: Exception) -> str:
    return (
        f"{type(exc).__name__}: {exc or 'no message'}\n"
        "This should not happen. A run that was started goes on without this command "
        "(finetune-guard runs shows it).\n"
        f"Try again with: finetune-guard --debug …, and report it with what that prints."
    )


@click.group(
    cls=GuardGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 fine, 1 failure, 2 usage, 3 the answer is no (invalid, diverged, refused).",
)
@click.version_option(package_name="finetune-guard", prog_name="finetune-guard")
@click.option("--debug", is_flag=True, help="Show where in the code an error came from.")
def cli(debug: bool) -> None:
    """Rehearse, run and watch fine-tuning on Amazon Bedrock; stop what diverges; say why."""


def main() -> None:
    """The entry point of `finetune-guard` and of `python -m finetune_guard`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A curve's bars in a terminal that has no such characters are no reason to fail.
            stream.reconfigure(errors="replace")
    cli(prog_name="finetune-guard")
