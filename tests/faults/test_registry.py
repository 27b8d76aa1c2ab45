from tests.faults.rows import Registry, proofs

REGISTRY = Registry.read()
PROOFS = proofs()
#: Rows that must stay closed: tested, or shown to be impossible here.
FEWEST_CLOSED = 94


def test_the_registry_has_all_94_rows() -> None:
    assert sorted(REGISTRY.rows) == list(range(1, 95))


def test_every_row_is_tested_or_impossible_or_open_and_only_one_of_them() -> None:
    for row in REGISTRY.rows:
        states = [row in PROOFS, row in REGISTRY.impossible, row in REGISTRY.open]
        assert states.count(True) == 1, (
            f"row {row}, {REGISTRY.rows[row]!r}: tested, impossible, open = {states}"
        )


def test_every_proof_names_a_row_of_the_registry() -> None:
    assert set(PROOFS) <= set(REGISTRY.rows)


def test_a_row_that_no_test_proves_says_why() -> None:
    assert all(len(reason) > 20 for reason in (*REGISTRY.impossible.values(), *REGISTRY.open.values()))


def test_enough_rows_are_closed() -> None:
    assert len(set(PROOFS) | set(REGISTRY.impossible)) >= FEWEST_CLOSED
