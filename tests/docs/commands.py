"""The commands that the pages tell people to type, and what is wrong with them."""

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import botocore.session
import click
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator

from finetune_guard.cli.main import cli

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_WITHIN = re.compile(r"\$\(((?:[^()]|\([^()]*\))*)\)")

#: AWS CLI command → service, where the two differ (AWS CLI reference).
_CLI_NAMES = {"s3api": "s3"}
#: Options that the AWS CLI has for every command, with and without a value (AWS CLI guide, "Command line
#: options", and for what comes in pages "Pagination").
_GLOBAL = {
    "--region",
    "--profile",
    "--query",
    "--output",
    "--cli-read-timeout",
    "--max-items",
    "--page-size",
    "--starting-token",
}
_FLAGS = {"--no-cli-pager", "--no-paginate"}


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a page."""

    page: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}: {' '.join(self.words)}"


def pages() -> list[Path]:
    """Every page."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands_in(text: str, page: str, program: str) -> Iterator[Command]:
    """Every command of a program in the shell blocks of a page, those within `$(…)` too."""
    for block in _BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            for words in _simple_commands(line):
                if words[0] == program:
                    yield Command(page, tuple(words))


def _simple_commands(line: str) -> Iterator[list[str]]:
    for inner in _WITHIN.findall(line):
        yield from _simple_commands(inner)
    words = shlex.shlex(_WITHIN.sub("VALUE", line), posix=True, punctuation_chars="|&;")
    words.whitespace_split = True
    simple: list[str] = []
    for word in words:
        if word.strip("|&;"):
            simple.append(word)
        else:
            yield from [simple] if simple else []
            simple = []
    yield from [simple] if simple else []


def faults_of_guard(command: Command) -> str:
    """What our own parser has against a command; "" for nothing. Files that it names must be there."""
    # With its settings, as at a terminal: click remembers the first --help that a command was asked for.
    parent = click.Context(cli, info_name="finetune-guard", **cli.context_settings)
    name, *rest = command.words[1:] or ("",)
    found = cli.get_command(parent, name)
    if found is None:
        return f"there is no command {name!r}"
    try:
        with found.make_context(name, list(rest), parent=parent):
            return ""
    except click.UsageError as exc:
        return exc.format_message()


def faults_of_aws(command: Command) -> str:
    """What the service's own model has against a command of the AWS CLI; "" for nothing."""
    words = list(command.words[1:])
    if len(words) < 2:
        return "a service and an operation are expected"
    model = _operation(_CLI_NAMES.get(words[0], words[0]), words[1])
    if isinstance(model, str):
        return model
    return "; ".join(_faults(model, words[2:]))


@cache
def _operation(service: str, operation: str) -> OperationModel | str:
    try:
        model = botocore.session.get_session().get_service_model(service)
    except UnknownServiceError:
        return f"there is no service {service!r}"
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in names:
        return f"{service} has no operation {operation!r}"
    return model.operation_model(names[operation])


def _faults(model: OperationModel, words: Sequence[str]) -> Iterator[str]:
    members = model.input_shape.members if model.input_shape else {}
    options = {f"--{xform_name(name, '-')}": name for name in members}
    given: dict[str, list[str]] = {}
    plain: list[str] = []
    option = ""
    for word in words:
        if word.startswith("--"):
            option = word
            given[option] = []
        elif option and option not in _FLAGS:
            given[option].append(word)
        else:
            plain.append(word)
    if model.has_streaming_output and given and given[option][1:]:
        plain.append(given[option].pop())
    yield from _unknown(given, options, members)
    required = model.input_shape.required_members if model.input_shape else []
    missing = [name for name in required if f"--{xform_name(name, '-')}" not in given]
    yield from (f"--{xform_name(name, '-')} is missing" for name in missing)
    if len(plain) != int(model.has_streaming_output):
        yield f"words that belong to nothing: {plain}" if plain else "a file for the answer is missing"
    for name, values in given.items():
        if name in options:
            yield from _wrong_values(name, members[options[name]], values)


def _unknown(
    given: dict[str, list[str]], options: dict[str, str], members: dict[str, Shape]
) -> Iterator[str]:
    turned_off = {
        f"--no-{option.removeprefix('--')}"
        for option, name in options.items()
        if members[name].type_name == "boolean"
    }
    for option in given:
        if option not in {*options, *turned_off, *_GLOBAL, *_FLAGS}:
            yield f"there is no option {option}"


def _wrong_values(option: str, shape: Shape, values: Sequence[str]) -> Iterator[str]:
    """Values of a closed set, of a number, and JSON; the keys of the CLI's shorthand."""
    if shape.type_name == "boolean":
        return
    if not values:
        yield f"{option} has no value"
    enum = getattr(shape, "enum", None)
    if enum and any(value not in enum for value in values):
        yield f"{option} is {values}, expected one of {enum}"
    if shape.type_name in {"integer", "long"} and not all(value.isdigit() for value in values):
        yield f"{option} is {values}, expected a number"
    if shape.type_name in {"structure", "list", "map"} and values and values[0].startswith(("{", "[")):
        report = ParamValidator().validate(json.loads(values[0]), shape)
        if report.has_errors():
            yield f"{option}: {report.generate_report()}"
    elif shape.type_name in {"structure", "list"} and any("=" in value for value in values):
        yield from _wrong_shorthand(option, shape, values)


def _wrong_shorthand(option: str, shape: Shape, values: Sequence[str]) -> Iterator[str]:
    inner = shape.member if shape.type_name == "list" else shape  # type: ignore[attr-defined]
    known = set(getattr(inner, "members", {}))
    for value in values:
        for key in re.findall(r"(?:^|,)(\w+)=", value):
            if key not in known:
                yield f"{option} has no {key}, only {sorted(known)}"
