"""The stack fits into the hard limits of every service, with the longest values that a deployer may give."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import cfnlint.api
import pytest

from finetune_guard.settings import PREFIX
from infra.layer_build import LayerPackages
from infra.settings import (
    LONGEST_ROLE_ARN,
    MOST_BEDROCK_ROLES,
    MOST_DATA_BUCKETS,
    MOST_DATA_KEYS,
    MOST_EMAILS,
    MOST_EVENT_SOURCES,
    OptionsError,
    read_options,
)
from tests.infra import limits
from tests.infra.conftest import synthesise
from tests.infra.deployed import Deployed, Resource
from tests.infra.limits import LIMITS, Limit, written_out

BY_NAME = {limit.name: limit for limit in LIMITS}
_ROLE = "arn:aws-us-gov:iam::111122223333:role/"
#: Every option at its longest; each one more is refused (below).
WIDEST: Mapping[str, object] = {
    "stackName": "S" + "x" * 39,
    "alertEmails": [f"{n}@example.com" for n in range(MOST_EMAILS)],
    "opsEmails": [f"ops{n}@example.com" for n in range(MOST_EMAILS)],
    "dataBuckets": [f"{n}{'x' * 62}" for n in range(MOST_DATA_BUCKETS)],
    "dataKeys": [
        f"arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-{n}{'0' * 31}" for n in range(MOST_DATA_KEYS)
    ],
    "bedrockRoleArns": [
        f"{_ROLE}{n}{'x' * (LONGEST_ROLE_ARN - len(_ROLE) - 1)}" for n in range(MOST_BEDROCK_ROLES)
    ],
    "bedrockEventSources": [f"{n}{'x' * 127}" for n in range(MOST_EVENT_SOURCES)],
    "permissionsBoundary": "x" * 128,
    "qualifier": "tenletters",
    "heartbeatMinutes": 1440,
    "waitTimeoutMinutes": 10080,
    "quotaWaitSeconds": 86400,
}


@pytest.fixture(scope="module")
def widest(packages: LayerPackages, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    return written_out(synthesise(WIDEST, packages, tmp_path_factory.mktemp("widest")))


@pytest.mark.parametrize("name", BY_NAME)
def test_the_widest_stack_is_within(name: str, widest: Deployed) -> None:
    assert list(BY_NAME[name].measure(widest)), "there is nothing that this limit is about"
    assert BY_NAME[name].over(widest) == []


@pytest.mark.parametrize("name", BY_NAME)
def test_a_limit_that_the_stack_passes_is_named_with_its_place_and_source(
    name: str, widest: Deployed
) -> None:
    limit = BY_NAME[name]
    place, most = max(limit.measure(widest), key=lambda found: found[1])
    [line, *_] = Limit(name, most - 1, limit.measure, limit.source).over(widest)
    assert limit.source in line
    assert any(place in over for over in Limit(name, most - 1, limit.measure, limit.source).over(widest))


def _role(template: Any) -> Resource:
    return _first(template, limits.ROLE)


def _first(template: Any, kind: str) -> Resource:
    found: Resource = next(r["Properties"] for r in template["Resources"].values() if r["Type"] == kind)
    return found


def _inflate_role(template: Any) -> None:
    statements = _role(template)["Policies"][0]["PolicyDocument"]["Statement"]
    statements.extend({**statements[0], "Sid": f"More{n}"} for n in range(80))


def _inflate_trust(template: Any) -> None:
    statements = _role(template)["AssumeRolePolicyDocument"]["Statement"]
    statements.extend(statements[0] for _ in range(30))


def _describe_with_a_dash(template: Any) -> None:
    _role(template)["Description"] = "Reads – and writes"


def _fill_environment(template: Any) -> None:
    _first(template, limits.FUNCTION)["Environment"]["Variables"][f"{PREFIX}MORE"] = "x" * 4_096


def _add_layers(template: Any) -> None:
    _first(template, limits.FUNCTION)["Layers"] *= 2


def _widen_pattern(template: Any) -> None:
    _first(template, limits.RULE)["EventPattern"]["source"] = ["x" * 60] * 40


def _name_group(template: Any) -> None:
    _first(template, limits.GROUP)["LogGroupName"] = "/aws/vendedlogs/states/a group"


def _look_back(template: Any) -> None:
    _first(template, limits.ALARM)["EvaluationPeriods"] = 1_441


def _add_resources(template: Any) -> None:
    one = next(iter(template["Resources"].values()))
    template["Resources"].update({f"More{n}": one for n in range(500)})


def _tell_more(template: Any) -> None:
    next(iter(template["Outputs"].values()))["Description"] = "x" * 1_025


def _inflate_operator(template: Any) -> None:
    statement = _first(template, limits.POLICY)["PolicyDocument"]["Statement"]
    statement.extend({**statement[0], "Sid": f"More{n}"} for n in range(20))


#: Real mistakes, and the limit that each passes.
MISTAKES: Mapping[str, Callable[[Any], None]] = {
    "characters of a role's inline policies": _inflate_role,
    "characters of a trust policy": _inflate_trust,
    "characters of a role's description that IAM does not take": _describe_with_a_dash,
    "characters of a managed policy": _inflate_operator,
    "characters of a function's environment": _fill_environment,
    "layers of a function": _add_layers,
    "characters of an event pattern": _widen_pattern,
    "characters of a log group's name that are not taken": _name_group,
    "days that an alarm looks back": _look_back,
    "resources": _add_resources,
    "bytes of an output's description": _tell_more,
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_passes_its_limit_and_no_other(name: str, widest: Deployed) -> None:
    template = copy.deepcopy(dict(widest.template))
    MISTAKES[name](template)
    broken = Deployed(widest.stack, template, widest.folder)
    over = [line for limit in LIMITS for line in limit.over(broken)]
    assert over
    assert all(line.startswith(f"{name}: ") for line in over)


def test_cfn_lint_finds_no_error_in_the_widest_stack(widest: Deployed) -> None:
    """It knows the lengths and patterns of the properties from their schemas."""
    found = cfnlint.api.lint(widest.template_path.read_text(), regions=["us-east-1"])
    assert [f"{match.rule.id} {match.message}" for match in found if match.rule.id.startswith("E")] == []


@pytest.mark.parametrize(
    "option",
    ["alertEmails", "opsEmails", "dataBuckets", "dataKeys", "bedrockRoleArns", "bedrockEventSources"],
)
def test_one_more_than_the_most_is_refused_at_synthesis(option: str) -> None:
    given = WIDEST[option]
    assert isinstance(given, list)
    with pytest.raises(OptionsError, match=f"{option}: .*at most {len(given)}"):
        read_options({option: [*given, given[0]]})


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("stackName", "S" + "x" * 40),
        ("dataBuckets", ["x" * 64]),
        ("dataKeys", [f"arn:aws:kms:us-east-1:111122223333:key/{'0' * 37}"]),
        ("bedrockRoleArns", [f"{_ROLE}{'x' * LONGEST_ROLE_ARN}"]),
        ("bedrockEventSources", ["x" * 129]),
        ("qualifier", "elevenchars"),
        ("permissionsBoundary", "x" * 129),
    ],
)
def test_one_character_more_than_the_longest_is_refused_at_synthesis(option: str, value: object) -> None:
    read_options({option: WIDEST[option]})
    with pytest.raises(OptionsError, match=option):
        read_options({option: value})
