from finetune_guard.core.config import KEYS
from tests.cli.plan_page import PAGE, page


def test_the_page_about_the_plan_shows_it_as_it_is_drawn() -> None:
    written = PAGE.read_text("utf-8")

    assert written == page(written), "run: python -m tests.cli.plan_page"
    blocks = [block.partition("\n```")[0].splitlines() for block in written.split("```text\n")[1:]]
    assert len(blocks) == 3
    assert all(max(map(len, block)) <= most for block, most in zip(blocks, (80, 80, 120), strict=True))


def test_every_order_for_the_rehearsal_and_the_run_is_on_the_page() -> None:
    orders = [key for key in KEYS if key.startswith(("rehearsal.", "run."))]

    assert orders
    assert [key for key in orders if f"| `{key}` |" not in PAGE.read_text("utf-8")] == []
