import json
from datetime import timedelta

import pytest

from finetune_guard import __version__
from finetune_guard.core.errors import NotSignedInError
from tests.cli.session import FakeSession, typed
from tests.fakes.health import ROLE
from tests.fakes.seam import Faults
from tests.fakes.world import World
from tests.usecases.test_doctor import TRUST, published


@pytest.fixture
def session() -> FakeSession:
    world = World()
    world.stacks.tell(Version=__version__)
    world.roles.put(ROLE, TRUST)
    world.telemetry.counted["Ticks"] = [world.clock.now() - timedelta(minutes=1)]
    return FakeSession(world, [lambda: published(world)])


def test_a_person_reads_a_line_for_each_check_and_how_many_there_were(session: FakeSession) -> None:
    result = typed(session, "doctor", "--region", "us-west-2")
    assert result.exit_code == 0
    assert "OK  credentials" in result.stdout
    assert "OK  test alert" in result.stdout
    assert result.stdout.rstrip().endswith("20 OK. Nothing is broken.")
    assert "two minutes" in result.stderr


def test_a_machine_reads_the_checks_and_stdout_holds_nothing_else(session: FakeSession) -> None:
    result = typed(session, "doctor", "--region", "us-west-2", "--no-alert", "--json")
    assert result.exit_code == 0
    read = json.loads(result.stdout)
    assert (read["schema_version"], read["ok"]) == (1, True)
    assert read["checks"][0] == {
        "check": "credentials",
        "state": "OK",
        "seen": "arn:aws:iam::123456789012:user/ada of the account 123456789012.",
        "expected": "somebody of the stack's account",
        "advice": "",
    }
    assert session.world.store.pending_alerts() == ()


def test_what_is_broken_is_shown_with_what_to_do_and_exits_with_3(session: FakeSession) -> None:
    session.world.schedules.change("tick", state="DISABLED")
    result = typed(session, "doctor", "--region", "us-west-2", "--no-alert")
    assert result.exit_code == 3
    assert "BROKEN       schedule" in result.stdout
    assert "→ Enable it" in result.stdout
    assert "18 OK, 1 BROKEN, 1 NOT CHECKED. Mend what is BROKEN" in " ".join(result.stdout.split())


def test_without_credentials_it_could_not_run_and_exits_with_1(session: FakeSession) -> None:
    session.world.seam.interrupt = Faults().add("identity.caller", NotSignedInError("Nobody is signed in."))
    result = typed(session, "doctor", "--region", "us-west-2")
    assert result.exit_code == 1
    assert "sign in first" in result.stdout


def test_a_base_model_that_is_asked_about_is_looked_for(session: FakeSession) -> None:
    result = typed(
        session, "doctor", "--region", "us-west-2", "--no-alert", "--base-model", "nobody.knows", "--json"
    )
    assert result.exit_code == 3
    [check] = [each for each in json.loads(result.stdout)["checks"] if each["check"] == "model access"]
    assert "nobody.knows" in check["seen"]


def test_a_name_from_a_service_cannot_style_the_terminal(session: FakeSession) -> None:
    session.world.stacks.change(reason="\x1b[31mred")
    assert "\x1b" not in typed(session, "doctor", "--region", "us-west-2", "--no-alert").stdout
