"""The machines that are deployed call the functions as the newest contract that is kept says."""

import json

import pytest

from infra.constructs.machines import MODES
from tests.infra.deployed import Deployed
from tests.lambdas.machine_contract import FILES, contract


@pytest.mark.parametrize("machine", MODES)
def test_the_contract_of_the_definition_is_the_newest_that_is_kept(machine: str, deployed: Deployed) -> None:
    functions = {f"<{deployed.function_name(handler)}.Arn>": handler for handler in deployed.functions()}
    found = {name: vars(call) for name, call in contract(deployed.definition(machine), functions).items()}
    kept = json.loads(FILES[-1].read_text())
    assert found == kept, (
        "Executions that are under way keep the old definition. Add the new contract as a file of its own to "
        f"{FILES[-1].parent}, named by its day; the functions must keep both."
    )
