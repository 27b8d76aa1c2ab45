import json
from pathlib import Path

import pytest

from local.engine import deployment, parts
from local.engine.deployment import Stack, deployed
from local.engine.errors import DeploymentError, NotRunningError, NotSetUpError
from local.engine.machine import Wishes, client_of, down, is_up, up
from local.engine.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(tmp_path / "machine")
    made.make()
    return made


def record(places: Places, name: str, pid: int, born: str) -> None:
    (places.processes / f"{name}.json").write_text(json.dumps({"name": name, "pid": pid, "born": born}))


def test_ending_what_was_never_started_says_so(tmp_path: Path) -> None:
    said: list[str] = []

    down(Places(tmp_path / "nowhere"), said.append)

    assert said == ["Nothing was ever started here."]
    assert not (tmp_path / "nowhere").exists()


def test_records_that_a_crash_left_behind_are_cleared_and_nobody_is_ended(places: Places) -> None:
    record(places, "engine", pid=1, born="long before this machine was")
    said: list[str] = []

    down(places, said.append)

    assert said == ["Nothing was running."]
    assert list(places.processes.iterdir()) == []


def test_a_machine_with_stale_records_is_not_up(places: Places) -> None:
    for name in parts.PARTS:
        record(places, name, pid=1, born="long before this machine was")
    places.environment.write_text("export AWS_REGION=us-east-1\n")

    assert not is_up(places)


def test_nobody_is_a_client_of_a_machine_that_is_down(places: Places) -> None:
    with pytest.raises(NotRunningError, match="make local-up"):
        client_of(places)


def test_the_state_of_a_machine_that_was_killed_is_dropped_before_it_starts_again(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "ENGINE_PYTHON", places.home / "missing")
    (places.engine_state / "s3").mkdir()
    places.resumable.touch()
    record(places, "engine", pid=1, born="long before this machine was")
    said: list[str] = []

    with pytest.raises(NotSetUpError):
        up(places, Wishes(), said.append)

    assert "its state is dropped" in said[0]
    assert list(places.engine_state.iterdir()) == []


def test_the_state_of_a_machine_that_was_ended_in_order_is_kept(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "ENGINE_PYTHON", places.home / "missing")
    (places.engine_state / "s3").mkdir()
    places.resumable.touch()

    with pytest.raises(NotSetUpError):
        up(places, Wishes(), lambda _: None)

    assert (places.engine_state / "s3").exists()
    assert not places.resumable.exists()


def test_without_the_engine_one_is_told_to_set_up(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "ENGINE_PYTHON", places.home / "missing")

    with pytest.raises(NotSetUpError, match="make setup"):
        up(places, Wishes(), lambda _: None)

    assert list(places.processes.iterdir()) == []


def test_without_the_cdk_cli_one_is_told_to_set_up(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment, "CDK", places.home / "missing")

    with pytest.raises(NotSetUpError, match="make setup"):
        deployment.deploy(places, "Guard", {}, {})


def test_a_failed_command_of_the_cdk_is_told_with_the_end_of_its_log(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    cdk = places.home / "cdk"
    cdk.write_text('#!/bin/sh\necho "$@" for "$WHO"\necho no such option\nexit 1\n')
    cdk.chmod(0o755)
    monkeypatch.setattr(deployment, "CDK", cdk)

    with pytest.raises(
        DeploymentError, match=r"cdk synth failed.*\n.*stackName=Guard.*for me\nno such option"
    ):
        deployment.deploy(places, "Guard", {"AWS_REGION": "us-east-1", "WHO": "me", "PATH": "/bin"}, {})


def test_what_was_deployed_is_told_by_the_outputs_file(places: Places) -> None:
    places.outputs.write_text(json.dumps({"Guard": {"TableName": "t"}}))

    assert deployed(places, "Guard") == Stack("Guard", {"TableName": "t"})


def test_an_output_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(DeploymentError, match="has no output BucketName; it has A, TableName"):
        Stack("Guard", {"TableName": "t", "A": "a"}).output("BucketName")


@pytest.mark.parametrize("content", [None, "", "{"])
def test_without_a_whole_outputs_file_nothing_is_deployed(places: Places, content: str | None) -> None:
    if content is not None:
        places.outputs.write_text(content)

    with pytest.raises(NotRunningError, match="No stack was deployed"):
        deployed(places, "Guard")
