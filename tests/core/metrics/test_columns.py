import pytest

from finetune_guard.core.metrics.columns import LOSS_NAMES, LossKind, Quantity, memory_unit, read_header
from finetune_guard.core.metrics.lines import LONGEST_LINE

TRAINING = LossKind.TRAINING


@pytest.mark.fault(44)
@pytest.mark.parametrize(
    "header",
    [
        b"step_number,epoch_number,training_loss",
        b"step_number,epoch_number,training_loss,perplexity,training_perplexity",
        b" Step Number ,EPOCH_NUMBER,Training Loss",
        b"stepNumber,epochNumber,trainingLoss",
        b'"step","epoch","train/loss"',
        b"_step;epoch;loss",
        b"global_step\tepoch\ttrain_loss",
        b"\xef\xbb\xbfstep,epoch,loss,,",
    ],
)
def test_columns_are_found_by_name_in_any_dress(header: bytes) -> None:
    layout = read_header(header, TRAINING)

    assert layout.known
    assert (layout.places[Quantity.STEP], layout.places[Quantity.EPOCH]) == ((0,), (1,))
    assert layout.places[Quantity.LOSS] == (2,)


@pytest.mark.fault(44)
def test_columns_are_found_in_any_order_among_others() -> None:
    layout = read_header(b"accuracy,training_loss,note,epoch_number,step_number", TRAINING)

    assert layout.places == {Quantity.STEP: (4,), Quantity.EPOCH: (3,), Quantity.LOSS: (1,)}


@pytest.mark.fault(44)
@pytest.mark.parametrize(
    "header", [b"1,0,1.62874", b"step_number,perplexity", b"training_loss", b"", b'step,"loss']
)
def test_a_line_without_a_step_and_a_loss_is_no_header(header: bytes) -> None:
    assert not read_header(header, TRAINING).known


@pytest.mark.fault(44)
def test_a_column_that_occurs_twice_is_ambiguous() -> None:
    layout = read_header(b"step,loss,loss", TRAINING)

    assert layout.places[Quantity.LOSS] == (1, 2)
    assert not layout.unambiguous


def test_the_documented_name_wins_over_an_alias() -> None:
    assert read_header(b"step,loss,training_loss", TRAINING).places[Quantity.LOSS] == (2,)


def test_each_kind_of_loss_has_names_of_its_own() -> None:
    assert not set(LOSS_NAMES[LossKind.TRAINING]) & set(LOSS_NAMES[LossKind.VALIDATION])
    assert not read_header(b"step,validation_loss", TRAINING).known
    assert read_header(b"step,validation_loss", LossKind.VALIDATION).known


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("memory", 1),
        ("memory_bytes", 1),
        ("GPU Memory", 1),
        ("max_memory_allocated", 1),
        ("peak_memory_alloc", 1),
        ("memory_gib", 2**30),
        ("memory/max_mem_active(gib)", 2**30),
        ("gpu_memory_used_MiB", 2**20),
        ("max_memory_allocated_gb", 1e9),
    ],
)
def test_a_memory_is_found_by_name_and_its_unit_where_the_name_says_so(name: str, unit: float) -> None:
    layout = read_header(f"step,loss,{name}".encode(), TRAINING)

    assert layout.places[Quantity.MEMORY] == (2,)
    assert layout.unit(Quantity.MEMORY) == memory_unit(name) == unit


@pytest.mark.parametrize("name", ["memory_percent", "memory_errors", "gib", "in_memory", "loss"])
def test_what_only_sounds_like_a_memory_is_none(name: str) -> None:
    assert memory_unit(name) is None


def test_a_header_that_is_too_long_is_none() -> None:
    assert not read_header(b"step,loss" + b"," * LONGEST_LINE, TRAINING).known
