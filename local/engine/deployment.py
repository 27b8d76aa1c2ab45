"""Deploys the app into the engine with the real CDK CLI, as `cdk deploy` does into an account."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from local.engine.environment import ACCOUNT
from local.engine.errors import DeploymentError, NotRunningError, NotSetUpError
from local.engine.places import ROOT, Places

CDK = ROOT / "node_modules" / ".bin" / "cdk"
PYTHON = ROOT / ".venv" / "bin" / "python"

#: Nothing is looked up or told on the network, and Node 20's age is not news to anybody (local/README.md).
_QUIET = {
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "CDK_DISABLE_VERSION_CHECK": "1",
    "CI": "true",
}
#: Where the engine may send job events as: it refuses aws.*, as AWS itself does (local/README.md, no. 5).
EVENT_SOURCE = "local.bedrock"
#: Hours are minutes here: with the stack's default the mails of a few stories would wait for the next hour.
MAILS_PER_HOUR = "1000"


@dataclass(frozen=True, slots=True)
class Stack:
    """The deployed stack as others need it.

    Attributes:
        name: Its name.
        outputs: Its outputs, by the name given in infra/.
    """

    name: str
    outputs: Mapping[str, str]

    def output(self, name: str) -> str:
        """One output.

        Raises:
            DeploymentError: The stack has none of that name.
        """
        if name not in self.outputs:
            raise DeploymentError(
                f"Stack {self.name} has no output {name}; it has {', '.join(sorted(self.outputs))}."
            )
        return self.outputs[name]


def deploy(places: Places, stack: str, environment: Mapping[str, str], options: Mapping[str, str]) -> Stack:
    """Bootstraps the account, synthesises the app and deploys it.

    Args:
        places: Where the machine keeps what it has.
        stack: The stack's name.
        environment: A client's environment.
        options: Deploy options, in addition to the stack's name and the local target.

    Raises:
        NotSetUpError: The CDK CLI is not installed.
        DeploymentError: A command failed.
    """
    if not CDK.exists():
        raise NotSetUpError(f"{CDK} is missing: run `make setup`.")
    region = environment["AWS_REGION"]
    run = _runner(places, {**environment, **_QUIET})
    ours = {"target": "local", "stackName": stack, "bedrockEventSources": EVENT_SOURCE}
    context = {"mailsPerHour": MAILS_PER_HOUR, **options, **ours}
    # A folder of its own, since a CDK CLI that outlived its killed parent may still write to the last one.
    assembly = Path(tempfile.mkdtemp(prefix="cdk-", dir=places.temporary))
    with ThreadPoolExecutor(2) as together:
        bootstrap = together.submit(
            run, "bootstrap", ["bootstrap", f"aws://{ACCOUNT}/{region}"], places.temporary
        )
        together.submit(run, "synth", _synth(assembly, context), ROOT).result()
        bootstrap.result()
    run("deploy", _deploy(places, assembly, stack), ROOT)
    return deployed(places, stack)


def deployed(places: Places, stack: str) -> Stack:
    """The stack as it was deployed last.

    Raises:
        NotRunningError: It never was.
    """
    try:
        content = json.loads(places.outputs.read_text())
    except (OSError, ValueError):
        raise NotRunningError(f"No stack was deployed to {places.home}: run `make local-up`.") from None
    return Stack(stack, {str(name): str(value) for name, value in content.get(stack, {}).items()})


def _synth(assembly: Path, context: Mapping[str, str]) -> list[str]:
    chosen = [part for key, value in context.items() for part in ("--context", f"{key}={value}")]
    return ["synth", "--quiet", "--app", f"{PYTHON} app.py", "--output", str(assembly), *chosen]


def _deploy(places: Places, assembly: Path, stack: str) -> list[str]:
    built = ["--app", str(assembly), "--outputs-file", str(places.outputs)]
    return ["deploy", stack, *built, "--require-approval", "never", "--progress", "events"]


def _runner(places: Places, environment: Mapping[str, str]) -> Callable[[str, Sequence[str], Path], None]:
    def run(name: str, arguments: Sequence[str], folder: Path) -> None:
        log = places.logs / f"cdk-{name}.log"
        command = [str(CDK), *arguments, "--no-notices", "--no-version-reporting"]
        with log.open("wb") as output:
            ended = subprocess.run(
                command,
                env=dict(environment),
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if ended.returncode:
            tail = log.read_text(errors="replace").strip().splitlines()[-15:]
            raise DeploymentError(f"cdk {name} failed; the end of {log}:\n" + "\n".join(tail))

    return run
