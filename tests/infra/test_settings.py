"""The deploy options: what each may be, and one error that names every wrong one."""

from pathlib import Path

import pytest

from infra.settings import DeployOptions, OptionsError, committed_context, read_options


def test_every_option_has_a_default_that_can_be_deployed() -> None:
    assert read_options({}) == DeployOptions()


def test_what_is_committed_is_the_default() -> None:
    assert read_options(committed_context()) == DeployOptions()


def test_keys_of_the_cdk_itself_are_passed_over() -> None:
    context = {"@aws-cdk/core:anything": True, "aws:cdk:x": [], "availability-zones:account=1": ["a"]}
    assert read_options(context) == DeployOptions()


def test_the_command_line_gives_lists_and_numbers_as_text() -> None:
    options = read_options(
        {
            "alertEmails": "a@example.com, b@example.com",
            "dataBuckets": '["one-bucket"]',
            "logDays": "90",
            "waitTimeoutMinutes": "90",
            "pointInTimeRecovery": "false",
        }
    )
    assert options.alert_emails == ("a@example.com", "b@example.com")
    assert options.data_buckets == ("one-bucket",)
    assert (options.log_days, options.wait_timeout_minutes) == (90, 90)
    assert not options.point_in_time_recovery


def test_a_dev_environment_keeps_little_and_can_be_removed() -> None:
    prod, dev = read_options({}), read_options({"environment": "dev"})
    assert (prod.log_days, prod.removal, prod.point_in_time_recovery) == (30, "retain", True)
    assert (dev.log_days, dev.removal, dev.point_in_time_recovery) == (7, "destroy", False)
    assert (prod.protected, dev.protected) == (True, False)


@pytest.mark.parametrize("environment", ["prod", "dev"])
def test_an_option_that_is_given_counts_in_every_environment(environment: str) -> None:
    given = {"logDays": "90", "removal": "retain", "pointInTimeRecovery": "true"}
    options = read_options({"environment": environment, **given})
    assert (options.log_days, options.removal, options.point_in_time_recovery) == (90, "retain", True)


def test_an_environment_of_no_name_is_named_and_nothing_else() -> None:
    with pytest.raises(
        OptionsError, match=r"1 deploy option is wrong[^\n]*\n  - environment: given \['dev'\]"
    ):
        read_options({"environment": ["dev"]})


def test_one_error_names_every_wrong_option() -> None:
    wrong = {
        "target": "azure",
        "environment": "test",
        "alertEmails": "nobody",
        "dataBuckets": "[broken",
        "dataKeys": "alias/mine",
        "bedrockRoleArns": "MyRole",
        "logDays": "8",
        "stopsPerHour": 0,
        "mailsPerHour": 1,
        "heartbeatMinutes": 0,
        "waitTimeoutMinutes": "soon",
        "removal": "maybe",
        "pointInTimeRecovery": "perhaps",
        "stackName": "1st",
    }
    with pytest.raises(OptionsError) as raised:
        read_options(wrong)
    assert [key for key in wrong if key not in str(raised.value)] == []
    assert str(raised.value).startswith("14 deploy options are wrong")


def test_a_misspelt_option_is_named_with_the_nearest_one() -> None:
    with pytest.raises(OptionsError, match=r"alertEmail: no such option; did you mean alertEmails\?"):
        read_options({"alertEmail": "a@example.com"})


def test_an_option_like_no_other_is_answered_with_all_of_them() -> None:
    with pytest.raises(OptionsError, match="zzz: no such option; there are stackName, environment"):
        read_options({"zzz": 1})


def test_a_wait_must_outlast_a_heartbeat_as_step_functions_demands() -> None:
    with pytest.raises(OptionsError, match=r"waitTimeoutMinutes: .* more than heartbeatMinutes, which is 60"):
        read_options({"waitTimeoutMinutes": 60})


def test_roles_of_two_accounts_are_refused_since_bedrock_takes_none_of_another() -> None:
    roles = [f"arn:aws:iam::{account}:role/Bedrock" for account in ("111122223333", "999999999999")]
    with pytest.raises(OptionsError, match=r"bedrockRoleArns: .* the account that the stack is deployed to"):
        read_options({"bedrockRoleArns": roles})


def test_keys_of_two_regions_are_refused_since_a_key_must_be_where_its_bucket_is() -> None:
    keys = [f"arn:aws:kms:{region}:111122223333:key/0f3a" for region in ("us-east-1", "us-west-2")]
    with pytest.raises(OptionsError, match=r"dataKeys: .* the region that the stack is deployed to"):
        read_options({"dataKeys": keys})


def test_the_people_of_ops_are_those_of_alerts_unless_others_are_named() -> None:
    alone = read_options({"alertEmails": "a@example.com"})
    both = read_options({"alertEmails": "a@example.com", "opsEmails": "o@example.com"})
    assert alone.people_of_ops == ("a@example.com",)
    assert both.people_of_ops == ("o@example.com",)


def test_the_app_names_no_interpreter_of_one_machine() -> None:
    assert not Path(str(committed_context().get("app", "."))).is_absolute()
