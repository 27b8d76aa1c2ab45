"""The contract of Functions, on the fake and on Lambda by moto."""

import io
import json
import zipfile

import pytest

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.lambda_functions import LambdaFunctions
from finetune_guard.core.doctoring.deployment import RUNTIME
from finetune_guard.core.errors import NotFoundError
from finetune_guard.ports import Functions
from tests.fakes.health import LAYER, WATCH, FakeFunctions


def _deployed(clients: Clients) -> Functions:
    """The watch, with one layer; moto makes a function active at once."""
    trust = json.dumps({"Statement": []})
    role = clients.iam.create_role(RoleName="watch", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    layer = clients.functions.publish_layer_version(LayerName="guard", Content={"ZipFile": _archive()})
    clients.functions.create_function(
        FunctionName=WATCH,
        Runtime="python3.13",
        Role=role,
        Handler="watch.handler",
        Code={"ZipFile": _archive()},
        Layers=[layer["LayerVersionArn"]],
    )
    return LambdaFunctions(clients.functions)


def _archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("watch.py", "")
    return packed.getvalue()


@pytest.fixture(params=["fake", "lambda"])
def functions(request: pytest.FixtureRequest) -> Functions:
    return FakeFunctions() if request.param == "fake" else _deployed(request.getfixturevalue("clients"))


def test_a_function_tells_its_state_its_runtime_and_its_layers(functions: Functions) -> None:
    facts = functions.facts(WATCH)
    assert (facts.state, facts.last_update, facts.runtime) == ("Active", "Successful", RUNTIME)
    [layer] = facts.layers
    assert layer.split(":")[-2:-1] == LAYER.split(":")[-2:-1] == ["guard"]


def test_an_absent_function_is_not_found(functions: Functions) -> None:
    with pytest.raises(NotFoundError):
        functions.facts("none")
