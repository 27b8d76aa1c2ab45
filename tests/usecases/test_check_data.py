"""From a config to what is wrong with its data: every planted fault at its line, and nothing else."""

import re
from dataclasses import replace

import pytest

from finetune_guard.core.config import examine_config
from finetune_guard.core.hyperparameters.base_model import BaseModel, RecordSchema
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.observations import FileFacts
from finetune_guard.core.runs import Problem
from finetune_guard.usecases.advise import AdviceTools, validate
from finetune_guard.usecases.check_data import DataAnswer, check_data
from tests.configs import LEAST
from tests.core.datasets.planted import (
    BASES,
    BUCKET,
    CLAUDE,
    CONVERSATION,
    GOOD,
    LINE,
    PLANTED,
    PROMPT,
    SCHEMAS,
    Planted,
    good,
    offset_of,
    record,
    with_record,
    written,
)
from tests.fakes.files import FakeDatasetFiles
from tests.fakes.world import World

TRAIN, HELD_OUT = f"s3://{BUCKET}/train.jsonl", f"s3://{BUCKET}/held-out.jsonl"


def base_of(schema: RecordSchema) -> BaseModel:
    base = find(BASES[schema])
    assert base is not None
    return base


def answer(
    schema: RecordSchema, data: bytes, held_out: bytes | None = None, base: BaseModel | None = None
) -> DataAnswer:
    world = World()
    world.datasets.put(TRAIN, data)
    document = LEAST | {"training_data_path": TRAIN}
    if held_out is not None:
        world.datasets.put(HELD_OUT, held_out)
        document |= {"validation_data_path": HELD_OUT}
    return check_data(examine_config(document), base or base_of(schema), world.datasets)


def told(problem: Problem) -> tuple[str, str, tuple[int, ...]]:
    lines = re.search(r"lines? ([\d, ]+)", problem.given)
    assert lines, problem
    return problem.code, problem.severity, tuple(int(line) for line in re.findall(r"\d+", lines.group(1)))


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_raises_no_alarm(name: str, schema: RecordSchema) -> None:
    found = answer(schema, GOOD[name](schema), written(good(schema, 50, first=9000)))
    assert found.problems == ()
    assert found.training is not None
    assert found.training.records == 120


@pytest.mark.fault(52, 53, 54, 55)
@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: f"{planted.name} {planted.schema}")
def test_a_planted_fault_is_found_at_its_line_and_nothing_else_is(planted: Planted) -> None:
    found = answer(planted.schema, planted.data)
    assert [told(problem) for problem in found.problems] == [(planted.code, planted.severity, planted.lines)]
    offset = offset_of(planted.data, planted.lines[0])
    assert f"(the first at byte {offset})" in found.problems[0].given
    assert found.problems[0].key == "training_data_path"


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_same_faults_are_found_in_the_validation_file(schema: RecordSchema) -> None:
    training = written(good(schema, first=5000))
    (problem,) = answer(schema, training, with_record(schema, {"x": "y"})).problems
    assert told(problem) == ("DS020", "error", (LINE,))
    assert problem.key == "validation_data_path"


@pytest.mark.fault(56)
@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_validation_record_that_is_a_training_record_is_an_error_at_its_line(schema: RecordSchema) -> None:
    held_out = good(schema, 60, first=5000)
    held_out[40:42] = good(schema, 2, first=7)
    (problem,) = answer(schema, written(good(schema)), written(held_out)).problems
    assert told(problem) == ("HP051", "error", (41, 42))
    assert problem.key == "validation_data_path"
    assert problem.given.startswith("2 times")


@pytest.mark.fault(56)
@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_validation_prompt_that_is_a_training_prompt_is_a_warning_whatever_its_case_and_blanks(
    schema: RecordSchema,
) -> None:
    held_out = good(schema, 60, first=5000)
    held_out[20] = record(schema, "where  is PARCEL 7?\nIt left on monday. ", "No idea.")
    (problem,) = answer(schema, written(good(schema)), written(held_out)).problems
    assert told(problem) == ("HP051", "warning", (21,))


def test_a_leak_does_not_depend_on_how_its_json_is_spelled() -> None:
    held_out = good(PROMPT, 60, first=5000)
    prompt = b'"prompt":"Where is parcel 7? It left on Monday."'
    line = b'{"completion" : "Parcel 7 is on its w\\u0061y to you.",' + prompt + b"}"
    data = written(held_out[:9]) + line + b"\n" + written(held_out[9:])
    (problem,) = answer(PROMPT, written(good(PROMPT)), data).problems
    assert told(problem) == ("HP051", "error", (10,))


def test_two_questions_about_different_images_are_not_the_same() -> None:
    records = good(CONVERSATION)
    for n, each in enumerate(records):
        uri = f"s3://{BUCKET}/{n}.png"
        seen = {"image": {"format": "png", "source": {"s3Location": {"uri": uri}}}}
        answered = {"role": "assistant", "content": [{"text": f"It is {n}."}]}
        each["messages"] = [{"role": "user", "content": [seen, {"text": "What is it?"}]}, answered]
    assert answer(CONVERSATION, written(records)).problems == ()


@pytest.mark.parametrize(
    ("copies", "given", "severity"), [(6, 114, None), (7, 113, "info"), (120, 1200, "warning")]
)
def test_repetition_is_told_above_five_percent_and_is_advised_for_a_small_nova(
    copies: int, given: int, severity: str | None
) -> None:
    records = good(CONVERSATION, given) + good(CONVERSATION, copies)
    problems = answer(CONVERSATION, written(records)).problems
    assert [problem.severity for problem in problems] == ([severity] if severity else [])


@pytest.mark.parametrize(("same", "found"), [(60, []), (61, ["HP054"])])
def test_one_answer_may_be_that_of_sixty_percent(same: int, found: list[str]) -> None:
    records = [record(PROMPT, f"{n}?", "No." if n < same else f"Yes, {n}.") for n in range(100)]
    assert [problem.code for problem in answer(PROMPT, written(records)).problems] == found


@pytest.mark.parametrize(("again", "found"), [(20, []), (21, ["HP054"])])
def test_a_fifth_of_the_records_may_ask_an_earlier_prompt(again: int, found: list[str]) -> None:
    records = [record(PROMPT, f"{n if n < 100 - again else 0}?", f"Yes, {n}.") for n in range(100)]
    assert [problem.code for problem in answer(PROMPT, written(records)).problems] == found


def test_beyond_the_bases_cap_records_are_counted_and_no_longer_compared() -> None:
    base = base_of(PROMPT)
    small = replace(base, limits=replace(base.limits, max_records=100))
    records = [*good(PROMPT, 90), *good(PROMPT, 60)]
    found = answer(PROMPT, written(records), base=small)
    assert found.training is not None
    assert found.training.records == 150
    assert found.problems[0].given.endswith("among the first 100 records")
    assert found.problems[0].given.startswith("10 times")


@pytest.mark.parametrize(
    ("model", "block", "code"),
    [
        ("amazon.nova-micro-v1:0:128k", "image", "DS026"),
        ("meta.llama3-3-70b-instruct-v1:0:128k", "image", "DS026"),
        ("meta.llama3-2-11b-instruct-v1:0:128k", "image", ""),
        ("meta.llama3-2-11b-instruct-v1:0:128k", "video", "DS028"),
        ("amazon.nova-2-lite-v1:0:256k", "video", ""),
    ],
)
def test_each_base_takes_its_own_media(model: str, block: str, code: str) -> None:
    base = find(model)
    assert base is not None
    records = good(CONVERSATION)
    kind = {"image": "png", "video": "mp4"}[block]
    seen = {block: {"format": kind, "source": {"s3Location": {"uri": f"s3://{BUCKET}/a"}}}}
    records[LINE - 1]["messages"] = [
        {"role": "user", "content": [seen, {"text": "What?"}]},
        {"role": "assistant", "content": [{"text": "A box."}]},
    ]
    problems = answer(CONVERSATION, written(records), base=base).problems
    assert [problem.code for problem in problems] == ([code] if code else [])


def test_nova_2_takes_reasoning_in_an_answer_and_any_schema_version() -> None:
    base = find("amazon.nova-2-lite-v1:0:256k")
    assert base is not None
    records = good(CONVERSATION)
    thought = {"reasoningContent": {"reasoningText": {"text": "hm"}}}
    records[3] |= {
        "schemaVersion": "mine",
        "messages": [
            {"role": "user", "content": [{"text": "Why?"}]},
            {"role": "assistant", "content": [thought, {"text": "So."}]},
        ],
    }
    assert answer(CONVERSATION, written(records), base=base).problems == ()


def test_a_directory_is_refused_before_anything_is_read() -> None:
    world = World()
    document = LEAST | {"training_data_path": f"s3://{BUCKET}/data/"}
    (problem,) = check_data(examine_config(document), base_of(PROMPT), world.datasets).problems
    assert problem.code == "DS006"
    assert world.datasets.calls == []


def test_nova_takes_no_file_name_with_other_characters() -> None:
    world = World()
    document = LEAST | {"training_data_path": f"s3://{BUCKET}/train(1).jsonl"}
    world.datasets.put(f"s3://{BUCKET}/train(1).jsonl", written(good(CONVERSATION)))
    (problem,) = check_data(examine_config(document), base_of(CONVERSATION), world.datasets).problems
    assert problem.code == "DS032"


class Huge(FakeDatasetFiles):
    """A file that says it is huge, and that nobody should read."""

    size = 0

    def facts(self, uri: str) -> FileFacts:
        return replace(super().facts(uri), size=self.size)


@pytest.mark.fault(51)
@pytest.mark.parametrize(
    ("size", "words"), [(10 << 30, "this version reads at most"), (11 << 30, "the base takes")]
)
def test_a_file_of_10_gb_is_refused_by_its_size_and_not_read(size: int, words: str) -> None:
    files = Huge(World().clock)
    files.put(TRAIN, written(good(CLAUDE)))
    files.size = size
    document = LEAST | {"training_data_path": TRAIN}
    (problem,) = check_data(examine_config(document), base_of(CLAUDE), files).problems
    assert problem.code == "DS007"
    assert words in problem.message
    assert "chunks" not in files.calls


@pytest.mark.parametrize(("count", "code"), [(7, "HP010"), (8, ""), (20_000, ""), (20_001, "HP011")])
def test_too_few_and_too_many_records_are_told_by_validate(count: int, code: str) -> None:
    world = World()
    world.datasets.put(TRAIN, written(good(CONVERSATION, count)))
    tools = AdviceTools(files=world.datasets, region="us-east-1")
    advice = validate(LEAST | {"training_data_path": TRAIN}, world.clock.now(), tools)
    codes = {problem.code for problem in advice.problems} & {"HP010", "HP011"}
    assert codes == ({code} if code else set())
