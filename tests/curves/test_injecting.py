import hashlib
import math
from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.curves.injecting import LENGTHS, MOST_OF_A_REPOSITORY, bases, injected
from tests.curves.more_kinds import MORE_KINDS
from tests.curves.standard_kinds import STANDARD_KINDS, level, lowest_level

#: Of the injector as it was first written, seed 1: every log by its id, then every label.
FIRST = "8d6665e5c7a2b3392b45c6d22a94f56a6a6d2f33e3b56db3b5a56f25320d7284"
FIRST_LABELS = "e6847bcd51205ac800d36e1fcfce9ceae3cc1a16938350f171ea483f8ec2e203"


def test_seed_1_gives_the_curves_and_labels_that_it_always_gave() -> None:
    cases = sorted(injected(STANDARD_KINDS, 1), key=lambda case: case.run.id)
    labels = [
        f"{one.id},{one.group},{one.label},{one.onset_step or ''},{one.should_stop}\n"
        for one in (case.label for case in cases)
    ]

    assert hashlib.sha256(b"".join(case.run.log() + b"\n" for case in cases)).hexdigest() == FIRST
    assert hashlib.sha256("".join(labels).encode()).hexdigest() == FIRST_LABELS


def test_1380_curves_are_made_of_57_healthy_ones_of_48_repositories() -> None:
    cases = list(injected(STANDARD_KINDS, 7))

    assert (len(cases), len(bases()), len({base.group for base in bases()})) == (1380, 57, 48)
    assert max(Counter(base.group for base in bases()).values()) <= MOST_OF_A_REPOSITORY
    assert {len(case.run) for case in cases} == set(LENGTHS)


def test_an_id_names_one_curve_and_does_not_tell_its_kind() -> None:
    cases = [*injected(STANDARD_KINDS + MORE_KINDS, 1), *injected(STANDARD_KINDS + MORE_KINDS, 2)]

    assert len({case.run.id for case in cases}) == len(cases)
    assert not any(case.label.kind in case.run.id for case in cases)


def test_kinds_made_together_are_the_same_as_made_apart() -> None:
    together = {case.run.id: case for case in injected(STANDARD_KINDS + MORE_KINDS, 1)}

    assert all(together[case.run.id] == case for case in injected(STANDARD_KINDS[4:6], 1))


def test_a_fault_has_an_onset_inside_the_run_and_a_trap_has_none() -> None:
    for case in injected(STANDARD_KINDS + MORE_KINDS, 3):
        onset = case.label.onset_step
        assert (onset is None) == (case.sort == "harmless")
        assert onset is None or 1 <= onset <= len(case.run)


def test_before_its_onset_a_failure_is_the_healthy_curve() -> None:
    healthy = {base.id: base for base in bases()}
    name, base = next(iter(healthy.items()))
    for kind in STANDARD_KINDS:
        if kind.sort == "failure":
            made, onset = kind.make(base.thinned(45), Random(name))
            assert made[:onset] == base.thinned(45)[:onset]
            assert made[onset:] != base.thinned(45)[onset:]


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=60), st.integers(1, 12))
def test_the_lowest_level_is_the_least_of_all_levels(values: list[float], width: int) -> None:
    assert lowest_level(values, width) == min(level(values, end, width) for end in range(len(values)))


def test_no_kind_changes_the_curve_it_is_given() -> None:
    given_values = [2 * math.exp(-row / 20) + 1 for row in range(45)]
    for kind in STANDARD_KINDS:
        values = list(given_values)
        kind.make(values, Random(0))
        assert values == given_values
