from tests.core.datasets.page import page, written


def test_the_page_about_datasets_says_what_the_rules_say() -> None:
    assert written() == page(), "write it again: .venv/bin/python -m tests.core.datasets.page"
