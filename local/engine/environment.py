"""The environments of the local machine's processes and clients; the only reader of ours in local/.

Nothing of a real account gets in: every AWS variable of the caller is dropped and the profile files are out
of sight, so that neither a call nor a deployment can reach AWS by mistake.
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from local.engine.addresses import HOST, Addresses
from local.engine.places import Places

ACCOUNT = "000000000000"
STACK_VARIABLE = "FINETUNE_GUARD_STACK"

#: PYTHONDONTWRITEBYTECODE makes each cold start compile; the others would lead our Pythons elsewhere.
_DROPPED = frozenset({"PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"})
#: One thread each: two in each process on two cores made a step 30 times slower (docs/adr/0013).
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_NO_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def _without_account(region: str) -> dict[str, str]:
    return {**_NO_ACCOUNT, "AWS_DEFAULT_REGION": region, "AWS_REGION": region}


def client_variables(addresses: Addresses, places: Places, stack: str) -> dict[str, str]:
    """What a client needs to speak to the machine, and to nothing else."""
    return {
        **_without_account(addresses.region),
        **_trust(addresses, places),
        "AWS_ENDPOINT_URL": addresses.engine_url,
        "AWS_ENDPOINT_URL_BEDROCK": addresses.bedrock_url,
        STACK_VARIABLE: stack,
    }


def _trust(addresses: Addresses, places: Places) -> dict[str, str]:
    """Who is believed where the engine speaks TLS: it alone, by boto3 and by the CDK CLI."""
    certificate = str(places.certificate)
    return {"AWS_CA_BUNDLE": certificate, "NODE_EXTRA_CA_CERTS": certificate} if addresses.tls else {}


def bare(caller: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment without what is an account's or misleads a Python; loopback past proxies."""
    source = os.environ if caller is None else caller  # noqa: TID251
    kept = {k: v for k, v in source.items() if k not in _DROPPED and not k.startswith("AWS_")}
    for name in ("NO_PROXY", "no_proxy"):
        kept[name] = ",".join(filter(None, (source.get(name), HOST, "localhost")))
    return kept


def of_client(
    addresses: Addresses, places: Places, stack: str, caller: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The whole environment of a process that speaks to the machine: the CLI, the CDK CLI, the ticker."""
    return {**bare(caller), **client_variables(addresses, places, stack)}


def of_engine(
    addresses: Addresses, places: Places, enforce_permissions: bool, caller: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The whole environment of the engine; each Lambda inherits it."""
    return {
        **bare(caller),
        **_without_account(addresses.region),
        **_ONE_THREAD,
        "AWS_ENDPOINT_URL_BEDROCK": addresses.bedrock_url,
        "MINISTACK_REGION": addresses.region,
        "GATEWAY_PORT": str(addresses.engine),
        "BIND_HOST": HOST,
        # Without this it listens on every interface, port 8883 (local/README.md).
        "IOT_MTLS_ENABLED": "0",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(places.engine_state / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(places.engine_state / "s3"),
        "TMPDIR": str(places.temporary),
        "AUTH": "true" if enforce_permissions else "false",
        "USE_SSL": "1" if addresses.tls else "0",
    }


def of_stand_in(
    addresses: Addresses, places: Places, caller: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The whole environment of the Bedrock stand-in: its S3 is the engine's."""
    return {
        **bare(caller),
        **_without_account(addresses.region),
        **_ONE_THREAD,
        **_trust(addresses, places),
        "AWS_ENDPOINT_URL": addresses.engine_url,
        "TMPDIR": str(places.temporary),
    }


def write_exports(path: Path, variables: Mapping[str, str]) -> None:
    """Writes export lines; after `source PATH`, the CLI, boto3 and the AWS CLI speak to the machine."""
    lines = [
        "# Written by make local-up. Use: source .local/env",
        "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN",
        *(f"export {name}={shlex.quote(value)}" for name, value in variables.items()),
    ]
    path.write_text("\n".join(lines) + "\n")


def read_exports(path: Path) -> dict[str, str]:
    """The variables that `write_exports` wrote; empty where there is no such file."""
    if not path.exists():
        return {}
    exports = [
        line.removeprefix("export ") for line in path.read_text().splitlines() if line.startswith("export ")
    ]
    return {
        name: shlex.split(value)[0] if value else "" for name, _, value in (e.partition("=") for e in exports)
    }


def apply(variables: Mapping[str, str]) -> None:
    """Makes this process a client, as `source .local/env` does for a shell."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"):
        os.environ.pop(name, None)  # noqa: TID251
    os.environ.update(variables)  # noqa: TID251
