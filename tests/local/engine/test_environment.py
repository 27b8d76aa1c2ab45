import subprocess
from pathlib import Path

import pytest

from local.engine.addresses import Addresses
from local.engine.environment import (
    bare,
    client_variables,
    of_client,
    of_engine,
    of_stand_in,
    read_exports,
    write_exports,
)
from local.engine.places import Places

WHERE = Addresses(4566, 4567)
PLACES = Places(Path("/m"))
CALLER = {
    "PATH": "/usr/bin",
    "HOME": "/home/anna",
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SESSION_TOKEN": "real",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONPATH": "/elsewhere",
    "no_proxy": "intranet",
}


@pytest.mark.parametrize(
    "variables",
    [
        bare(CALLER),
        of_client(WHERE, PLACES, "Guard", CALLER),
        of_engine(WHERE, PLACES, False, CALLER),
        of_stand_in(WHERE, PLACES, CALLER),
    ],
)
def test_nothing_of_a_real_account_reaches_a_local_process(variables: dict[str, str]) -> None:
    assert "AWS_PROFILE" not in variables
    assert "AWS_SESSION_TOKEN" not in variables
    assert variables.get("AWS_ACCESS_KEY_ID", "test") == "test"
    assert "PYTHONDONTWRITEBYTECODE" not in variables
    assert variables["PATH"] == "/usr/bin"


def test_loopback_is_never_asked_of_a_proxy() -> None:
    assert bare(CALLER)["no_proxy"] == "intranet,127.0.0.1,localhost"


def test_the_engine_knows_the_stand_in_and_keeps_to_loopback_and_its_folder() -> None:
    variables = of_engine(WHERE, PLACES, True, CALLER)

    assert variables["AWS_ENDPOINT_URL_BEDROCK"] == "http://127.0.0.1:4567"
    assert variables["BIND_HOST"] == "127.0.0.1"
    assert variables["IOT_MTLS_ENABLED"] == "0"
    assert variables["AUTH"] == "true"
    assert all(variables[name].startswith("/m/") for name in ("STATE_DIR", "S3_DATA_DIR", "TMPDIR"))


def test_the_stand_in_finds_its_files_in_the_engine() -> None:
    assert of_stand_in(WHERE, PLACES, CALLER)["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"


def test_a_client_speaks_to_the_machine_and_to_no_account() -> None:
    variables = of_client(WHERE, PLACES, "Guard", CALLER)

    assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert variables["AWS_ENDPOINT_URL_BEDROCK"] == "http://127.0.0.1:4567"
    assert variables["AWS_CONFIG_FILE"] == "/dev/null"
    assert variables["FINETUNE_GUARD_STACK"] == "Guard"


def test_what_is_exported_is_what_a_shell_gets_and_what_is_read_back(tmp_path: Path) -> None:
    variables = {**client_variables(WHERE, PLACES, "Guard"), "ODD": 'it\'s a $HOME; of "odd" words'}
    write_exports(tmp_path / "env", variables)

    script = f'AWS_PROFILE=production; . {tmp_path / "env"}; echo "$ODD|$AWS_ENDPOINT_URL|$AWS_PROFILE"'
    shell = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)

    assert shell.stdout == f"{variables['ODD']}|http://127.0.0.1:4566|\n"
    assert read_exports(tmp_path / "env") == variables


def test_there_are_no_exports_before_the_machine_is_up(tmp_path: Path) -> None:
    assert read_exports(tmp_path / "env") == {}


def test_with_enforced_permissions_everybody_believes_the_certificate_of_the_engine() -> None:
    where = Addresses(4566, 4567, tls=True)

    assert of_engine(where, PLACES, True, CALLER)["USE_SSL"] == "1"
    for variables in (of_client(where, PLACES, "Guard", CALLER), of_stand_in(where, PLACES, CALLER)):
        assert variables["AWS_ENDPOINT_URL"] == "https://127.0.0.1:4566"
        assert variables["AWS_CA_BUNDLE"] == str(PLACES.certificate)
    assert client_variables(where, PLACES, "Guard")["AWS_ENDPOINT_URL_BEDROCK"] == "http://127.0.0.1:4567"
