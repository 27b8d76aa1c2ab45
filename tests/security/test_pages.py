"""Data in a page is text and never code, and is shown as it was written."""

import re
from importlib.resources import files

import pytest

from finetune_guard.cli.page_assembly import assembled, embedded
from tests.cli.pages import read
from tests.security.hostile import TEXTS, unsafe

OURS = ("choosing.js", "chart.js", "page.js")
#: Ways in which a script makes markup or code of a text.
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|Function\(|javascript:"
    r"|setTimeout\(\s*[\"'`]|createContextualFragment|srcdoc|\.href\b|\.src\b"
)


def test_the_policy_lets_nothing_in_but_the_scripts_and_styles_of_the_page() -> None:
    page = read(assembled("A title", {}))
    rules = dict(rule.split(" ", 1) for rule in page.policy.split("; "))
    assert set(rules) == {
        *("default-src", "script-src", "style-src", "base-uri", "form-action", "require-trusted-types-for")
    }
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["require-trusted-types-for"] == "'script'"
    for kind, texts in (("script-src", page.scripts), ("style-src", page.styles)):
        assert len(rules[kind].split()) == len(texts)
        assert all(source.startswith("'sha256-") for source in rules[kind].split())


@pytest.mark.parametrize("script", OURS)
def test_no_script_makes_markup_or_code_of_a_text(script: str) -> None:
    text = files("finetune_guard.cli").joinpath("page", script).read_text(encoding="utf-8")
    assert MARKUP.findall(text) == []


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_in_a_page_is_one_text_that_can_be_read(name: str) -> None:
    text = TEXTS[name]
    page = read(assembled(text, {"deep": [{"text": text}]}))
    assert unsafe(page.data["deep"][0]["text"]) == unsafe(page.title) == []
    assert page.tags == read(assembled("A title", {})).tags
    assert not set("<>&") & set(embedded(text))
