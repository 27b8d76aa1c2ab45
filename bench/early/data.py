"""The data of the cases: what a user brings, sound or spoilt; a seed draws it from the standard library."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from local.demo.data import Format, Pair, library, lines, spoilt_from

#: Lines of a record where a step trains one record only: one line alone says little.
SHEET: Final = 4
#: Sixteen words, each of one class: the network sees the end of a prompt, so the deciding word is the last.
_WORDS: Final = (
    *("amber", "basil", "cedar", "delta", "ember", "flint", "grove", "heron"),
    *("inlet", "jetty", "knoll", "larch", "maple", "north", "otter", "pearl"),
)
_CLASSES: Final = (" lamp", " moss", " tide", " wick")


@dataclass(frozen=True, slots=True)
class Data:
    """What a run is given, and what can be known of it by nobody but the maker.

    Attributes:
        training: Pairs in the order of the file.
        validation: Pairs that are sound whatever the training pairs are.
        sound: How many of the first training pairs are sound.
    """

    training: tuple[Pair, ...]
    validation: tuple[Pair, ...]
    sound: int

    def training_file(self, record: Format) -> bytes:
        """The training file in a family's format."""
        return lines(self.training, record)

    def validation_file(self, record: Format) -> bytes:
        """The validation file in a family's format."""
        return lines(self.validation, record)


def text(seed: int, records: int, validation: int) -> Data:
    """Questions on the library, one line each.

    Raises:
        ValueError: The library has too few.
    """
    drawn = Random(seed).sample(library(), records + validation)
    return Data(tuple(drawn[:records]), tuple(drawn[records:]), records)


def sheets(seed: int, records: int, validation: int) -> Data:
    """Questions on the library, SHEET lines each, no line twice.

    Raises:
        ValueError: The library has too few.
    """
    drawn = Random(seed).sample(library(), SHEET * (records + validation))
    made = [_sheet(drawn[start : start + SHEET]) for start in range(0, len(drawn), SHEET)]
    return Data(tuple(made[:records]), tuple(made[records:]), records)


def _sheet(pairs: Sequence[Pair]) -> Pair:
    return " ".join(asked for asked, _ in pairs), " ".join(answer.strip() for _, answer in pairs)


def spoilt(data: Data, share: float, seed: int) -> Data:
    """The data with random bytes for completions from `share` (0 to 1) of the training records on."""
    spoilt_pairs = spoilt_from(data.training, share, seed)
    return Data(tuple(spoilt_pairs), data.validation, round(len(data.training) * share))


def classes(seed: int, records: int, validation: int) -> Data:
    """A class task: the last word of a question decides which of four words is the answer."""
    draw = Random(seed)
    asked = draw.choices(library(), k=records + validation)
    made = [_of_a_class(question, draw.choice(_WORDS)) for question, _ in asked]
    return Data(tuple(made[:records]), tuple(made[records:]), records)


def _of_a_class(question: str, word: str) -> Pair:
    return f"{question} Sort it under {word}", _CLASSES[_WORDS.index(word) % len(_CLASSES)]


def shuffled(data: Data, seed: int) -> Data:
    """The data with the training records' completions dealt out anew among them."""
    answers = [answer for _, answer in data.training]
    Random(seed).shuffle(answers)
    dealt = tuple((asked, answer) for (asked, _), answer in zip(data.training, answers, strict=True))
    return Data(dealt, data.validation, 0)
