import pytest

from finetune_guard.cli.session import console_url


@pytest.mark.parametrize(
    ("partition", "host"),
    [
        ("aws", "us-west-2.console.aws.amazon.com"),
        ("aws-cn", "console.amazonaws.cn"),
        ("aws-us-gov", "console.amazonaws-us-gov.com"),
    ],
)
def test_the_console_of_each_partition_is_known(partition: str, host: str) -> None:
    arn = f"arn:{partition}:states:us-west-2:123456789012:execution:machine:name"
    expected = f"https://{host}/states/home?region=us-west-2#/v2/executions/details/{arn}"
    assert console_url(arn) == expected
