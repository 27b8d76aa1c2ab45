"""docs/rules.md as the registries make it; `python -m tests.core.rules_page` writes it anew."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from finetune_guard.core.acceptance import STANDINGS, may_be_accepted
from finetune_guard.core.hyperparameters.rule import Rule
from finetune_guard.core.hyperparameters.rules import RULES
from finetune_guard.core.refusals import Refusal

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"
HEAD = """# Rules of pre-flight

Written by `python -m tests.core.rules_page` from the registries themselves and compared with them by a test,
so it cannot go stale. `validate`, `run` and `mini-run` apply every rule, and so does the first state of each
machine.

An **error** refuses the run; a **warning** is legal and likely harmful; a **note** is worth saying. An error
that is Bedrock's own cannot be overruled. One that rests on a judgement, an estimate or a figure that may be
old can: `--accept CODE`, which may be given more than once, or `"accept": ["CODE"]` in the config. It then
stays in the list as a warning that says so, and with it in the run's record, its report and its mail.
"""
RULES_HEAD = """## Hyperparameters and sizes

Steps are epochs × records ÷ batch, rounded up per epoch; a batch that is not known is guessed, and said to
be. *documented*: a vendor's page says so; *derived*: it follows from one; *judgement*: this project judges
so, and the message says that too. HP001 asks whether the base can be fine-tuned at all; HP012, HP051, HP053
and HP054 are found in the records.
"""
CODES_HEAD = """## Who refuses, for every code

*service*: Bedrock or AWS itself; *overrulable*: `--accept` takes it; *ours*: this version could make no run
of it, and there is another way out. Codes that refuse nothing are left out.
"""
_WORDS = {"error": "error", "warning": "warning", "info": "note"}


def page() -> str:
    """The page as it should be."""
    rules = _table(("code", "complains of", "severity", "overrulable", "certainty", "source"), _rules())
    codes = _table(("code", "who refuses", "why"), _codes())
    return "\n".join((HEAD, RULES_HEAD, rules, CODES_HEAD, codes)).rstrip() + "\n"


def _rules() -> Iterator[tuple[str, ...]]:
    for rule in RULES:
        severities = ", ".join(_WORDS[severity] for severity in rule.severities)
        yield rule.code, rule.what, severities, _overrulable(rule), rule.certainty, rule.source


def _overrulable(rule: Rule) -> str:
    if "error" not in rule.severities:
        return ""
    if rule.elsewhere:
        return "where " + " or ".join(standing.why for _, standing in rule.elsewhere)
    return f"yes: {rule.standing.why}" if may_be_accepted(rule.code) else "no"


def _codes() -> Iterator[tuple[str, ...]]:
    for code, standing in STANDINGS.items():
        if standing.refusal is not Refusal.NEVER:
            also = " or overrulable, by its source" if _by_source(code, standing.refusal) else ""
            yield code, f"{standing.refusal}{also}", standing.why


def _by_source(code: str, refusal: Refusal) -> bool:
    return may_be_accepted(code) and refusal is not Refusal.OVERRULABLE


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, ("---",) * len(head), *rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
