import pytest

from finetune_guard.core.hyperparameters.catalogue import shipped
from finetune_guard.core.serving import how_to_use

EAST = "arn:aws:bedrock:us-east-1:123456789012:custom-model/x/abc"
WEST = "arn:aws:bedrock:us-west-2:123456789012:custom-model/x/abc"


def test_a_base_that_can_be_deployed_on_demand_gets_the_command_with_its_model() -> None:
    text = how_to_use("amazon.nova-micro-v1:0:128k", EAST, "support-bot")
    command = f"create-custom-model-deployment --model-deployment-name support-bot \\\n  --model-arn {EAST}"
    assert command in text
    assert "not confirmed" in text
    assert "told for" not in text


def test_another_region_than_the_one_that_is_told_is_said() -> None:
    assert "told for us-east-1 only" in how_to_use("amazon.nova-micro-v1:0:128k", WEST, "support-bot")


def test_other_bases_need_provisioned_throughput_and_are_warned_of_its_price() -> None:
    text = how_to_use("meta.llama3-1-8b-instruct-v1:0:128k", WEST, "support-bot")
    assert f"--model-id {WEST}" in text
    assert "by the hour" in text
    assert "create-custom-model-deployment" not in text


def test_a_base_that_nobody_knows_says_so() -> None:
    assert "Nobody says" in how_to_use("acme.new-v1", WEST, "support-bot")


def test_the_bases_that_can_be_deployed_on_demand_are_those_that_are_told() -> None:
    names = {base.model_id.rpartition(":")[0] for base in shipped() if base.on_demand}
    assert names == {
        "amazon.nova-micro-v1:0",
        "amazon.nova-lite-v1:0",
        "amazon.nova-pro-v1:0",
        "amazon.nova-2-lite-v1:0",
        "meta.llama3-3-70b-instruct-v1:0",
    }


@pytest.mark.parametrize("base", ["amazon.nova-micro-v1:0:128k", "meta.llama3-1-8b-instruct-v1:0:128k"])
def test_a_command_stands_on_a_line_of_its_own(base: str) -> None:
    assert [
        line for line in how_to_use(base, EAST, "n").splitlines() if line.startswith("aws bedrock create-")
    ]
