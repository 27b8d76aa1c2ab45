"""`python -m tests.cli.plan_page`: draws the plans of docs/plan.md anew, of the orders that it gives."""

import io
import json
import re
from pathlib import Path

from rich.console import Console

from finetune_guard.cli.preview import show_plan
from finetune_guard.cli.printable import printable_lines
from finetune_guard.cli.terminal import Terminal
from finetune_guard.core.observations import BaseModelFacts, JobPace
from finetune_guard.usecases.advise import AdviceTools, CostAdvice, validate
from tests.configs import LEAST
from tests.usecases.test_preflight import STARTED, conversation, world

PAGE = Path(__file__).resolve().parents[2] / "docs" / "plan.md"
BASE = "amazon.nova-lite-v1:0:300k"
_MADE = re.compile(r"(?<=<!-- made -->\n).*?(?=<!-- /made -->)", re.DOTALL)
_ORDERS = re.compile(r"(?<=```json\n).*?(?=```)", re.DOTALL)
#: Seconds a step and seconds before the training of three jobs.
PACES = tuple(
    JobPace(f"run-{number}/full-0-0", seconds, 500, None, waited)
    for number, (seconds, waited) in enumerate(((20.0, 600.0), (22.0, 1500.0), (25.0, 2400.0)))
)


class Paper(Terminal):
    """A terminal of so many columns that keeps what it is told."""

    def __init__(self, width: int) -> None:
        super().__init__(as_json=False)
        self.text = io.StringIO()
        self.console = Console(file=self.text, width=width, markup=False, highlight=False, emoji=False)

    def say(self, text: str = "") -> None:
        """Keeps a line or some, wrapped as at a terminal."""
        lines = printable_lines(text).splitlines() or [""]
        self.text.writelines(f"{self._wrapped(line)}\n" for line in lines)


def drawn(cost: CostAdvice, width: int) -> str:
    """What a terminal of so many columns shows; no blanks at the ends of lines."""
    paper = Paper(width)
    show_plan(cost, paper)
    return "\n".join(line.rstrip() for line in paper.text.getvalue().splitlines())


def data() -> bytes:
    """5,000 records of 100 to 4,000 characters."""
    return b"".join(conversation(number, "Where is it? " * (7 + number % 300)) for number in range(5_000))


def foretold(orders: dict[str, object], paces: tuple[JobPace, ...]) -> CostAdvice:
    """What is foretold of the run, where the account has seen such jobs."""
    around = world(data())
    around.store.learn(BaseModelFacts(BASE, paces=paces))
    tools = AdviceTools(around.files, around.jobs, around.store, "us-east-1")
    return validate({**LEAST, **orders}, STARTED, tools).cost


def page(text: str) -> str:
    """The page with its plans drawn anew."""
    orders = json.loads(_ORDERS.findall(text)[0])
    unknown, known = foretold(orders, ()), foretold(orders, PACES)
    plans = iter((drawn(unknown, 80), drawn(known, 80), drawn(known, 120)))
    return _MADE.sub(lambda _: f"```text\n{next(plans)}\n```\n", text)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
