import re
import time
from collections.abc import Iterator

import pytest
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.aws import wire_check
from finetune_guard.aws.bedrock_jobs import parameters
from finetune_guard.aws.wire_check import check, misfits_of
from finetune_guard.core.errors import RequestRejectedError
from tests import builders
from tests.aws.called_operations import called, service_model

CREATE = service_model("bedrock").operation_model("CreateModelCustomizationJob")
ONLY_JAVA_UNDERSTANDS = {r"\p{ASCII}*"}
HOSTILE = ("-", "a", "0", "_", ".", ":", "/", "a-", "a.", "a_", "0:", "s3://a/", "arn:aws:", "a" * 63 + ".")


def refused(**changes: object) -> str:
    with pytest.raises(RequestRejectedError) as caught:
        check(CREATE, parameters(builders.intent().request) | changes)
    return str(caught.value)


def strings_of(shape: Shape, seen: frozenset[str] = frozenset()) -> Iterator[StringShape]:
    if shape.name in seen:
        return
    inside = seen | {shape.name}
    if isinstance(shape, StringShape):
        yield shape
    elif isinstance(shape, StructureShape):
        for member in shape.members.values():
            yield from strings_of(member, inside)
    elif isinstance(shape, ListShape):
        yield from strings_of(shape.member, inside)
    elif isinstance(shape, MapShape):
        yield from strings_of(shape.key, inside)
        yield from strings_of(shape.value, inside)


def patterns() -> list[tuple[str, int]]:
    """Every pattern of every operation that we call, with the greatest length that it is tried on."""
    found: dict[str, int] = {}
    for model in called():
        for shape in strings_of(model.input_shape) if model.input_shape else ():
            pattern = shape.metadata.get("pattern")
            if pattern and model.name not in wire_check.ISSUED_BY_THE_SERVICE:
                found[pattern] = max(found.get(pattern, 0), shape.metadata.get("max") or 4096)
    return sorted(found.items())


class TestRequests:
    def test_what_we_create_fits(self) -> None:
        check(CREATE, parameters(builders.intent().request))

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"jobName": "under_score"}, "jobName"),
            ({"jobName": "x" * 64}, "jobName is 64 characters long, expected 1 to 63"),
            ({"customModelName": "two--dashes"}, "customModelName"),
            ({"roleArn": "nobody"}, "roleArn"),
            ({"clientRequestToken": "arn:aws:states:1"}, "clientRequestToken"),
            ({"trainingDataConfig": {"s3Uri": "s3://b/run=1"}}, "trainingDataConfig.s3Uri"),
            ({"validationDataConfig": {"validators": [{"s3Uri": "s3://b/a b"}]}}, "validators[0].s3Uri"),
            ({"jobTags": [{"key": "owner", "value": "💥"}]}, "jobTags[0].value"),
            ({"jobTags": [{"key": "k", "value": "v"}] * 201}, "jobTags is 201 entries long"),
            ({"customizationType": "FINETUNING"}, "one of FINE_TUNING"),
        ],
    )
    def test_what_does_not_fit_is_refused_by_its_field(self, changes: dict[str, object], field: str) -> None:
        assert field in refused(**changes)

    def test_every_fault_is_named_at_once_with_what_was_given_and_expected(self) -> None:
        message = refused(jobName="under_score", roleArn="nobody")
        assert (
            "jobName is 'under_score', expected the pattern [a-zA-Z0-9](-*[a-zA-Z0-9\\+\\-\\.])*" in message
        )
        assert "roleArn is 'nobody', expected the pattern" in message

    def test_a_long_value_is_shown_shortened(self) -> None:
        assert len(refused(roleArn="x" * 2000)) < 400

    def test_what_is_too_long_is_not_matched_with_any_pattern(self) -> None:
        message = refused(jobName="_" * 64)
        assert "64 characters long" in message
        assert "pattern" not in message

    def test_a_wrong_type_is_left_to_botocore(self) -> None:
        check(CREATE, parameters(builders.intent().request) | {"jobName": 7})

    def test_a_secret_is_not_shown(self) -> None:
        send = service_model("stepfunctions").operation_model("SendTaskHeartbeat")
        with pytest.raises(RequestRejectedError) as caught:
            check(send, {"taskToken": "s3cr3t" * 1000})
        assert "s3cr3t" not in str(caught.value)
        assert "6000 characters long" in str(caught.value)

    @pytest.mark.parametrize("operation", sorted(wire_check.ISSUED_BY_THE_SERVICE))
    def test_an_identifier_of_the_services_own_is_never_refused_by_its_pattern(self, operation: str) -> None:
        model = service_model("bedrock").operation_model(operation)
        member = next(iter(model.input_shape.members))  # type: ignore[union-attr]
        check(model, {member: "arn:aws:bedrock:us-east-1:123456789012:some/shape!that:nobody/published"})


class TestPatterns:
    @pytest.mark.parametrize("pattern", [pattern for pattern, _ in patterns()])
    def test_python_understands_every_pattern_but_those_known(self, pattern: str) -> None:
        assert (wire_check._compiled(pattern) is None) == (pattern in ONLY_JAVA_UNDERSTANDS)

    @pytest.mark.parametrize(("pattern", "longest"), patterns())
    def test_no_pattern_takes_long_on_hostile_input(self, pattern: str, longest: int) -> None:
        compiled = wire_check._compiled(pattern)
        if compiled is None:
            assert pattern in ONLY_JAVA_UNDERSTANDS
            return
        started = time.process_time()
        for piece in HOSTILE:
            compiled.fullmatch((piece * longest)[: longest - 1] + "\n")
        assert time.process_time() - started < 1.0

    @given(st.text(alphabet="a9-+._", max_size=12))
    def test_a_rewritten_pattern_means_the_same(self, text: str) -> None:
        for published, linear in wire_check._LINEAR.items():
            assert bool(re.fullmatch(published, text)) == bool(re.fullmatch(linear, text))

    def test_a_rewritten_pattern_is_still_published(self) -> None:
        assert set(wire_check._LINEAR) <= {pattern for pattern, _ in patterns()}

    def test_digits_and_blanks_are_those_of_ascii(self) -> None:
        assert "jobTags[0].key" in refused(jobTags=[{"key": "no\u00a0break", "value": "v"}])


class TestLimits:
    def test_numbers_outside_their_range_are_misfits(self) -> None:
        shape = Shape("Limit", {"type": "integer", "min": 1, "max": 10})
        assert [str(misfit) for misfit in misfits_of(shape, 11, path="limit")] == [
            "limit is 11, expected 1 to 10"
        ]
        assert not list(misfits_of(shape, 10, path="limit"))

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda x: st.lists(x) | st.dictionaries(st.text(), x),
        )
    )
    def test_no_value_of_any_type_breaks_the_check(self, value: object) -> None:
        list(misfits_of(CREATE.input_shape, {"hyperParameters": value, "jobTags": value, "jobName": value}))  # type: ignore[arg-type]
