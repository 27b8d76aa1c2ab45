import json

import pytest

from finetune_guard.core.observations import Control
from tests.cli.session import FakeSession, typed
from tests.fakes.store import Row
from tests.fakes.world import World


@pytest.fixture
def session() -> FakeSession:
    return FakeSession(World())


def test_on_turns_it_on_and_says_what_that_means(session: FakeSession) -> None:
    result = typed(session, "kill-switch", "on")
    assert result.exit_code == 0
    assert session.world.store.control().kill_switch
    for part in ("is on", "run.max_hours", "a person", "by one mail", "kill-switch off"):
        assert part in result.stdout


def test_off_turns_it_off_and_says_what_becomes_of_what_was_held_back(session: FakeSession) -> None:
    session.world.store.set_control(Control(kill_switch=True))
    result = typed(session, "kill-switch", "off")
    assert result.exit_code == 0
    assert not session.world.store.control().kill_switch
    assert "is stopped at the next look" in result.stdout


@pytest.mark.parametrize("on", [True, False])
def test_status_says_how_it_is_and_changes_nothing(session: FakeSession, on: bool) -> None:
    session.world.store.set_control(Control(kill_switch=on))
    before = session.world.store.calls.count("set_control")
    result = typed(session, "kill-switch", "status", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"schema_version": 1, "kill_switch": on}
    assert f"The kill switch is {'on' if on else 'off'}" in result.stderr
    assert session.world.store.calls.count("set_control") == before


@pytest.mark.parametrize("words", [(), ("maybe",)])
def test_anything_else_is_a_usage_error(session: FakeSession, words: tuple[str, ...]) -> None:
    assert typed(session, "kill-switch", *words).exit_code == 2
    assert session.world.store.calls == []


@pytest.mark.parametrize("position", ["on", "off"])
def test_an_order_writes_a_damaged_record_anew(position: str) -> None:
    session = FakeSession(World())
    session.world.store.rows["CONTROL",] = Row("{", 1, ("", ""))
    assert typed(session, "kill-switch", position).exit_code == 0
    assert session.world.store.control().kill_switch is (position == "on")


def test_an_order_of_a_newer_release_stands_and_it_is_said_so() -> None:
    session = FakeSession(World())
    newer = Row('{"schema_version": 99}', 1, ("", ""))
    session.world.store.rows["CONTROL",] = newer
    refused = typed(session, "kill-switch", "off")
    assert refused.exit_code == 1
    assert "newer release" in refused.stderr
    assert session.world.store.rows["CONTROL",] == newer
