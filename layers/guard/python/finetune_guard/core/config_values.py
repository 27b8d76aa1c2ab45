"""The kinds of value a config may hold, each with the pattern or range it must keep."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from finetune_guard.core.names import TAG_PREFIX

#: Bedrock's S3 URI (docs/bedrock.md, 1.1); keys with "=", ":", "@", "+", space or "//" are refused. So are
#: "." and ".." between slashes: S3 takes them for names, and what stands between us and S3 may not.
S3_URI = re.compile(
    r"(?!.*/\.{1,2}(?:/|$))s3://[a-z0-9][-.a-z0-9]{1,61}[a-z0-9]"
    r"(?:/[-!_*'().a-z0-9A-Z]+(?:/[-!_*'().a-z0-9A-Z]+)*)?/?"
)
#: An IAM role (docs/bedrock.md, 1.1), of the characters that IAM allows in a path and a name; the account is
#: the second group.
ROLE_ARN = re.compile(r"arn:aws(-[a-z-]+)?:iam::([0-9]{12}):role/[!-~]+")
#: AWS allows 50 tags on a resource; this leaves room for ours.
MOST_TAGS = 40
#: Bedrock's own pattern, but for tabs and line ends (API reference, Tag).
TAG_TEXT = re.compile(r"[a-zA-Z0-9 _.:/=+@-]*")
#: Longest key and value of a tag, in characters (AWS tagging rules).
TAG_KEY, TAG_VALUE = 128, 256


def _setting(value: object) -> object:
    """A number becomes its shortest exact text without exponent; Bedrock takes text only."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise ValueError("a finite number, or its text, was expected")
    return f"{number:f}"


def readable_setting(value: object) -> str | None:
    """The text of a hyperparameter; None where it is no text and no number."""
    try:
        text = _setting(value)
    except ValueError:
        return None
    return text if isinstance(text, str) else None


def _money(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    try:
        number = Decimal(str(value))
    except ArithmeticError as exc:
        raise ValueError("an amount in US dollars was expected, such as 25 or 25.50") from exc
    if not number.is_finite():
        raise ValueError("a finite amount in US dollars was expected")
    return number


def readable_money(value: object) -> Decimal | None:
    """An amount in US dollars above 0; None where it is none."""
    try:
        amount = _money(value)
    except ValueError:
        return None
    return amount if isinstance(amount, Decimal) and amount > 0 else None


#: No threshold comes near it, and every float can be compared with it.
HUGE = 10**300


def readable_thresholds(value: object) -> dict[str, object]:
    """Overrides of thresholds, dotted, as far as they are numbers: the rest is a problem of its shape."""
    flat = _flat(value)
    pairs = flat.items() if isinstance(flat, Mapping) else ()
    return {str(key): given for key, given in pairs if type(given) in (int, float) and abs(given) < HUGE}


def readable_codes(value: object) -> tuple[str, ...]:
    """The codes of a list, as far as they are codes."""
    items = value[:MOST_CODES] if isinstance(value, list | tuple) else ()
    return tuple(item for item in items if isinstance(item, str) and len(item) <= LONGEST_CODE)


def _printable(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("a name of printable characters was expected")
    return value


def _data_path(value: str) -> str:
    return _output_path(value) if "://" in value else _printable(value)


def _output_path(value: str) -> str:
    if not S3_URI.fullmatch(value):
        raise ValueError(
            "an S3 URI that Bedrock accepts was expected: s3://bucket/key of letters, digits and .-!_*'()"
        )
    return value


def _role(value: str) -> str:
    if not ROLE_ARN.fullmatch(value):
        raise ValueError("the ARN of an IAM role was expected, such as arn:aws:iam::123456789012:role/name")
    return value


def _tags(value: dict[str, str]) -> dict[str, str]:
    if len(value) > MOST_TAGS:
        raise ValueError(f"at most {MOST_TAGS} tags were expected; AWS allows 50 together with ours")
    for key, text in value.items():
        if key.lower().startswith((TAG_PREFIX, "aws:")):
            raise ValueError(f'tag keys that begin with "{TAG_PREFIX}" or "aws:" are taken')
        fits = 1 <= len(key) <= TAG_KEY and len(text) <= TAG_VALUE and key == key.strip()
        if not fits or not TAG_TEXT.fullmatch(key + text):
            raise ValueError(
                f"tags of ASCII letters, digits, spaces and _.:/=+-@ were expected, keys up to {TAG_KEY} and "
                f"values up to {TAG_VALUE} characters, no blank around a key"
            )
    return value


def _flat(value: object) -> object:
    """{"loss_spike": {"ratio": 2.5}} is the same as {"loss_spike.ratio": 2.5}."""
    if not isinstance(value, Mapping):
        return value
    flat: dict[object, object] = {}
    for rule, given in value.items():
        nested = given.items() if isinstance(given, Mapping) else None
        flat |= {f"{rule}.{name}": inner for name, inner in nested} if nested is not None else {rule: given}
    return flat


JobName = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_printable)]
BaseModelId = Annotated[str, Field(min_length=1, max_length=2048), AfterValidator(_printable)]
#: An S3 URI, or a path on this machine, which the terminal uploads.
DataPath = Annotated[str, Field(min_length=1, max_length=1024), AfterValidator(_data_path)]
OutputPath = Annotated[str, Field(min_length=1, max_length=1024), AfterValidator(_output_path)]
RoleArn = Annotated[str, Field(max_length=2048), AfterValidator(_role)]
#: Overrides of a threshold pack, "rule.threshold" to value.
Thresholds = Annotated[dict[str, float], BeforeValidator(_flat), Field(max_length=100)]
Tags = Annotated[dict[str, str], AfterValidator(_tags)]
SettingText = Annotated[str, Field(max_length=256), BeforeValidator(_setting)]
Settings = Annotated[dict[str, SettingText], Field(max_length=50)]
#: Longest code, and most of them, that a config may accept.
LONGEST_CODE, MOST_CODES = 40, 50
Codes = Annotated[list[Annotated[str, Field(max_length=LONGEST_CODE)]], Field(max_length=MOST_CODES)]
Money = Annotated[Decimal, BeforeValidator(_money), Field(gt=0, le=10**9)]


#: Most rates of a sweep; each is one rehearsal. A judgement.
MOST_RATES = 7
#: Most segments; each costs a restart and a job's queue. A judgement.
MOST_SEGMENTS = 20


def _sweep(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    rates = tuple(map(_rate, value)) if isinstance(value, list) else ()
    if not 2 <= len(set(rates)) <= MOST_RATES or None in rates:
        raise ValueError(f"either true, or a list of 2 to {MOST_RATES} different rates above 0, was expected")
    return tuple(dict.fromkeys(rates))


def _rate(value: object) -> Decimal | None:
    """A rate is a number or its text, as hyperparameters are; None where it is neither."""
    try:
        rate = Decimal(readable_setting(value) or "")
    except ArithmeticError:
        return None
    return rate if rate.is_finite() and rate > 0 else None


def _segments(value: object) -> object:
    if value is None or value == "auto" or (type(value) is int and 1 <= value <= MOST_SEGMENTS):
        return value
    raise ValueError(f'a whole number from 1 to {MOST_SEGMENTS}, or "auto", was expected')


#: Whether rates are compared: a switch, or the rates.
Sweep = Annotated[bool | tuple[Decimal, ...] | None, PlainValidator(_sweep)]
Segments = Annotated[int | Literal["auto"] | None, PlainValidator(_segments)]
#: US dollars for 1,000 tokens. The dearest base of the catalogue costs a hundredth of one, so more than one
#: is the price of something else; a judgement.
TokenPrice = Annotated[Decimal, BeforeValidator(_money), Field(gt=0, le=1)]
