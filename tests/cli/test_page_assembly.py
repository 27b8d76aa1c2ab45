import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from finetune_guard.cli.page_assembly import assembled, embedded
from finetune_guard.core.printable import printable
from tests.cli.pages import read

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "node_modules" / "uplot"
SHIPPED = ROOT / "layers/guard/python/finetune_guard/cli/page"
HOSTILE = "</script><img src=x onerror=alert(1)><!--<script>&amp;\u2028\u2029\ud800"


def hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_data_arrive_as_they_were_given_but_for_what_cannot_be_seen() -> None:
    page = read(assembled("Title", {"name": HOSTILE, "losses": [1.5, None], "limit": float("inf")}))

    assert page.data == {"name": printable(HOSTILE), "losses": [1.5, None], "limit": "Infinity"}
    assert "img" not in page.tags


def test_no_character_of_the_data_can_be_taken_for_markup_or_the_end_of_a_line() -> None:
    assert not re.search("[<>&\u2028\u2029]", embedded({HOSTILE: HOSTILE}))
    assert json.loads(embedded({HOSTILE: HOSTILE})) == {HOSTILE: HOSTILE}


def test_a_title_is_text() -> None:
    page = read(assembled("<b>1 & 2", {}))

    assert page.title == "<b>1 & 2"
    assert "b" not in page.tags


def test_the_policy_lets_run_and_style_exactly_what_stands_in_the_page() -> None:
    page = read(assembled("Title", {}))

    rules = dict(rule.split(" ", 1) for rule in page.policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"].split() == [hash_of(script) for script in page.scripts]
    assert rules["style-src"].split() == [hash_of(style) for style in page.styles]
    assert len(page.scripts) == 4
    assert len(page.styles) == 2
    assert "unsafe" not in page.policy


def test_the_page_refers_to_nothing_outside_itself() -> None:
    text = assembled("Title", {})
    page = read(text)

    assert page.references == []
    assert "link" not in page.tags
    assert not re.search(r"url\(|@import", "".join(page.styles))
    assert set(re.findall(r"https?://[^\s\"')]+", text)) == {"https://github.com/leeoniya/uPlot"}


def test_scripts_write_text_and_never_markup() -> None:
    markup = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")

    assert not any(markup.search(script) for script in read(assembled("Title", {})).scripts)


@pytest.mark.parametrize(
    ("shipped", "original"),
    [
        ("uPlot.iife.min.js", "dist/uPlot.iife.min.js"),
        ("uPlot.min.css", "dist/uPlot.min.css"),
        ("uPlot.LICENSE", "LICENSE"),
    ],
)
def test_the_chart_library_is_shipped_as_the_lock_file_pins_it(shipped: str, original: str) -> None:
    assert (SHIPPED / shipped).read_bytes() == (LIBRARY / original).read_bytes()


def test_the_page_carries_the_licence_of_the_library() -> None:
    assert (LIBRARY / "LICENSE").read_text() in assembled("Title", {})
