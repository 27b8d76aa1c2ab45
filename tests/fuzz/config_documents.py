"""Configs that a person or a script might give by mistake: valid ones, changed in keys, types and text."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from random import Random

from finetune_guard.core.acceptance import STANDINGS
from finetune_guard.core.config import KEYS
from finetune_guard.core.hyperparameters.base_model import Knob, plain_number
from finetune_guard.core.hyperparameters.catalogue import living, shipped
from finetune_guard.core.thresholds import limits

Document = dict[str, object]
Change = Callable[[Document, Random], None]

#: What an unknown key holds; nothing that is told of a config may contain it.
SECRET = "s3cr3t-7f3a"

_VALID: Document = {
    "job_name": "spring",
    "base_model_id": "amazon.nova-lite-v1:0:300k",
    "training_data_path": "s3://bucket/training.jsonl",
    "output_data_path": "s3://bucket/output/",
}
_SECTIONS: Mapping[str, Sequence[object]] = {
    "validation_data_path": ["s3://bucket/validation.jsonl", "data/validation.jsonl"],
    "role_arn": ["arn:aws:iam::123456789012:role/tuner"],
    "rehearsal": [{"steps": 50}, {"on_inconclusive": "refuse"}, {"sweep": [1, 2]}],
    "run": [{"max_hours": 3.5}, {"on_abort": "stop"}, {"segments": 2, "validation_interval_minutes": 5}],
    "budget_usd": [5, "12.50", 0.01, 1e9],
    "tags": [{"team": "desk"}, {}],
    "enable_peft": [True, None],
    "peft_method": ["lora"],
    "lora_rank": [8, 10**30],
}
_BASES = [name for base in shipped() for name in (base.model_id, base.family, *base.aliases)]
_KNOBS = sorted({key for base in shipped() for key in base.knobs})
_LIVING = living(date(2026, 11, 28))
_THRESHOLDS = list(limits())
_FOREIGN = ["weightDecay", "warmupSteps", "scheduler", "lora_rank", "lr", "epochs", "job_name", "auto_stop"]
_NUMBERS = ["0", "1", "2", "5", "20", "100", "0.1", "1e-4", "0.0001", "1e-5", "1E400", "1e-999999999", "-1"]
_NUMBERS += ["3.0", "+5", " 1", "1_0", "0x10", "٣", "nan", "Infinity", "auto", "", "9" * 250, "1" * 500, "-0"]
_TEXTS = [
    "",
    " ",
    "x",
    "\x00",
    "a\nb",
    "\u202e",
    "🦙",
    "\ud800",
    "e\u0301" * 30,
    "x" * 300,
    "x" * 40_000,
    "𝟙",
]
_ATOMS: list[object] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2**63,
    10**400,
    0.5,
    1e308,
    -0.0,
    float("nan"),
    float("inf"),
    [],
    {},
]


def document(random: Random) -> object:
    """One config: JSON text, an object, or something that is neither."""
    made = _mixed(random)
    for _ in range(random.choice([0, 0, 1, 1, 2, 3])):
        random.choice(_CHANGES)(made, random)
    if random.random() < 0.3:
        return _text(made, random)
    return _value(random) if random.random() < 0.02 else made


def _mixed(random: Random) -> Document:
    """A config with no fault, or few; half of them of a base that lives."""
    base = random.choice(random.choice([_LIVING, shipped()]))
    made: Document = {**_VALID, "base_model_id": random.choice([base.model_id, base.family, *base.aliases])}
    names = random.sample(list(base.knobs), random.randrange(len(base.knobs)))
    made["hyperparameters"] = {name: _legal(base.knobs[name], random) for name in names}
    for key in random.sample(list(_SECTIONS), random.randrange(3)):
        made[key] = random.choice(_SECTIONS[key])
    if random.random() < 0.3:
        made["accept"] = [random.choice([*STANDINGS]) for _ in range(random.randrange(3))]
    if random.random() < 0.3:
        key, default, limit = random.choice(_THRESHOLDS)
        made["monitoring"] = {"auto_stop": "on", "thresholds": {key: random.choice([default, limit.high])}}
    return made


def _legal(knob: Knob, random: Random) -> object:
    """A value that the base accepts, as text or as a number."""
    numbers = [value for value in (knob.minimum, knob.maximum) if value is not None]
    given = random.choice([knob.standard, *map(plain_number, numbers)]) or "1"
    return given if random.random() < 0.8 else json.loads(given) if given[-1].isdigit() else given


def _drop(made: Document, random: Random) -> None:
    made.pop(random.choice([*made, ""]), None)


def _misspell(made: Document, random: Random) -> None:
    """A key with a slip, at the top or in a section."""
    place = _place(made, random)
    if place:
        key = random.choice(list(place))
        place[_slipped(key, random)] = place.pop(key)


def _slipped(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    return random.choice(
        [
            text[:at] + text[at + 1 :],
            text[:at] + random.choice("abcxyz_ .é🦙") + text[at:],
            text[:at][::-1] + text[at:],
            text.upper(),
            text.replace("_", ""),
            (text * 50)[:40_000],
        ]
    )


def _replace(made: Document, random: Random) -> None:
    """Another value, of any kind, for a key at the top or in a section."""
    place = _place(made, random)
    if place:
        place[random.choice(list(place))] = _value(random)


def _move(made: Document, random: Random) -> None:
    """A hyperparameter among the keys, or a key among the hyperparameters."""
    values = made.get("hyperparameters")
    if isinstance(values, dict) and random.random() < 0.5:
        values[random.choice(KEYS).rpartition(".")[2]] = "1"
    else:
        made[random.choice([*_KNOBS, *_FOREIGN])] = random.choice(_NUMBERS)


def _odd_values(made: Document, random: Random) -> None:
    names = random.choices([*_KNOBS, *_FOREIGN], k=random.randrange(1, 6))
    made["hyperparameters"] = {name: random.choice([*_NUMBERS, *_ATOMS, *_TEXTS]) for name in names}


def _odd_accept(made: Document, random: Random) -> None:
    codes: list[object] = [*STANDINGS, "HP03O", "hp030", *_TEXTS, *_ATOMS]
    made["accept"] = [random.choice(codes) for _ in range(random.choice([1, 2, 60]))]


def _odd_thresholds(made: Document, random: Random) -> None:
    names = [key for key, _, _ in _THRESHOLDS]
    keys = [random.choice([*names, "loss_spike", "loss_spik.ratio", *_TEXTS]) for _ in range(3)]
    made["monitoring"] = {"thresholds": {key: _value(random) for key in keys}}


def _odd_base(made: Document, random: Random) -> None:
    arn = "arn:aws:bedrock:us-east-1::foundation-model/" + random.choice(_BASES)
    made["base_model_id"] = random.choice([_slipped(random.choice(_BASES), random), arn, *_TEXTS])


def _stranger(made: Document, random: Random) -> None:
    """A key that nobody knows, with something that must not be shown."""
    made[random.choice(["password", "aws_secret", "x" * 500, "a.b", "🦙"])] = random.choice(
        [SECRET, [SECRET], {"key": SECRET}]
    )


_CHANGES: tuple[Change, ...] = (
    _drop,
    _misspell,
    _replace,
    _move,
    _odd_values,
    _odd_accept,
    _odd_thresholds,
    _odd_base,
    _stranger,
)


def _place(made: Document, random: Random) -> Document | None:
    """The config itself or one of its sections; None where that is empty."""
    sections = [value for value in made.values() if isinstance(value, dict)]
    place = random.choice([made, *sections])
    return place or None


def _value(random: Random, depth: int = 0) -> object:
    """Any JSON value, and some that are none."""
    if depth > 3 or random.random() < 0.6:
        return random.choice([*_ATOMS, *_TEXTS, *_NUMBERS])
    if random.random() < 0.05:
        return _deep(random.choice([50, 3000]))
    items = [_value(random, depth + 1) for _ in range(random.randrange(3))]
    return items if random.random() < 0.5 else {random.choice(_TEXTS[:9]): item for item in items}


def _deep(levels: int) -> object:
    made: object = []
    for _ in range(levels):
        made = [made]
    return made


def _text(made: Document, random: Random) -> str:
    """The config as text, perhaps broken, doubled or deepened."""
    try:
        text = json.dumps(made, ensure_ascii=random.random() < 0.5, default=str)
    except (ValueError, RecursionError):
        return "[" * random.choice([10, 100_000])
    at = random.randrange(len(text))
    return random.choice(
        [
            text,
            text,
            text[:at],
            text[:at] + random.choice('{}[]",:\\x00é\u2028') + text[at:],
            text.replace("{", '{"job_name": "twice", "job_name": "again", ', 1),
            text.replace("{", '{"budget_usd": NaN, ', 1),
            text.replace("{", '{"deep": ' + "[" * 50_000 + ", ", 1),
            "\ufeff" + text,
        ]
    )
