from finetune_guard.core.hyperparameters.rules import RULES
from tests.core.rules_page import PAGE, page


def test_the_page_about_the_rules_shows_them_as_they_are() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.core.rules_page"


def test_every_rule_says_what_it_complains_of() -> None:
    assert all(rule.what.endswith(".") and len(rule.what) < 250 for rule in RULES)
