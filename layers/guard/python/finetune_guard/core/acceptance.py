"""Which refusals a person may overrule, and what becomes of those that one did (--accept CODE).

Every code that pre-flight can tell is known here. The standing of a rule for hyperparameters is a property of
the rule; that of every other code is one line below. Where a code rests on two sources, of which one is
Bedrock and one a figure of ours, the source of the problem decides.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from types import MappingProxyType

from finetune_guard.core.config_text import OURS as CONFIG
from finetune_guard.core.config_text import shown
from finetune_guard.core.hyperparameters.bases import CATALOGUE
from finetune_guard.core.hyperparameters.rules import RULES
from finetune_guard.core.refusals import NEVER, Refusal, Standing, ours, overrulable
from finetune_guard.core.runs import Problem

KEY = "accept"

_UNREADABLE = ours("a run needs a config that can be read; correct the key")
_AWS = Standing(Refusal.SERVICE, "AWS refuses it")
_RECORD = Standing(Refusal.SERVICE, "Bedrock reads one JSON record of the base's schema a line")
_STACK = ours("the stack's permissions are the boundary; change its settings and deploy")
_BUDGET = ours("it is your own order; change or leave out budget_usd")

#: The codes that no rule for hyperparameters stands behind; one line each.
_OTHER: Mapping[str, Standing] = {
    "AC000": NEVER,
    "AC001": ours("the stack reads S3 only; start the run with the CLI, which uploads the file"),
    "AC002": _STACK,
    "AC003": _AWS,
    "AC004": _STACK,
    "AC005": _STACK,
    "AC006": Standing(Refusal.SERVICE, "no job can have a role that does not exist"),
    "AC007": overrulable("the role's trust policy was read by us; AWS evaluates it"),
    "AC008": overrulable("IAM's simulator answers for the policies that it sees; AWS evaluates all"),
    "AC010": Standing(Refusal.SERVICE, "Bedrock takes bucket and job in one region only"),
    "AC011": ours("there is no such bucket; correct the path"),
    "AC012": _STACK,
    "AC013": ours("an archived file cannot be read; restore it"),
    "AC014": Standing(Refusal.SERVICE, "Bedrock cannot be given a key of the file's owner"),
    "AC015": _STACK,
    "AC016": NEVER,
    "AC017": NEVER,
    "AC018": NEVER,
    "BM001": NEVER,
    "BM002": NEVER,
    "BM003": NEVER,
    "BM004": Standing(Refusal.SERVICE, "Bedrock has the base in other regions only"),
    "CF001": _UNREADABLE,
    "CF002": _UNREADABLE,
    "CF003": _UNREADABLE,
    "CF004": _UNREADABLE,
    "CF005": _UNREADABLE,
    "CF006": _UNREADABLE,
    "CF007": Standing(Refusal.SERVICE, "Bedrock's API has no field for it"),
    "CF009": NEVER,
    "CF010": ours("leave the code out of accept"),
    "CF011": ours("write a code that exists"),
    "CF012": NEVER,
    "CO001": _BUDGET,
    "CO002": _BUDGET,
    "CO003": NEVER,
    "CO004": NEVER,
    "DS000": NEVER,
    "DS001": _RECORD,
    "DS002": _RECORD,
    "DS003": _RECORD,
    "DS004": NEVER,
    "DS005": ours("a file that cannot be read cannot be sampled; correct the path"),
    "DS006": ours("one file is read; name it"),
    "DS007": ours("the file is too large for Bedrock or for one pass of this version; split it"),
    "DS008": NEVER,
    "DS009": ours("what would be trained is not what was checked; start the run again"),
    "DS010": ours("a line this long is not read; split or drop it"),
    "DS011": _RECORD,
    "DS012": _RECORD,
    "DS013": ours("a line that nests this deeply is not read; drop it"),
    "DS014": ours("a number this long is not read; write it as text"),
    "DS015": overrulable("Bedrock documents nothing about keys that are there twice"),
    "DS016": _RECORD,
    "DS017": NEVER,
    "DS018": _RECORD,
    "DS019": NEVER,
    "DS020": _RECORD,
    "DS021": NEVER,
    "DS022": Standing(Refusal.SERVICE, "AWS's own validator for the base refuses it"),
    "DS023": _RECORD,
    "DS024": Standing(Refusal.SERVICE, "the base's own format reserves these words"),
    "DS025": _RECORD,
    "DS026": Standing(Refusal.SERVICE, "the base is trained on text alone"),
    "DS027": _RECORD,
    "DS028": _RECORD,
    "DS029": _RECORD,
    "DS030": _RECORD,
    "DS031": _RECORD,
    "DS032": Standing(Refusal.SERVICE, "Nova's own guide allows no other characters"),
    "HP001": Standing(Refusal.SERVICE, "Bedrock fine-tunes only the bases that it lists"),
    "HP012": overrulable("tokens are estimated from characters; Bedrock counts them"),
    "HP051": overrulable("records in both files spoil the validation loss and break nothing"),
    "HP053": NEVER,
    "HP054": NEVER,
    "QU001": NEVER,
    "QU002": NEVER,
    "RE001": ours("name a run that can be taken up, or start a new one"),
    "TH001": ours("a threshold that does not exist cannot be set; correct the key"),
    "TI001": NEVER,
}

#: Codes that rest on two sources: (code, source of the problem) to its standing.
_BY_SOURCE: Mapping[tuple[str, str], Standing] = {
    ("HP001", CATALOGUE): overrulable("the shipped catalogue may be old; ListFoundationModels was not asked"),
    **{(rule.code, source): standing for rule in RULES for source, standing in rule.elsewhere},
}

STANDINGS: Mapping[str, Standing] = MappingProxyType(
    dict(sorted({**_OTHER, **{rule.code: rule.standing for rule in RULES}}.items()))
)


def standing_of(problem: Problem) -> Standing | None:
    """Whether this refusal may be overruled; None for a code that is not registered."""
    return _BY_SOURCE.get((problem.code, problem.source), STANDINGS.get(problem.code))


def may_be_accepted(code: str) -> bool:
    """Whether some refusal with this code may be overruled."""
    sources = [standing for (known, _), standing in _BY_SOURCE.items() if known == code]
    known = [*sources, *([STANDINGS[code]] if code in STANDINGS else [])]
    return any(standing.refusal is Refusal.OVERRULABLE for standing in known)


def accept(problems: tuple[Problem, ...], codes: tuple[str, ...]) -> tuple[Problem, ...]:
    """The problems, those that a person overruled being warnings that say so.

    Args:
        problems: Everything that was found.
        codes: What the person accepts, from the config and the command line.

    Returns:
        The problems in their order, then an answer to each code that could not be accepted or was not needed.
    """
    wanted = tuple(dict.fromkeys(codes))
    answers = (answer for code in wanted for answer in _answer(code, problems))
    return (*(_judged(problem, wanted) for problem in problems), *answers)


def _judged(problem: Problem, wanted: tuple[str, ...]) -> Problem:
    standing = standing_of(problem)
    if problem.severity != "error" or standing is None or standing.refusal is not Refusal.OVERRULABLE:
        return problem
    if problem.code not in wanted:
        hint = f"Or overrule it with --accept {problem.code}."
        return replace(problem, suggestion=f"{problem.suggestion} {hint}".strip())
    message = f"{problem.message.removesuffix('.')}; accepted by you (--accept {problem.code})."
    return replace(problem, severity="warning", message=message)


def _answer(code: str, problems: tuple[Problem, ...]) -> Iterator[Problem]:
    """What there is to say of one accepted code; nothing where it did what it was meant to do."""
    raised = [problem for problem in problems if problem.code == code and problem.severity == "error"]
    if code not in STANDINGS:
        yield _unknown(code)
    elif _never_accepted(code) or any(_of_the_service(problem) for problem in raised):
        yield _refused(code, STANDINGS[code])
    elif not raised:
        message = f"{code} refused nothing here; accepting it changes nothing."
        yield Problem("CF012", "info", KEY, shown(code), message, "Leave it out.", CONFIG)


def _never_accepted(code: str) -> bool:
    return STANDINGS[code].refusal is not Refusal.NEVER and not may_be_accepted(code)


def _of_the_service(problem: Problem) -> bool:
    standing = standing_of(problem)
    return standing is not None and standing.refusal is Refusal.SERVICE


def _refused(code: str, standing: Standing) -> Problem:
    service = standing.refusal is Refusal.SERVICE
    why = "is the service's own refusal and cannot be accepted" if service else "cannot be accepted"
    message = f"{code} {why}: {standing.why}."
    return Problem("CF010", "error", KEY, shown(code), message, f"Take {code} out of accept.", CONFIG)


def _unknown(code: str) -> Problem:
    known = [name for name in STANDINGS if may_be_accepted(name)]
    near = get_close_matches(code.upper()[:20], known, 1, 0.0)
    message = f"There is no code {shown(code)}; those that can be accepted are {', '.join(known)}."
    return Problem("CF011", "error", KEY, shown(code), message, f"Did you mean {near[0]}?", CONFIG)
