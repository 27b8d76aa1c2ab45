import pytest
from botocore.stub import Stubber

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.lambda_bell import LambdaBell
from tests.aws.called_operations import error_codes, service_model

INVOKE = service_model("lambda").operation_model("Invoke")


@pytest.mark.parametrize("code", error_codes(INVOKE))
def test_no_error_of_the_service_leaves_the_bell(clients: Clients, code: str) -> None:
    stub = Stubber(clients.lambdas)
    stub.add_client_error("invoke", code, "Because.")
    with stub:
        LambdaBell(clients.lambdas, "watch").ring()
    stub.assert_no_pending_responses()


def test_a_function_name_that_does_not_fit_does_not_leave_the_bell(clients: Clients) -> None:
    with Stubber(clients.lambdas) as stub:
        LambdaBell(clients.lambdas, "no such name!").ring()
        stub.assert_no_pending_responses()


def test_whoever_rings_does_not_wait(clients: Clients) -> None:
    config = vars(clients.lambdas.meta.config)["_user_provided_options"]
    assert config["retries"]["total_max_attempts"] == 1
    assert config["connect_timeout"] + config["read_timeout"] <= 3
