"""Why pre-flight refuses, a line for each problem: the cause in the console, and a part of the mail."""

from collections.abc import Iterable

from finetune_guard.core.printable import printable
from finetune_guard.core.runs import Problem

#: Step Functions takes a cause of 32,768 characters and its console shows it whole; a person reads less.
LONGEST_CAUSE = 4_000
#: Kept free for the line that counts what was cut off.
_LAST_LINE = 60


def line(problem: Problem) -> str:
    """A problem as a person reads it, on one line: code, key, what is wrong, what is accepted.

    What refuses nothing is said to be a warning or an info.
    """
    kind = "" if problem.severity == "error" else f"{problem.severity} "
    what = f"{problem.message} {problem.suggestion}".rstrip()
    told = f"{kind}{problem.code} {problem.key or 'config'}: {what}"
    return printable(" ".join(told.split()))


def cause(sentence: str, problems: Iterable[Problem]) -> str:
    """The sentence and below it each error, at most LONGEST_CAUSE characters; a cut is told.

    A warning refuses nothing, so it is none of the causes.
    """
    lines = [line(problem) for problem in problems if problem.severity == "error"]
    told = [printable(sentence)[: LONGEST_CAUSE - _LAST_LINE]]
    room = LONGEST_CAUSE - _LAST_LINE - len(told[0])
    for number, text in enumerate(lines):
        room -= len(text) + 1
        if room < 0:
            return "\n".join((*told, f"and {len(lines) - number} more, which the report has."))
        told.append(text)
    return "\n".join(told)
