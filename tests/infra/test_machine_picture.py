"""The picture of the state machine is that of the template."""

from pathlib import Path

from infra.machine_picture import dot_of
from tests.infra.deployed import Deployed

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"


def test_the_readme_s_picture_is_the_machine_that_is_deployed(deployed: Deployed) -> None:
    """When this fails: `python -m docs.pictures.draw`, and look at the picture."""
    assert (PICTURES / "machine.dot").read_text() == dot_of(deployed.definition("RehearseThenRun"))


def test_the_drawing_shows_every_state(deployed: Deployed) -> None:
    drawn = (PICTURES / "machine.svg").read_text()
    states = deployed.definition("RehearseThenRun")["States"]
    assert all(f"<title>{state}</title>" in drawn for state in states)
